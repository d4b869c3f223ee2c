import { open, rm } from 'node:fs/promises';
import { TabveilError } from '../errors.ts';
import { createKeyPair } from '../privacy/signature.ts';

/** Where a new key goes. */
export interface NewKeyOptions {
  /** Private key file; the public key is written beside it with `.pub` appended. Neither may exist. */
  readonly out: string;
}

/** A key pair on disk. */
export interface NewKeyResult {
  readonly privateKey: string;
  readonly publicKey: string;
  /** What people compare by telephone. */
  readonly keyId: string;
}

/**
 * Makes an Ed25519 key pair: the private key readable by its owner only, the public key for everybody.
 * @throws TabveilError (input) when a file exists or cannot be written; nothing is left behind.
 */
export async function createKey(options: NewKeyOptions): Promise<NewKeyResult> {
  const pair = createKeyPair();
  const publicPath = `${options.out}.pub`;
  await writeNew(options.out, pair.privateKey, 0o600);
  try {
    await writeNew(publicPath, pair.publicKey, 0o644);
  } catch (error) {
    await rm(options.out, { force: true });
    throw error;
  }
  return { privateKey: options.out, publicKey: publicPath, keyId: pair.id };
}

/** Exclusive: an existing key is never overwritten, since all it signed would lose its witness. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  let created = false;
  try {
    const file = await open(path, 'wx', mode);
    created = true;
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (created) await rm(path, { force: true });
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const reason = code === 'EEXIST' ? 'exists already; keys are never overwritten' : `cannot be written (${code})`;
    throw new TabveilError('input', 'key.unwritable', `${path}: ${reason}. Give --out another path.`);
  }
}
