#!/usr/bin/env node
// @ts-check
/**
 * How well are values placed inside bins? Kolmogorov–Smirnov distance on fine cells, where bins hold what the population's bins
 * hold (all that is left is the placing), and where bins and fine histograms carry the noise of a training. Compared: an
 * even spread, the shapes that models use (`shapeBins`, and with the released fine histogram `estimateFineWeights`), and a
 * monotone cubic through the distribution function at the bin edges.
 *
 * Use after `npm run build`: `node benchmarks/bin-shapes.mjs [draws of noise, default 8]`; columns of Adult and Bank are added
 * where TABVEIL_DATA names the folder of the reference tables. Writes `results/bin-shapes.json`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generateLending } from '../datasets/lending/generate.mjs';
import { writeWhole } from '../datasets/simulator/columns.mjs';
import { shapeBins } from '../dist/encode/bin-shapes.js';
import { estimateFineWeights } from '../dist/encode/fine-weights.js';
import { cellOfStep } from '../dist/encode/numeric-grid.js';
import { createFieldCodecs, publicBins } from '../dist/encode/table-codec.js';
import { createStream } from '../dist/random/stream.js';
import { readSchema } from '../dist/table/schema-file.js';
import { describeCommit } from './commit.mjs';
import { describeMachine } from './machine.mjs';

const PROJECT = resolve(import.meta.dirname, '..');
const DRAWS = Number(process.argv[2] ?? 8);

/** Standard deviations of noise on a fine cell and on a bin: trainings of fifteen columns at these epsilons. */
const NOISE = [
  { epsilon: 1, fineSigma: 70, binSigma: 25 },
  { epsilon: 10, fineSigma: 9, binSigma: 3.5 },
];

/** @typedef {{ starts: Float64Array, bins: readonly number[], origin: number }} Axis */

/** Values of the columns to look at, by table; dates as days. */
function loadColumns() {
  const lending = generateLending(200_000, 99);
  const day = 86_400_000;
  const list = ['income', 'open_debt', 'loan_amount', 'application_date'].map((name) => ({
    table: 'lending',
    name,
    rows: 30_000,
    values: /** @type {readonly (string | number | null)[]} */ (/** @type {any} */ (lending)[name])
      .filter((value) => value !== null)
      .map((value) => (typeof value === 'string' ? Date.parse(value) / day : Number(value))),
  }));
  const folder = process.env.TABVEIL_DATA;
  for (const [table, names] of /** @type {const} */ ([
    ['adult', ['fnlwgt', 'capital-gain', 'age']],
    ['bank', ['balance', 'duration']],
  ])) {
    const path = join(folder ?? '', table, 'train.csv');
    if (folder === undefined || !existsSync(path)) continue;
    const lines = readFileSync(path, 'utf8').trim().split(/\r?\n/);
    const header = (lines[0] ?? '').split(',');
    for (const name of names) {
      const values = lines.slice(1).map((line) => Number(line.split(',')[header.indexOf(name)]));
      list.push({ table, name, rows: values.length, values });
    }
  }
  return list;
}

/** @param {Float64Array} cells @param {readonly number[]} bins */
const sumBins = (cells, bins) =>
  Float64Array.from(bins, (first, bin) => cells.subarray(first, bins[bin + 1]).reduce((sum, value) => sum + value, 0));

/** Cells in proportion to `weights` inside bins of the given masses. @param {Float64Array} weights @param {Float64Array} masses @param {Axis} axis */
function fillBins(weights, masses, { bins }) {
  const totals = sumBins(weights, bins);
  const filled = weights.slice();
  bins.forEach((first, bin) => {
    const scale = (masses[bin] ?? 0) / Math.max(Number.MIN_VALUE, totals[bin] ?? 0);
    for (let cell = first; cell < (bins[bin + 1] ?? weights.length); cell++)
      filled[cell] = (weights[cell] ?? 0) * scale;
  });
  return filled;
}

/**
 * Monotone cubic Hermite interpolation of the distribution function at the edges.
 *
 * @param {Float64Array} masses
 * @param {Axis} axis
 */
