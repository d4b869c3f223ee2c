import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TabveilError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import {
  ARTEFACT_NAME,
  CERTIFYING_FILES,
  type CheckedCertificate,
  checkCertificate,
  parseCertificate,
  refuse,
} from './certificate-check.ts';
import { type CertificateSignature, parseSignature } from './signature.ts';

/** A model folder whose certificate adds up and whose files are exactly those it certifies. */
export interface CertifiedFolder extends CheckedCertificate {
  /** Bytes of `certificate.json`: what a signature covers. */
  readonly certificateBytes: Uint8Array;
  /** `signature.json`, if there is one; not checked here. */
  readonly signature?: CertificateSignature;
}

const MOST_CERTIFICATE_BYTES = 64 * 2 ** 20;
const MOST_SIGNATURE_BYTES = 2 ** 16;

/**
 * Checks a model folder from a stranger without data, ledger or network: certificate, totals from events, and the SHA-256
 * of every file. Files that are missing, extra, not plain files, or changed are refused.
 *
 * **Cost**: streams every file once; memory does not grow with file sizes.
 * @throws TabveilError (input) naming the file and what disagrees.
 */
export async function checkCertifiedFolder(folder: string): Promise<CertifiedFolder> {
  const { names, certificateBytes, certificate } = await checkModelFiles(folder);
  const checked = checkCertificate(certificate, join(folder, CERTIFYING_FILES.certificate));
  if (!names.includes(CERTIFYING_FILES.signature)) return { ...checked, certificateBytes };
  const signaturePath = join(folder, CERTIFYING_FILES.signature);
  const signatureText = decode(await readLimited(signaturePath, MOST_SIGNATURE_BYTES), signaturePath);
  return { ...checked, certificateBytes, signature: parseSignature(signatureText, signaturePath) };
}

/** A model folder whose files are exactly those that its certificate names; what it claims to cost is not checked. */
export interface CheckedFiles {
  readonly names: readonly string[];
  readonly certificateBytes: Uint8Array;
  readonly certificate: Certificate;
}

/**
 * Checks that a folder holds exactly the files its certificate names, each with its SHA-256. Enough to read a model that
 * got damaged on its way; a stranger's claims need `checkCertifiedFolder`.
 * @throws TabveilError (input) naming the file and what disagrees.
 */
export async function checkModelFiles(folder: string): Promise<CheckedFiles> {
  const names = await listFiles(folder);
  const certificateName = CERTIFYING_FILES.certificate;
  if (!names.includes(certificateName)) {
    throw refuse(join(folder, certificateName), 'missing', 'the file is missing, so nothing is certified');
  }
  const path = join(folder, certificateName);
  const certificateBytes = await readLimited(path, MOST_CERTIFICATE_BYTES);
  const certificate = parseCertificate(decode(certificateBytes, path), path);
  await checkArtefacts(folder, names, certificate.artefacts);
  return { names, certificateBytes, certificate };
}

/** Names in a model folder; only plain files with plain names may be there. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined || !found.isDirectory()) {
    const what = found === undefined ? 'there is no such folder' : 'this is a file';
    throw new TabveilError(
      'input',
      'model.missing',
      `${folder}: ${what}; a model is a folder with ${CERTIFYING_FILES.certificate}. Check the path.`,
    );
  }
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    const where = join(folder, JSON.stringify(entry.name).slice(1, -1));
    if (!entry.isFile()) {
      const kind = entry.isSymbolicLink() ? 'a link' : entry.isDirectory() ? 'a folder' : 'a device';
      throw refuse(where, 'not-a-file', `this is ${kind}; a model holds plain files only`);
    }
    if (!ARTEFACT_NAME.test(entry.name)) throw refuse(where, 'name', 'this name is not allowed in a model');
  }
  return entries.map(({ name }) => name);
}

async function checkArtefacts(
  folder: string,
  names: readonly string[],
  artefacts: Readonly<Record<string, string>>,
): Promise<void> {
  const certifying: readonly string[] = Object.values(CERTIFYING_FILES);
  const extra = names.find((name) => !certifying.includes(name) && !Object.hasOwn(artefacts, name));
  if (extra !== undefined) throw refuse(join(folder, extra), 'extra', 'the certificate does not know this file');
  for (const [name, expected] of Object.entries(artefacts)) {
    const path = join(folder, name);
    if (!names.includes(name)) throw refuse(path, 'missing', 'the certificate names this file, but it is missing');
    const found = await hashFile(path);
    if (found !== expected) {
      const digests = `SHA-256 is ${found.slice(0, 12)}…, not ${expected.slice(0, 12)}…`;
      throw refuse(path, 'hash', `its content is not what the certificate says (${digests})`);
    }
  }
}

/** SHA-256 of a file in hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function readLimited(path: string, mostBytes: number): Promise<Buffer> {
  const { size } = await lstat(path);
  if (size > mostBytes) throw refuse(path, 'size', `the file has ${size} bytes; at most ${mostBytes} are read`);
  const handle = await open(path, 'r');
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse(where, 'json', 'this is not text in UTF-8');
  }
}
