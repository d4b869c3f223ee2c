#!/usr/bin/env node
// @ts-check
/**
 * Do bin edges show in synthetic numbers? Fits models to lending tables and compares the numbers they draw with the
 * population, cell by fine cell: the Kolmogorov–Smirnov distance, and the jump of the density at bin edges beyond the
 * population's own. For comparison the same models with values spread evenly over each bin.
 *
 * Use after `npm run build`: `node benchmarks/bin-edges.mjs [runs, default 5] [models, default copula,aim,mst]`
 * Writes `results/bin-edges.json` and a picture of one column, `results/bin-edges.svg`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
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
const [RUNS, MODELS] = [Number(process.argv[2] ?? 5), (process.argv[3] ?? 'copula,aim,mst').split(',')];
const [EPSILON, DELTA, ROWS] = [1, 1e-9, 262_144];
const COLUMNS = ['income', 'open_debt', 'loan_amount', 'application_date'];
/** Rows of the population per side of an edge below which its density is not known well enough. */
const LEAST_SIDE = 400;

/** @typedef {import('../dist/encode/table-codec.js').TableCodec} TableCodec */

const population = generateLending(400_000, 99);

/** @param {string} name */
function populationOf(name) {
  const values = /** @type {readonly (number | string | null)[]} */ (/** @type {any} */ (population)[name]);
  const day = 86_400_000;
  return values
    .filter((value) => value !== null)
    .map((value) => (typeof value === 'string' ? Date.parse(value) / day : Number(value)));
}

/**
 * Shares of fine cells.
 *
 * @param {readonly number[] | Float64Array} values
 * @param {import('../dist/encode/numeric-grid.js').NumericGrid} grid
 */
function histogram(values, grid) {
  const shares = new Float64Array(grid.starts.length - 1);
  let rows = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    const step = Math.min(grid.lastStep, Math.max(0, Math.round((value - grid.minimum) / grid.precision)));
    let [low, high] = [0, shares.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((grid.starts[middle] ?? 0) <= step) low = middle;
      else high = middle - 1;
    }
    shares[low] = (shares[low] ?? 0) + 1;
    rows++;
  }
  return shares.map((count) => count / rows);
}

/** @param {Float64Array} a @param {Float64Array} b */
function ksDistance(a, b) {
  let [below, largest] = [0, 0];
  a.forEach((share, cell) => {
    below += share - (b[cell] ?? 0);
    largest = Math.max(largest, Math.abs(below));
  });
  return largest;
}

/**
 * Log ratio of the densities on both sides of each inner edge, a quarter of a bin wide; NaN where rows are few.
 *
 * @param {Float64Array} shares
 * @param {{ bins: readonly number[], starts: Float64Array, known: Float64Array }} axis
 */
function jumps(shares, { bins, starts, known }) {
  const side = (/** @type {number} */ from, /** @type {number} */ to, /** @type {Float64Array} */ of) => {
    let sum = 0;
    for (let cell = from; cell < to; cell++) sum += of[cell] ?? 0;
    return sum;
  };
  return bins.slice(1).map((edge, index) => {
    const [before, after] = [bins[index] ?? 0, bins[index + 2] ?? shares.length];
    const [low, high] = [edge - Math.ceil((edge - before) / 4), edge + Math.ceil((after - edge) / 4)];
    const rows = 400_000 * Math.min(side(low, edge, known), side(edge, high, known));
    const widths = ((starts[high] ?? 0) - (starts[edge] ?? 0)) / ((starts[edge] ?? 0) - (starts[low] ?? 0));
    return rows < LEAST_SIDE ? Number.NaN : Math.log(side(edge, high, shares) / side(low, edge, shares) / widths);
  });
}

/** @param {readonly number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * @param {import('../dist/tasks/load-model.js').LoadedModel} loaded
 * @param {TableCodec} codec
 * @param {number} seed
 */
function draw({ model, stored }, codec, seed) {
  /** @type {Map<string, number[]>} */
  const columns = new Map();
  for (const block of generateRows({ model, codec, schema: stored.schema, rows: ROWS, seed, method: 'systematic' })) {
    for (const name of COLUMNS) {
      const column = block.columns.get(name);
      const values = columns.get(name) ?? [];
      if (column?.kind === 'number') for (const value of column.values) values.push(value);
      columns.set(name, values);
    }
  }
  return columns;
}

/** Values spread evenly over the steps of each bin. @param {TableCodec} codec @returns {TableCodec} */
function spreadEvenly(codec) {
  const attributes = codec.attributes.map((attribute) =>
    'bins' in attribute ? { ...attribute, fineWeights: new Float64Array(attribute.fineWeights.length) } : attribute,
  );
  return { attributes };
}

