import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, startProgram } from './support/cli.ts';

const ROOT = resolve(import.meta.dirname, '..');
const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const COMPILER_FLAGS = [
  '--noEmit',
  '--strict',
  '--skipLibCheck',
  '--ignoreConfig',
  '--module',
  'nodenext',
  '--target',
  'es2023',
];
const home = mkdtempSync(join(tmpdir(), 'tabveil-package-'));
let packed: readonly string[] = [];

async function runIn(cwd: string, program: string, ...args: readonly string[]): Promise<Outcome> {
  const outcome = await startProgram(program, args, { cwd }).outcome;
  expect(outcome.exitCode, `${program} ${args.join(' ')}\n${outcome.stderr}`).toBe(0);
  return outcome;
}

describe('the packed package', () => {
  beforeAll(async () => {
    // `npm test` has just built dist/; packing must not rebuild it under the feet of other tests.
    const { stdout } = await runIn(ROOT, NPM, 'pack', '--json', '--ignore-scripts', '--pack-destination', home);
    const [tarball] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    packed = tarball.files.map((file) => file.path);
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
    await runIn(home, NPM, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(home, tarball.filename));
  }, 300_000);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('holds the program and nothing private to the project', () => {
    expect(packed).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/cli/main.js']));
    expect(
      packed.filter((path) => /^(test|src|benchmarks|\.ci)\/|\.(csv|parquet|ledger\.jsonl|map)$/.test(path)),
    ).toEqual([]);
  });

  it('npx tabveil --help works outside the repository', async () => {
    const { stdout } = await runIn(home, 'npx', '--no-install', 'tabveil', '--help');
    expect(stdout).toContain('Usage: tabveil');
    const { stdout: version } = await runIn(home, 'npx', '--no-install', 'tabveil', '--version');
    expect(version.trim()).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version);
  });

  it('samples from a model that comes with it, and offers what the demo needs', async () => {
    const model = join('node_modules', 'tabveil', 'models', 'lending-mst');
    await runIn(home, 'npx', '--no-install', 'tabveil', 'sample', model, '--rows', '10', '--out', 'rows.csv');
    expect(readFileSync(join(home, 'rows.csv'), 'utf8').trim().split('\n')).toHaveLength(11);
    expect(packed).toEqual(expect.arrayContaining(['datasets/lending/generate.mjs', 'datasets/lending/schema.json']));
  });

  it('gives its types to programs: a wrong option does not compile', async () => {
    const [right, wrong] = ["model: 'm', rows: 5", "model: 'm', rows: 'five'"].map(
      (options) => `import { sample } from 'tabveil';\nawait sample({ ${options}, out: 'x.csv' });\n`,
    );
    writeFileSync(join(home, 'right.ts'), right ?? '');
    writeFileSync(join(home, 'wrong.ts'), wrong ?? '');
    const compile = (file: string) =>
      startProgram(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...COMPILER_FLAGS, file], {
        cwd: home,
      }).outcome;
    expect((await compile('right.ts')).stdout).toBe('');
    expect((await compile('wrong.ts')).stdout).toContain("Type 'string' is not assignable to type 'number'");
  });
});

describe('package-lock.json', () => {
  it('holds every optional package of every platform, without which npm ci refuses it', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(
      wanted.filter((name) => !(`node_modules/${name}` in packages)),
      'run: node .ci/complete-lock.mjs',
    ).toEqual([]);
  });
});
