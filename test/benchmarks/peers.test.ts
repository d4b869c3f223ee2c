import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PEERS } from '../../benchmarks/peers/peers.mjs';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'benchmarks/peers');
const read = (...path: string[]) => readFileSync(join(FOLDER, ...path), 'utf8');
const tracked = trackedFiles();
const adapters = [...new Set(Object.values(PEERS).map(({ adapter }) => adapter))];

describe('peers', () => {
  it.each(Object.entries(PEERS))('%s has an adapter and a pinned environment', (_name, { adapter, environment }) => {
    expect(existsSync(join(FOLDER, adapter))).toBe(true);
    const pins = read('environments', `${environment.replace('.venv-', '')}.txt`).split('\n');
    const packages = pins.filter((line) => line !== '' && !line.startsWith('#'));
    expect(packages.filter((line) => !/^[\w.-]+(?:\[\w+\])?==[\w.]+$/.test(line))).toEqual([]);
    expect(packages.length).toBeGreaterThan(0);
  });

  it.each(adapters)('%s states how it prepares data, what leaks and which versions ran', (adapter) => {
    const text = read(adapter);
    expect(text.startsWith('"""')).toBe(true);
    for (const word of ['packages=', 'preparation=', 'leaks=', 'settings=']) expect(text).toContain(word);
  });

  it('every adapter file is in use', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.py') && name !== 'common.py');
    expect(files.filter((name) => !adapters.includes(name))).toEqual([]);
  });

  it.skipIf(tracked === undefined)('no environment and no link is committed (skipped outside a git checkout)', () => {
    expect(tracked?.filter((line) => line.startsWith('120000') || line.includes('.venv-'))).toEqual([]);
    expect(read('.gitignore')).toContain('.venv-*');
  });
});

/** Mode, object and path of every file that git keeps; nothing when there is no git or no checkout. */
function trackedFiles(): readonly string[] | undefined {
  const { status, stdout } = spawnSync('git', ['ls-files', '--stage'], { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.split('\n') : undefined;
}
