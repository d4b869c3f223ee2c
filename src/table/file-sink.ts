import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TabveilError } from '../errors.ts';

/** A file that appears under its name only when it is complete. */
export interface FileSink {
  /** Bytes written so far. */
  readonly position: number;
  /** Appends all bytes; they may be reused once the promise is fulfilled. */
  write(bytes: Uint8Array): Promise<void>;
  /** Flushes to the device and gives the file its name. */
  commit(): Promise<void>;
  /** Removes what was written; does nothing after `commit` or a second time. */
  abort(): Promise<void>;
}

/**
 * Opens a temporary file next to `path`. Every failure removes it before the error is thrown.
 * @throws TabveilError (input) when the folder is absent or not writable, the path is a folder, or the device is full.
 */
export async function openFileSink(path: string): Promise<FileSink> {
  const target = resolve(path);
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) throw outputError(path, 'EISDIR');
  const temporary = join(dirname(target), `.tabveil-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await open(temporary, 'wx').catch((error: NodeJS.ErrnoException) => {
    throw outputError(path, error.code);
  });
  return new TemporaryFile({ path, target, temporary, handle });
}

interface Names {
  readonly path: string;
  readonly target: string;
  readonly temporary: string;
  readonly handle: FileHandle;
}

class TemporaryFile implements FileSink {
  readonly #names: Names;
  #position = 0;
  #isOpen = true;

  constructor(names: Names) {
    this.#names = names;
  }

  get position(): number {
    return this.#position;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#orRemove(async () => {
      let at = 0;
      while (at < bytes.length) {
        at += (await this.#names.handle.write(bytes, at, bytes.length - at)).bytesWritten;
      }
      this.#position += bytes.length;
    });
  }

  commit(): Promise<void> {
    return this.#orRemove(async () => {
      await this.#names.handle.sync();
      await this.#names.handle.close();
      await rename(this.#names.temporary, this.#names.target);
      this.#isOpen = false;
      await syncFolder(dirname(this.#names.target));
    });
  }

  async abort(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#names.handle.close().catch(() => undefined);
    await rm(this.#names.temporary, { force: true });
  }

  async #orRemove(work: () => Promise<void>): Promise<void> {
    if (!this.#isOpen)
      throw new TabveilError('bug', 'output.closed', `${this.#names.path}: the file is already closed.`);
    try {
      await work();
    } catch (error) {
      await this.abort();
      throw outputError(this.#names.path, error instanceof Error ? Reflect.get(error, 'code') : undefined);
    }
  }
}

/** Makes the new name itself durable; systems that cannot sync a folder do so on their own. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  ENOSPC: ['no-space', 'there is no space left on the device; free some or write elsewhere.'],
  EDQUOT: ['no-space', 'the disk quota is used up; free some space or write elsewhere.'],
  EFBIG: ['no-space', 'the file would be larger than the device allows; write elsewhere.'],
  ENOENT: ['no-folder', 'the folder does not exist; create it first.'],
  ENOTDIR: ['no-folder', 'a part of the path is not a folder; correct it.'],
  EISDIR: ['folder', 'this is a folder; name a file.'],
  EACCES: ['not-writable', 'the folder is not writable; write elsewhere.'],
  EPERM: ['not-writable', 'the folder is not writable; write elsewhere.'],
  EROFS: ['not-writable', 'the device is read-only; write elsewhere.'],
};

function outputError(path: string, code: unknown): TabveilError {
  const [name, sentence] = REASONS[String(code)] ?? ['failed', `writing failed (${String(code)}); write elsewhere.`];
  return new TabveilError('input', `output.${name}`, `${path}: ${sentence} Nothing was written.`);
}
