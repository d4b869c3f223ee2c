#!/usr/bin/env node
// @ts-check
/**
 * Do the copula's error bars tell the truth? Draws fresh tables of a simulated world, fits a copula to each, and counts how
 * often true means, quantiles and correlations of the population lie within the 95 % error bars that `model show` states.
 *
 * Means and correlations are those of the synthetic rows; quantiles are intervals of the model. Errors cover noise, the
 * draw of the rows, what the shape inside a bin leaves open and, for correlations, what a copula gets wrong as far as the
 * released pair tables show it.
 *
 * Use after `npm run build`: `node benchmarks/copula-coverage.mjs [runs, default 40] [epsilon, default 1] [world, default lending]`
 * Writes `results/copula-coverage.json`, for other worlds than lending `results/copula-coverage-WORLD.json`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { generateHiring } from '../datasets/hiring/generate.mjs';
import { generateHospital } from '../datasets/hospital/generate.mjs';
import { generateLending } from '../datasets/lending/generate.mjs';
import { columnsToCsv, writeWhole } from '../datasets/simulator/columns.mjs';
import { generateRows } from '../dist/sampling/generate-rows.js';
import { loadModel } from '../dist/tasks/load-model.js';
import { showModel } from '../dist/tasks/show-model.js';
import { train } from '../dist/tasks/train.js';
import { describeCommit } from './commit.mjs';
import { describeMachine } from './machine.mjs';

const PROJECT = resolve(import.meta.dirname, '..');
const [RUNS, EPSILON] = [Number(process.argv[2] ?? 40), Number(process.argv[3] ?? 1)];
const [DELTA, Z, SYNTHETIC_ROWS] = [1e-9, 1.96, 131_072];
const GENERATORS = { lending: generateLending, hiring: generateHiring, hospital: generateHospital };
const WORLD = /** @type {keyof typeof GENERATORS} */ (process.argv[4] ?? 'lending');
const truth = JSON.parse(readFileSync(join(PROJECT, 'datasets', WORLD, 'truth.json'), 'utf8'));

/** @type {Map<string, { kind: string, held: number, sumOfScores: number }>} */
const intervals = new Map();

/**
 * @param {string} kind
 * @param {string} name
 * @param {number} score deviation in standard errors
 */
function note(kind, name, score) {
  const entry = intervals.get(name) ?? { kind, held: 0, sumOfScores: 0 };
  entry.held += Math.abs(score) <= Z ? 1 : 0;
  entry.sumOfScores += score;
  intervals.set(name, entry);
}

/** @param {readonly number[] | Float64Array} values */
function mean(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/**
 * Means and quantiles of one column.
 *
 * @param {string} name
 * @param {{ mean: number, quantiles?: Record<string, number> }} law
 * @param {readonly number[]} values synthetic ones
 * @param {import('../dist/tasks/describe-marginal.js').ShownMarginal} stated
 */
function compareColumn(name, law, values, stated) {
  const found = mean(values.filter((value) => !Number.isNaN(value)));
  note('mean', `mean of ${name}`, (found - law.mean) / (stated.mean?.error ?? Number.NaN));
  for (const { level, low, high } of stated.quantiles ?? []) {
    const truth = law.quantiles?.[String(level)];
    if (truth === undefined) continue;
    const [centre, half] = [(low + high) / 2, (high - low) / 2];
    // Within one unit of the value, because stated quantiles are values that the column can have.
    const gap = Math.max(0, Math.abs(truth - centre) - 1);
    note('quantile', `${level} quantile of ${name}`, gap === 0 ? 0 : (Z * Math.sign(centre - truth) * gap) / half);
  }
}

/** @param {readonly number[]} x @param {readonly number[]} y */
function pearson(x, y) {
  const rows = [...x.keys()].filter((row) => !Number.isNaN(x[row]) && !Number.isNaN(y[row]));
  const [mx, my] = [mean(rows.map((row) => x[row] ?? 0)), mean(rows.map((row) => y[row] ?? 0))];
  const moment = (/** @type {(a: number, b: number) => number} */ of) =>
    mean(rows.map((row) => of((x[row] ?? 0) - mx, (y[row] ?? 0) - my)));
  return moment((a, b) => a * b) / Math.sqrt(moment((a) => a * a) * moment((_a, b) => b * b));
}

/** @param {number} run @param {string} scratch */
async function measureRun(run, scratch) {
  const [table, out] = [join(scratch, `${run}.csv`), join(scratch, `${run}-model`)];
  writeWhole(table, columnsToCsv(GENERATORS[WORLD](undefined, 1000 + run)));
  const schema = join(PROJECT, 'datasets', WORLD, 'schema.json');
  const ledger = join(scratch, `${run}.ledger`);
  await train({ table, schema, model: 'copula', epsilon: EPSILON, delta: DELTA, out, ledger });
  const { stored, model } = await loadModel(out);
  /** @type {Map<string, number[]>} */
  const columns = new Map();
  const request = { model, codec: stored.codec, schema: stored.schema, rows: SYNTHETIC_ROWS, seed: run };
  for (const block of generateRows({ ...request, method: 'systematic' })) {
    for (const [name, column] of block.columns) {
      if (column.kind !== 'number') continue;
      const values = columns.get(name) ?? [];
      for (const value of column.values) values.push(value);
      columns.set(name, values);
    }
  }
  const names = model.domain.names;
  const shown = await showModel(out);
  for (const [name, described] of Object.entries(truth.columns)) {
    const law = described.recorded ?? described;
    const values = columns.get(name);
    if (values === undefined || typeof law.mean !== 'number') continue;
    const stated = shown.columns.find((column) => column.name === name)?.marginal;
    if (stated !== undefined) compareColumn(name, law, values, stated);
  }
  const { valueErrors } = /** @type {{ valueErrors: number[][] }} */ (/** @type {unknown} */ (shown.details));
  for (const [pair, correlation] of Object.entries(truth.correlations)) {
    const [left = '', right = ''] = pair.split('|');
    const error = valueErrors[names.indexOf(left)]?.[names.indexOf(right)] ?? Number.NaN;
    note(
      'correlation',
      `correlation of ${pair}`,
      (pearson(columns.get(left) ?? [], columns.get(right) ?? []) - correlation) / error,
    );
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'tabveil-coverage-'));
try {
  for (let run = 1; run <= RUNS; run++) {
    await measureRun(run, scratch);
    process.stdout.write('.');
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const quantities = [...intervals].map(([name, { kind, held, sumOfScores }]) => ({
  name,
  kind,
  coverage: held / RUNS,
  meanScore: Number((sumOfScores / RUNS).toFixed(2)),
}));
const coverage = Object.fromEntries(
  ['mean', 'quantile', 'correlation'].map((kind) => {
    const list = quantities.filter((quantity) => quantity.kind === kind);
    return [kind, Number(mean(list.map((quantity) => quantity.coverage)).toFixed(3))];
  }),
);
const head = {
  question: `coverage of the copula’s 95 % intervals on the ${WORLD} world`,
  runs: RUNS,
  epsilon: EPSILON,
  delta: DELTA,
};
const record = { ...head, commit: describeCommit(), machine: describeMachine(), coverage, quantities };
writeWhole(
  process.env.COVERAGE_OUT ??
    join(import.meta.dirname, `results/copula-coverage${WORLD === 'lending' ? '' : `-${WORLD}`}.json`),
  `${JSON.stringify(record, null, 2)}\n`,
);
console.log(`\n${JSON.stringify(coverage)}`);
for (const quantity of quantities) console.log(quantity.coverage, quantity.meanScore, quantity.name);
