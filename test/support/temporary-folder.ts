import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A new folder that is removed after the tests of the file that asked for it. */
export async function temporaryFolder(label: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `tabveil-${label}-`));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