/** @type {Map<string, { ks: number[], jump: number[] }>} */
const found = new Map();
/** @type {{ grid: import('../dist/encode/numeric-grid.js').NumericGrid, shares: Record<string, Float64Array> } | undefined} */
let picture;

const scratch = mkdtempSync(join(tmpdir(), 'tabveil-bin-edges-'));
try {
  for (let run = 1; run <= RUNS; run++) {
    const table = join(scratch, `${run}.csv`);
    writeWhole(table, columnsToCsv(generateLending(undefined, 2000 + run)));
    for (const model of MODELS) {
      const out = join(scratch, `${model}-${run}`);
      const schema = join(PROJECT, 'datasets/lending/schema.json');
      await train({ table, schema, model, epsilon: EPSILON, delta: DELTA, out, ledger: `${out}.ledger` });
      const loaded = await loadModel(out);
      const { codec } = loaded.stored;
      for (const [spread, used] of /** @type {const} */ ([
        ['shaped', codec],
        ['even', spreadEvenly(codec)],
      ])) {
        const columns = draw(loaded, used, run);
        for (const attribute of codec.attributes) {
          const { name } = attribute.codec;
          if (!COLUMNS.includes(name) || !('bins' in attribute)) continue;
          const { grid } = attribute.codec;
          const known = histogram(populationOf(name), grid);
          const shares = histogram(columns.get(name) ?? [], grid);
          const axis = { bins: attribute.bins, starts: grid.starts, known };
          const own = jumps(known, axis);
          const excess = jumps(shares, axis).map((jump, edge) => (jump - (own[edge] ?? 0)) ** 2);
          const entry = found.get(`${model} ${name} ${spread}`) ?? { ks: [], jump: [] };
          entry.ks.push(ksDistance(shares, known));
          entry.jump.push(Math.sqrt(mean(excess.filter((value) => !Number.isNaN(value)))));
          found.set(`${model} ${name} ${spread}`, entry);
          if (run === 1 && model === MODELS[0] && name === 'income') {
            picture = { grid, shares: { ...picture?.shares, population: known, [spread]: shares } };
          }
        }
      }
    }
    process.stdout.write('.');
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Density lines of income up to 80,000. */
function drawPicture() {
  if (picture === undefined) return '';
  const { grid, shares } = picture;
  const [width, height, limit] = [900, 420, 80_000];
  const top = 5e-5;
  const lines = /** @type {const} */ ([
    ['even', '#c2571a', 1],
    ['shaped', '#24467a', 1.6],
    ['population', '#000', 0.8],
  ]);
  const paths = lines.map(([name, colour, stroke]) => {
    let path = '';
    for (let cell = 0; cell + 1 < grid.starts.length; cell++) {
      const [low, high] = [grid.starts[cell] ?? 0, grid.starts[cell + 1] ?? 0].map(
        (step) => grid.minimum + step * grid.precision,
      );
      if (low === undefined || high === undefined || low > limit) break;
      const density = (shares[name]?.[cell] ?? 0) / (high - low);
      const y = (height * (1 - Math.min(1, density / top))).toFixed(1);
      path += `${path === '' ? 'M' : 'L'}${((width * low) / limit).toFixed(1)} ${y}H${((width * high) / limit).toFixed(1)}`;
    }
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${stroke}"/>`;
  });
  const keys = lines.map(
    ([name, colour], at) =>
      `<text x="620" y="${40 + 22 * at}" fill="${colour}" font-family="sans-serif" font-size="15">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Density of income up to 80,000: population, and rows drawn with shaped and with even bins"><rect width="${width}" height="${height}" fill="#fff"/>${paths.join('')}${keys.join('')}</svg>\n`;
}

const results = [...found].map(([name, { ks, jump }]) => ({
  name,
  ksDistance: Number(mean(ks).toFixed(4)),
  edgeJump: Number(mean(jump).toFixed(3)),
}));
const head = {
  question:
    'do bin edges show: KS distance on fine cells, and log density jumps at bin edges beyond the population’s own',
  epsilon: EPSILON,
  runs: RUNS,
};
const record = { ...head, commit: describeCommit(), machine: describeMachine(), results };
writeWhole(join(import.meta.dirname, 'results/bin-edges.json'), `${JSON.stringify(record, null, 2)}\n`);
writeWhole(join(import.meta.dirname, 'results/bin-edges.svg'), drawPicture());
console.log('');
for (const { name, ksDistance: ks, edgeJump } of results) console.log(name.padEnd(34), ks, edgeJump);
