import { randomBytes } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { TabveilError } from '../../errors.ts';

/** The calls a ledger makes to the file system; tests inject failures here. */
export type FileSystem = Pick<
  typeof nodeFiles,
  'open' | 'readFile' | 'readdir' | 'rename' | 'link' | 'unlink' | 'mkdir' | 'stat' | 'realpath'
>;

/** The real file system. */
export const NODE_FILES: FileSystem = nodeFiles;

/** What the system calls say, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device. Free some space',
  EDQUOT: 'the disk quota is exhausted. Free some space',
  EROFS: 'the file system is read-only. Put the ledger on a writable disk (--ledger)',
  EACCES: 'permission denied. Give this user write access to the ledger and its folder',
  EPERM: 'operation not permitted. Give this user write access to the ledger and its folder',
  ENOENT: 'no such file or folder. Check the path',
  ENOTDIR: 'a part of the path is not a folder. Check the path',
  EISDIR: 'this is a folder, a ledger is a file. Check the path',
  EIO: 'the device reports an input/output error',
};

/** The error code of a system call, or the empty text. */
export function systemCode(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * An error about a file of the ledger that cannot be read or written; `nothing was spent` is said because it decides
 * whether the user has lost budget.
 */
export function storageFailure(path: string, what: string, error: unknown): TabveilError {
  if (error instanceof TabveilError) return error;
  const code = systemCode(error);
  const reason = REASONS[code] ?? `the system says ${code || 'nothing more'}`;
  return new TabveilError(
    'input',
    'ledger.storage',
    `${basename(path)}: cannot ${what}: ${reason}; nothing was drawn from the private table.`,
    { systemCode: code },
  );
}

/** Makes a folder's entries durable (a new or renamed file); Windows has no such call and needs none. */
export async function syncFolder(folder: string, files: FileSystem): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await files.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Appends text to an existing file and returns once it is on disk; on failure the file is as long as before.
 * @returns an undo for the case that a later step of the same transaction fails.
 * @throws TabveilError `ledger.storage`.
 */
export async function appendDurably(path: string, text: string, files: FileSystem): Promise<() => Promise<void>> {
  let length: number | undefined;
  const undo = async (): Promise<void> => {
    if (length === undefined) return;
    const handle = await files.open(path, 'r+');
    try {
      await handle.truncate(length);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  try {
    const handle = await files.open(path, 'a');
    try {
      length = (await handle.stat()).size;
      await handle.appendFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(dirname(path), files);
    return undo;
  } catch (error) {
    // If even this fails the half-written line stays: it frees nothing, and the next append seals it.
    await undo().catch(() => undefined);
    throw storageFailure(path, 'append to the ledger', error);
  }
}

/**
 * Writes a file whole: temporary name in the same folder, fsync, rename, fsync of the folder. On failure the temporary
 * is removed and an older file of that name is untouched.
 * @param mode permission bits of the new file.
 */
export async function writeWhole(
  path: string,
  text: string,
  options: { readonly files: FileSystem; readonly mode?: number },
): Promise<void> {
  const { files } = options;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const handle = await files.open(temporary, 'w', options.mode ?? 0o666);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.rename(temporary, path);
  } catch (error) {
    await files.unlink(temporary).catch(() => undefined);
    throw storageFailure(path, 'write this file', error);
  }
  // The rename has happened: a folder that cannot be synced no longer changes what is read back.
  await syncFolder(dirname(path), files).catch(() => undefined);
}

/** System codes of file systems without hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * Writes a file whole unless one of that name exists: of several writers one wins, nobody sees half a file, and a full disk
 * leaves nothing behind.
 * @param mode permission bits of the new file.
 * @throws TabveilError `ledger.storage`.
 */
export async function writeOnce(
  path: string,
  text: string,
  options: { readonly files: FileSystem; readonly mode: number },
): Promise<void> {
  const { files, mode } = options;
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = await files.open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.link(temporary, path).catch(async (error: unknown) => {
      if (systemCode(error) === 'EEXIST') return;
      if (!NO_LINKS.includes(systemCode(error))) throw error;
      await files.rename(temporary, path);
    });
  } catch (error) {
    throw storageFailure(path, 'write this file', error);
  } finally {
    await files.unlink(temporary).catch(() => undefined);
  }
}

/** The bytes of a file, or `undefined` when it does not exist. */
export async function readIfPresent(path: string, files: FileSystem, mostBytes: number): Promise<Buffer | undefined> {
  try {
    const { size } = await files.stat(path);
    if (size > mostBytes) {
      throw new TabveilError(
        'input',
        'ledger.too-large',
        `${basename(path)}: ${size} bytes; at most ${mostBytes} are read. Check the path.`,
      );
    }
    return await files.readFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageFailure(path, 'read this file', error);
  }
}
