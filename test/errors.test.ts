import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeReadFailure } from '../src/errors.ts';

describe('why a file cannot be read', () => {
  it.each([
    ['a file that is absent', join(tmpdir(), 'nowhere', 'nothing.json'), 'there is no such file'],
    ['a folder', tmpdir(), 'this is a folder'],
    ['a file used as a folder', join(import.meta.filename, 'x'), 'the file cannot be read (ENOTDIR)'],
  ])('%s is told apart', async (_, path, reason) => {
    const failure = await readFile(path).catch((error: unknown) => error);
    expect(describeReadFailure(failure)).toBe(reason);
  });

  it('what is no error of the file system passes nothing of its text on', () => {
    expect(describeReadFailure(new Error('SECRET'))).toBe('the file cannot be read (unknown reason)');
  });
});
