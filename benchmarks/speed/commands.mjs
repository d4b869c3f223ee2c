// @ts-check
// What whole commands cost: the demo, quick audits, sampling from a shipped neural model, a quick benchmark, the test suite.
// Run after `npm run build`: node benchmarks/speed/commands.mjs [--only demo,audit mst]
// Lines of commands that are not measured now are kept. What takes minutes is measured only when it is named.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeCommit } from '../commit.mjs';
import { describeMachine } from '../machine.mjs';
import { runTabveil } from '../measured-command.mjs';
import { readResult } from '../target.mjs';

const PROJECT = resolve(import.meta.dirname, '../..');
const RESULT = join(PROJECT, 'benchmarks/results/commands.json');
const SAMPLED_ROWS = 1_000_000;

/** @typedef {{ cpuSeconds: number, wallSeconds: number, peakBytes?: number, rows?: number }} Cost */

/** @type {Readonly<Record<string, (scratch: string) => Cost>>} */
const COMMANDS = {
  demo: (scratch) => runTabveil(['demo', '--out', join(scratch, 'demo'), '--json']),
  'audit mechanisms': () => runTabveil(['audit', 'mechanisms', '--quick', '--json']),
  'audit mst': () => runTabveil(['audit', 'mst', '--quick', '--json']),
  'audit copula': () => runTabveil(['audit', 'copula', '--quick', '--json']),
  'audit aim': () => runTabveil(['audit', 'aim', '--quick', '--json']),
  'sample ctgan': (scratch) => ({
    ...runTabveil(
      ['sample', join(PROJECT, 'models/lending-ctgan'), '--rows', String(SAMPLED_ROWS), '--seed', '1'].concat(
        '--out',
        join(scratch, 'rows.parquet'),
        '--json',
      ),
    ),
    rows: SAMPLED_ROWS,
  }),
  'bench quick': (scratch) => timeShell(`node dist/cli/main.js bench --quick --out ${scratch}/bench`),
  'test suite': () => timeShell('npm test'),
};

/** Commands that are measured only when they are named: they take minutes. */
const LONG = ['audit aim', 'bench quick', 'test suite'];

/** @param {string} command @returns {Cost} of all its processes together */
function timeShell(command) {
  const run = spawnSync('bash', ['-c', `time -p ${command} >/dev/null 2>&1`], { cwd: PROJECT, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${command} ended with ${run.status}.`);
  const seconds = (/** @type {string} */ name) => Number(new RegExp(`^${name} ([\\d.]+)`, 'm').exec(run.stderr)?.[1]);
  return { cpuSeconds: seconds('user') + seconds('sys'), wallSeconds: seconds('real') };
}

const { values } = parseArgs({
  options: {
    only: {
      type: 'string',
      default: Object.keys(COMMANDS)
        .filter((name) => !LONG.includes(name))
        .join(','),
    },
  },
});
/** @type {Map<string, any>} */
const lines = new Map(readResult('commands.json').results.map((/** @type {any} */ line) => [line.name, line]));
for (const name of values.only.split(',')) {
  const measure = COMMANDS[name];
  if (measure === undefined) throw new Error(`"${name}" is unknown; commands are ${Object.keys(COMMANDS).join(', ')}.`);
  const scratch = mkdtempSync(join(tmpdir(), 'tabveil-commands-'));
  try {
    const { cpuSeconds, wallSeconds, peakBytes, rows } = measure(scratch);
    const line = {
      ...{ name, commit: describeCommit(), day: new Date().toISOString().slice(0, 10) },
      ...{ wallSeconds: round(wallSeconds), cpuSeconds: round(cpuSeconds), loadAverage: round(loadavg()[0] ?? NaN) },
      ...(peakBytes !== undefined && { peakMB: Math.round(peakBytes / 1e6) }),
      ...(rows !== undefined && { rows }),
    };
    lines.set(name, line);
    console.log(JSON.stringify(line));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {number} seconds */
function round(seconds) {
  return Number(seconds.toFixed(2));
}

const result = {
  question: 'What do whole commands cost?',
  command: 'node benchmarks/speed/commands.mjs',
  limit:
    '`audit mst --quick` under 3 min; `demo` under 60 s; `npm test` under 10 min; sampling from ctgan 200,000 rows/s',
  machine: describeMachine(),
  results: [...lines.values()],
};
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
