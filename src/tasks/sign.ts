import { join } from 'node:path';
import { TabveilError } from '../errors.ts';
import { CERTIFYING_FILES, refuse } from '../privacy/certificate-check.ts';
import { checkCertifiedFolder } from '../privacy/certified-folder.ts';
import { NODE_FILES, writeWhole } from '../privacy/ledger/durable.ts';
import { requirePrivateMode } from '../privacy/ledger/state-folder.ts';
import { checkSignature, signCertificate } from '../privacy/signature.ts';
import { readKeyFile } from './verify.ts';

/** What to sign and with which key. */
export interface SignOptions {
  /** Model folder. */
  readonly model: string;
  /** Private key file; only its owner may read it. */
  readonly key: string;
}

/** A signed model. */
export interface SignResult {
  readonly model: string;
  readonly signature: string;
  readonly keyId: string;
}

function publicKey(path: string): TabveilError {
  return new TabveilError(
    'input',
    'key.public',
    `${path}: this is a public key, which cannot sign; give the private key beside it.`,
  );
}

/**
 * Verifies a model and signs its certificate; replaces an older signature.
 * @throws TabveilError (input) when the model does not verify, was made with test noise, or others can read the key.
 */
export async function signModel(options: SignOptions): Promise<SignResult> {
  const { model } = options;
  const folder = await checkCertifiedFolder(model);
  if (folder.certificate.testNoise) {
    throw refuse(model, 'test-noise', 'its noise came from a test source, so it must not be released');
  }
  const pem = await readKeyFile(options.key);
  if (/PUBLIC KEY/.test(pem) && !/PRIVATE KEY/.test(pem)) throw publicKey(options.key);
  await requirePrivateMode(options.key, NODE_FILES);
  const signature = signCertificate(folder.certificateBytes, pem);
  const path = join(model, CERTIFYING_FILES.signature);
  await writeWhole(path, `${JSON.stringify(signature, null, 2)}\n`, { files: NODE_FILES });
  return { model, signature: path, keyId: checkSignature(folder.certificateBytes, signature) };
}
