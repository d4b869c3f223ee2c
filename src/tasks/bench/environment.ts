import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MachineFacts } from '../../evaluation/benchmark/lines.ts';
import { readVersion } from '../../version.ts';

/** Folder of this program's files. */
const PROGRAM = fileURLToPath(new URL('../../', import.meta.url));

/** Characters of a hash that tell programs apart. */
const SHORT = 12;

/** The machine as it is now. */
export function describeMachine(): MachineFacts {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    runtime: `Node ${process.versions.node}`,
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

/** Version of the package and a hash over all of its program files: any change of code makes another one. */
export async function describeProgram(): Promise<string> {
  const names = await readdir(PROGRAM, { recursive: true });
  const files = names.filter((name) => /\.(js|ts)$/.test(name) && !name.endsWith('.d.ts')).sort();
  const hash = createHash('sha256');
  for (const name of files) hash.update(`${name}\0`).update(await readFile(join(PROGRAM, name)));
  return `${readVersion()}+${hash.digest('hex').slice(0, SHORT)}`;
}
