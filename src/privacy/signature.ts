import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { z } from 'zod';
import { TabveilError } from '../errors.ts';

/** Written before the signed bytes, so that a signature for a certificate is one for nothing else. */
const CONTEXT = Buffer.from('tabveil certificate signature 1\n');

const base64 = (bytes: number) =>
  z.base64().refine((value) => Buffer.from(value, 'base64').length === bytes, `must be ${bytes} bytes in base64`);

const signatureSchema = z.strictObject({
  format: z.literal('tabveil-signature'),
  version: z.literal(1),
  algorithm: z.literal('ed25519'),
  /** Raw public key, 32 bytes. */
  publicKey: base64(32),
  signature: base64(64),
});

/** The content of `signature.json`: who vouches for `certificate.json`, byte for byte. */
export type CertificateSignature = Readonly<z.infer<typeof signatureSchema>>;

/** An Ed25519 key pair as PEM texts. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
  /** What people compare: see `keyId`. */
  readonly id: string;
}

/** A fresh Ed25519 key pair from the operating system's randomness. */
export function createKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    id: keyId(rawKey(publicKey)),
  };
}

/** Short name of a public key for people: the first 128 bits of its SHA-256 in groups of four hex digits. */
export function keyId(raw: Uint8Array): string {
  const digits = createHash('sha256').update(raw).digest('hex').slice(0, 32);
  return (digits.match(/.{4}/g) ?? []).join(' ');
}

/**
 * Signs the bytes of a certificate.
 * @param pem private key (PKCS#8 PEM).
 * @throws TabveilError when the text is not an Ed25519 private key.
 */
export function signCertificate(certificate: Uint8Array, pem: string): CertificateSignature {
  const key = readPrivateKey(pem);
  const signature = signBytes(null, Buffer.concat([CONTEXT, certificate]), key);
  return {
    format: 'tabveil-signature',
    version: 1,
    algorithm: 'ed25519',
    publicKey: Buffer.from(rawKey(createPublicKey(key))).toString('base64'),
    signature: signature.toString('base64'),
  };
}

/**
 * Reads the text of a `signature.json`.
 * @throws TabveilError when it is anything else.
 */
export function parseSignature(json: string, where: string): CertificateSignature {
  try {
    return signatureSchema.parse(JSON.parse(json));
  } catch {
    throw signatureError('malformed', `${where}: this is not a Tabveil signature. Ask for a fresh one, or remove it.`);
  }
}

/**
 * Checks a signature over the bytes of a certificate.
 * @param pem public key the verifier trusts (SPKI PEM). Absent: the key inside the signature, which proves only that one
 * holder of that key vouched for these bytes.
 * @returns the id of the key.
 * @throws TabveilError when the signature does not match.
 */
export function checkSignature(certificate: Uint8Array, signature: CertificateSignature, pem?: string): string {
  const embedded = Buffer.from(signature.publicKey, 'base64');
  const trusted = pem === undefined ? publicKeyFromRaw(embedded) : readPublicKey(pem);
  const raw = rawKey(trusted);
  if (!embedded.equals(raw)) {
    throw signatureError(
      'other-key',
      `signature.json: signed by key ${keyId(embedded)}, not by the given key ${keyId(raw)}. Check who released this model.`,
    );
  }
  const bytes = Buffer.concat([CONTEXT, certificate]);
  if (verifyBytes(null, bytes, trusted, Buffer.from(signature.signature, 'base64'))) return keyId(raw);
  throw signatureError(
    'mismatch',
    `signature.json: the signature of key ${keyId(raw)} does not match certificate.json; one of them was changed. Do not rely on this model.`,
  );
}

function readPrivateKey(pem: string): KeyObject {
  const key = attempt(() => createPrivateKey(pem));
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw signatureError(
    'private-key',
    'the key file holds no Ed25519 private key in PEM form. Make one with `tabveil key new`.',
  );
}

function readPublicKey(pem: string): KeyObject {
  if (/PRIVATE KEY/.test(pem)) {
    throw signatureError(
      'private-key-given',
      'the key file holds a private key; give the public one (.pub) and keep the private one to yourself.',
    );
  }
  const key = attempt(() => createPublicKey(pem));
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw signatureError(
    'public-key',
    'the key file holds no Ed25519 public key in PEM form. Ask the officer for the .pub file.',
  );
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** DER header of an Ed25519 public key (RFC 8410, section 4); the 32 raw bytes follow. */
const SPKI_HEADER = Buffer.from('302a300506032b6570032100', 'hex');

function rawKey(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(SPKI_HEADER.length);
}

function publicKeyFromRaw(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEADER, raw]), type: 'spki', format: 'der' });
}

function signatureError(code: string, message: string): TabveilError {
  return new TabveilError('input', `signature.${code}`, message);
}
