import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TabveilError } from '../errors.ts';

/** What went wrong with an output file, by system error code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EACCES: 'it may not be written here',
  EPERM: 'it may not be written here',
  EISDIR: 'it is a folder',
  ENOTDIR: 'its folder is a file',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
};

/**
 * Writes a report: to a temporary name in the same folder, flushed to disk, then renamed, so that a reader never meets half
 * a file. The temporary file is removed on failure.
 * @throws TabveilError (input) when the file cannot be written.
 */
export async function writeReport(path: string, text: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await writeTemporary(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw unwritableReport(path, error);
  }
}

/**
 * Tries whether a report can be written there and leaves nothing behind: minutes of work should not end in a misspelt folder.
 * @throws TabveilError (input) when it cannot.
 */
export async function requireWritable(path: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    await writeTemporary(temporary, '');
  } catch (error) {
    throw unwritableReport(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.tabveil-${randomBytes(6).toString('hex')}.tmp`);
}

async function writeTemporary(path: string, text: string): Promise<void> {
  // Readable by the owner alone: most reports are private.
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The error of a report that cannot be written, by what the file system said. */
export function unwritableReport(path: string, error: unknown): TabveilError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = REASONS[code] ?? 'it cannot be written';
  return new TabveilError('input', 'report.unwritable', `${path}: ${reason}; name a file in an existing folder.`, {
    path,
  });
}
