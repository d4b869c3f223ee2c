#!/usr/bin/env node
// @ts-check
/**
 * How true our synthetic tables are: trains on a simulated world, samples, and compares with what is true of the world's
 * population. The first line per world is the private table itself, which only sampling error keeps from the truth. Appends
 * to `benchmarks/results/truth.jsonl`.
 *
 * Use: `npm run bench:truth -- --worlds lending --models aim --epsilons 1 --runs 3`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generateHiring } from '../datasets/hiring/generate.mjs';
import { generateHospital } from '../datasets/hospital/generate.mjs';
import { generateLending } from '../datasets/lending/generate.mjs';
import { columnsToCsv, writeWhole } from '../datasets/simulator/columns.mjs';
import { describeCommit } from './commit.mjs';
import { describeMachine } from './machine.mjs';
import { runTabveil } from './measured-command.mjs';
import { appendLine, readLines } from './result-lines.mjs';
import { compareWithTruth, readPlainCsv } from './truth-comparison.mjs';

const PROJECT = resolve(import.meta.dirname, '..');
const DELTA = 1e-9;
/** Rows drawn from each model: many, so that the model is judged and not the draw. */
const SYNTHETIC_ROWS = 200_000;
const WORLDS = { lending: generateLending, hiring: generateHiring, hospital: generateHospital };

const words = (/** @type {string} */ list) => list.split(',').filter((word) => word !== '');
const { values } = parseArgs({
  options: {
    worlds: { type: 'string', default: Object.keys(WORLDS).join(',') },
    models: { type: 'string', default: 'independent,mst,aim' },
    epsilons: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    results: { type: 'string', default: join(import.meta.dirname, 'results/truth.jsonl') },
  },
});

/**
 * @param {string} world
 * @param {string} table CSV file
 * @param {{ model: string, epsilon: number, run: number }} job
 */
function synthesize(world, table, { model, epsilon, run }) {
  const scratch = mkdtempSync(join(tmpdir(), 'tabveil-truth-'));
  try {
    const [fitted, synthetic] = [join(scratch, 'model'), join(scratch, 'synthetic.csv')];
    runTabveil(
      ['train', table, '--schema', join(PROJECT, 'datasets', world, 'schema.json'), '--model', model]
        .concat(['--epsilon', String(epsilon), '--delta', String(DELTA), '--out', fitted])
        .concat(['--ledger', join(scratch, 'ledger.jsonl')]),
    );
    runTabveil(['sample', fitted, '--rows', String(SYNTHETIC_ROWS), '--out', synthetic, '--seed', String(run)]);
    return readFileSync(synthetic, 'utf8');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const commit = describeCommit();
const keyOf = (/** @type {Record<string, unknown>} */ line) =>
  [line.commit, line.world, line.model, line.epsilon, line.run].join(' ');
const done = new Set(readLines(values.results).map(keyOf));
const scratch = mkdtempSync(join(tmpdir(), 'tabveil-worlds-'));

/**
 * @param {{ world: string, model: string, epsilon: number, run: number }} job
 * @param {() => string} csv
 */
function measure(job, csv) {
  const head = { system: 'tabveil', commit, ...job, delta: DELTA };
  if (done.has(keyOf(head))) return;
  const truth = JSON.parse(readFileSync(join(PROJECT, 'datasets', job.world, 'truth.json'), 'utf8'));
  const line = { ...head, ...compareWithTruth(readPlainCsv(csv()), truth), machine: describeMachine() };
  appendLine(values.results, line);
  process.stdout.write(`${keyOf(head)}: ${JSON.stringify(line.summary)}\n`);
}

try {
  for (const name of words(values.worlds)) {
    const world = /** @type {keyof typeof WORLDS} */ (name);
    const table = join(scratch, `${world}.csv`);
    const csv = columnsToCsv(WORLDS[world]());
    writeWhole(table, csv);
    measure({ world, model: 'private table', epsilon: 0, run: 1 }, () => csv);
    for (const model of words(values.models)) {
      for (const epsilon of words(values.epsilons).map(Number)) {
        for (let run = 1; run <= Number(values.runs); run++) {
          measure({ world, model, epsilon, run }, () => synthesize(world, table, { model, epsilon, run }));
        }
      }
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