function monotoneCubic(masses, { starts, bins }) {
  const edges = [...bins, starts.length - 1].map((cell) => starts[cell] ?? 0);
  const widths = masses.map((_, bin) => (edges[bin + 1] ?? 0) - (edges[bin] ?? 0));
  const densities = masses.map((mass, bin) => mass / (widths[bin] ?? 1));
  const slopes = edges.map((_, knot) => {
    const [before, after] = [densities[knot - 1], densities[knot]];
    if (before === undefined || after === undefined) return after ?? before ?? 0;
    if (before * after === 0) return 0;
    const [left, right] = [widths[knot - 1] ?? 0, widths[knot] ?? 0];
    return (3 * (left + right)) / ((2 * right + left) / before + (right + 2 * left) / after);
  });
  const cells = new Float64Array(starts.length - 1);
  bins.forEach((first, bin) => {
    const [width, mass] = [widths[bin] ?? 1, masses[bin] ?? 0];
    const [low, high] = [(slopes[bin] ?? 0) * width, (slopes[bin + 1] ?? 0) * width];
    const at = (/** @type {number} */ cell) => {
      const u = ((starts[cell] ?? 0) - (edges[bin] ?? 0)) / width;
      return mass * u * u * (3 - 2 * u) + low * u * (1 - u) ** 2 - high * u * u * (1 - u);
    };
    for (let cell = first; cell < (bins[bin + 1] ?? cells.length); cell++)
      cells[cell] = Math.max(0, at(cell + 1) - at(cell));
  });
  return cells;
}

/** @param {Float64Array} found @param {Float64Array} truth */
function ksDistance(found, truth) {
  const total = found.reduce((sum, value) => sum + value, 0);
  let [below, largest] = [0, 0];
  found.forEach((value, cell) => {
    below += value / total - (truth[cell] ?? 0);
    largest = Math.max(largest, Math.abs(below));
  });
  return largest;
}

/** @param {Record<string, number>} sums @param {number} count */
const round = (sums, count) =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, Number((sum / count).toFixed(4))]));

const results = [];
for (const { table, name, rows, values } of loadColumns()) {
  const schema = await readSchema(join(PROJECT, 'datasets', table, 'schema.json'));
  const codec = createFieldCodecs(schema).find((candidate) => candidate.name === name);
  if (codec?.kind !== 'numeric') throw new Error(`${table}: no number "${name}"`);
  const { grid } = codec;
  const axis = { starts: grid.starts, bins: publicBins(codec) ?? [0], origin: -grid.minimum / grid.precision };
  const truth = new Float64Array(grid.starts.length - 1);
  for (const value of values) {
    const step = Math.min(grid.lastStep, Math.max(0, Math.round((value - grid.minimum) / grid.precision)));
    const cell = cellOfStep(grid, step);
    truth[cell] = (truth[cell] ?? 0) + 1 / values.length;
  }
  const widths = truth.map((_, cell) => (grid.starts[cell + 1] ?? 0) - (grid.starts[cell] ?? 0));
  const compare = (/** @type {Float64Array} */ masses, /** @type {number} */ sigma) => ({
    even: ksDistance(fillBins(widths, masses, axis), truth),
    shaped: ksDistance(fillBins(shapeBins(axis, { masses, massSigma: sigma }), masses, axis), truth),
    monotoneCubic: ksDistance(monotoneCubic(masses, axis), truth),
  });
  const exact = sumBins(truth, axis.bins).map((share) => share * rows);
  const noisy = NOISE.map(({ epsilon, fineSigma, binSigma }) => {
    const stream = createStream(1, `${name} ${epsilon}`);
    /** @type {Record<string, number>} */
    const sums = {};
    for (let draw = 0; draw < DRAWS; draw++) {
      const drawn = truth.map((share) => Math.max(0, share * rows + Math.sqrt(share * rows) * stream.nextNormal()));
      const masses = sumBins(drawn, axis.bins).map((mass) => Math.max(0, mass + binSigma * stream.nextNormal()));
      const counts = drawn.map((count) => count + fineSigma * stream.nextNormal());
      const weights = estimateFineWeights({ counts, sigma: fineSigma }, axis, { masses, massSigma: binSigma });
      const released = ksDistance(fillBins(weights, masses, axis), truth);
      for (const [way, distance] of Object.entries({ ...compare(masses, binSigma), released })) {
        sums[way] = (sums[way] ?? 0) + distance;
      }
    }
    return { epsilon, ...round(sums, DRAWS) };
  });
  const result = {
    table,
    name,
    bins: axis.bins.length,
    cells: truth.length,
    exact: round(compare(exact, 1), 1),
    noisy,
  };
  results.push(result);
  console.log(JSON.stringify(result));
}
const record = {
  question: 'KS distance on fine cells: values spread evenly in bins, by shapes of bins, and by a monotone cubic',
  draws: DRAWS,
  commit: describeCommit(),
  machine: describeMachine(),
  results,
};
writeWhole(join(import.meta.dirname, 'results/bin-shapes.json'), `${JSON.stringify(record, null, 2)}\n`);
