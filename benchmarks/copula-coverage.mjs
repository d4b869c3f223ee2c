#!/usr/bin/env node
// @ts-check
/**
 * Do the copula's error bars tell the truth? Draws fresh tables of the lending world, fits a copula to each, and counts how
 * often true means, quantile levels and correlations of the population lie within 1.96 stated standard errors.
 *
 * A stated error has two parts: the draw of the table's rows, and the noise, from the model's released `sigmaRows` per cell
 * (means and quantiles) or its standard error of the correlation. What the copula gets wrong however many rows there are
 * (relations that are not Gaussian, values inside bins) is not in the error, and shows as coverage below 95 %.
 *
 * Use after `npm run build`: `node benchmarks/copula-coverage.mjs [runs, default 40] [epsilon, default 1]`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { generateLending } from '../datasets/lending/generate.mjs';
import { columnsToCsv, writeWhole } from '../datasets/simulator/columns.mjs';
import { generateRows } from '../dist/sampling/generate-rows.js';
import { loadModel } from '../dist/tasks/load-model.js';
import { train } from '../dist/tasks/train.js';
import { describeCommit } from './commit.mjs';
import { describeMachine } from './machine.mjs';

const PROJECT = resolve(import.meta.dirname, '..');
const [RUNS, EPSILON] = [Number(process.argv[2] ?? 40), Number(process.argv[3] ?? 1)];
const [DELTA, Z, SYNTHETIC_ROWS] = [1e-9, 1.96, 131_072];
const truth = JSON.parse(readFileSync(join(PROJECT, 'datasets/lending/truth.json'), 'utf8'));

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
 * @param {{ mean: number, sd?: number, quantiles?: Record<string, number> }} law
 * @param {{ values: readonly number[], edges: readonly number[], sigma: number, rows: number }} found
 */
function compareColumn(name, law, { values, edges, sigma, rows }) {
  const sorted = Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort();
  const centre = mean(sorted);
  const sd = Math.sqrt(mean(sorted.map((value) => (value - centre) ** 2)));
  const recorded = (rows * sorted.length) / values.length;
  const groups = edges.slice(1).map((edge, bin) => {
    const inside = sorted.filter((value) => value >= (edges[bin] ?? 0) && value < edge);
    return inside.length > 0 ? mean(inside) : (edge + (edges[bin] ?? 0)) / 2;
  });
  const noise = groups.reduce((sum, value) => sum + (sigma * (value - centre)) ** 2, 0) / recorded ** 2;
  note('mean', `mean of ${name}`, (centre - law.mean) / Math.sqrt(sd ** 2 / recorded + noise));
  for (const [text, quantile] of Object.entries(law.quantiles ?? {})) {
    const level = Number(text);
    const below = sorted.filter((value) => value < quantile).length / sorted.length;
    const upTo = sorted.filter((value) => value <= quantile).length / sorted.length;
    const gap = below > level ? below - level : upTo < level ? upTo - level : 0;
    // Noise of the bins below and above the quantile, which share one total.
    const under = edges.filter((edge) => edge <= quantile).length;
    const bins = edges.length - 1;
    const mixed = under * (1 - level) ** 2 + Math.max(0, bins - under) * level ** 2;
    const variance = (level * (1 - level)) / recorded + (mixed * sigma ** 2) / recorded ** 2;
    note('quantile', `${text} quantile of ${name}`, gap / Math.sqrt(variance));
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
  writeWhole(table, columnsToCsv(generateLending(undefined, 1000 + run)));
  const schema = join(PROJECT, 'datasets/lending/schema.json');
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
  for (const [name, described] of Object.entries(truth.columns)) {
    const law = described.recorded ?? described;
    const values = columns.get(name);
    if (values === undefined || typeof law.mean !== 'number') continue;
    const sigmaRows =
      stored.parts.uncertainty?.find(({ clique }) => clique[0] === names.indexOf(name))?.sigmaRows ?? NaN;
    const domain = stored.schema.fields.find((field) => field.name === name)?.domain;
    const edges = domain?.kind === 'numeric' ? (domain.edges ?? []) : [];
    compareColumn(name, law, { values, edges, sigma: sigmaRows, rows: stored.parts.rows });
  }
  const { standardErrors } = /** @type {{ standardErrors: number[][] }} */ (/** @type {unknown} */ (model.describe()));
  for (const [pair, correlation] of Object.entries(truth.correlations)) {
    const [left = '', right = ''] = pair.split('|');
    const error = standardErrors[names.indexOf(left)]?.[names.indexOf(right)] ?? Number.NaN;
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
  question: 'coverage of the copula’s 95 % intervals on the lending world',
  runs: RUNS,
  epsilon: EPSILON,
  delta: DELTA,
};
const record = { ...head, commit: describeCommit(), machine: describeMachine(), coverage, quantities };
writeWhole(join(import.meta.dirname, 'results/copula-coverage.json'), `${JSON.stringify(record, null, 2)}\n`);
console.log(`\n${JSON.stringify(coverage)}`);
for (const quantity of quantities) console.log(quantity.coverage, quantity.meanScore, quantity.name);
