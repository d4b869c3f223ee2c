// How fast is the marginal engine? Counting, estimation, answers to marginals, growth round by round, sampling; narrow
// and wide. CPU seconds of this process (garbage collection included), tables of benchmarks/speed/marginals-data.mjs.
// Run after `npm run build`: node benchmarks/speed/marginals.mjs [numbers of columns of the wide tables, default 20 50 100]
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BLOCK_ROWS, createBlockSampler } from '../../dist/marginals/block-sampler.js';
import { createDomain } from '../../dist/marginals/domain.js';
import { estimate } from '../../dist/marginals/estimate.js';
import { createCountSource } from '../../dist/marginals/memory-count-source.js';
import { allCliques, modelMarginals } from '../../dist/marginals/model-marginals.js';
import { candidatesWithin } from '../../dist/marginals/tree-growth.js';
import { createStream } from '../../dist/random/stream.js';
import { describeCommit } from '../commit.mjs';
import { describeMachine } from '../machine.mjs';
import { ADULT_SIZES, drawNetwork, mixedSizes } from './marginals-data.mjs';

/** @type {{ name: string, cpuSeconds: number, [fact: string]: unknown }[]} */
const results = [];

/**
 * Times one task and keeps the figure.
 *
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} task
 * @param {(seconds: number, result: T) => object} [facts]
 */
async function time(name, task, facts = () => ({})) {
  const start = process.cpuUsage();
  const result = await task();
  const { user, system } = process.cpuUsage(start);
  const cpuSeconds = (user + system) / 1e6;
  const record = { name, cpuSeconds: Number(cpuSeconds.toFixed(3)), ...facts(cpuSeconds, result) };
  results.push(record);
  console.log(JSON.stringify(record));
  return result;
}

/** @param {readonly number[]} sizes */
const domainOf = (sizes) =>
  createDomain(
    sizes.map((_, column) => `c${column}`),
    sizes,
  );

const cellsOf = (/** @type {any} */ model) =>
  model.beliefs.reduce((/** @type {number} */ sum, /** @type {Float64Array} */ belief) => sum + belief.length, 0);

/** Mean total variation distance of two lists of marginals that sum to `rows`. */
function meanDistance(/** @type {Float64Array[]} */ a, /** @type {Float64Array[]} */ b, /** @type {number} */ rows) {
  const distances = a.map((x, k) => x.reduce((sum, value, cell) => sum + Math.abs(value - b[k][cell]), 0) / 2 / rows);
  return distances.reduce((sum, value) => sum + value, 0) / distances.length;
}

/**
 * Measures all single columns, then in each round the pairs the model answers worst (chosen on exact counts, so this is
 * a timing and no mechanism), within a limit on the junction tree.
 *
 * @param {{ sizes: readonly number[], rows: number, rounds: number, perRound: number, sigma: number, limit: number }} job
 */
async function grow({ sizes, rows, rounds, perRound, sigma, limit }) {
  const domain = domainOf(sizes);
  const source = createCountSource(domain, drawNetwork(sizes, rows));
  const singles = allCliques(domain, 1);
  const pairs = allCliques(domain, 2);
  const label = `${sizes.length} columns`;
  const [single, exact] = [
    await source.count(singles),
    await time(`${label}: count all pairs of ${rows} rows`, () => source.count(pairs)),
  ];
  const noise = createStream('noise');
  const measure = (/** @type {number[]} */ clique, /** @type {Float64Array} */ counts) => ({
    clique,
    counts: counts.map((count) => count + sigma * noise.nextNormal()),
    variance: sigma ** 2,
  });
  const measurements = singles.map((clique, k) => measure(clique, single[k]));
  let model = await estimate(domain, measurements, { total: rows });
  const run = async () => {
    for (let round = 0; round < rounds; round++) {
      const answers = modelMarginals(model, pairs);
      const measured = measurements.map(({ clique }) => clique);
      const fits = candidatesWithin(domain, measured, pairs, limit * Math.max(0.1, (round + 1) / rounds));
      const scores = pairs.map((_, k) =>
        !fits[k] ? -Infinity : meanDistance([answers[k]], [exact[k]], rows) * 2 * rows - 0.4 * sigma * exact[k].length,
      );
      const order = pairs.map((_, k) => k).sort((a, b) => scores[b] - scores[a]);
      for (const k of order.slice(0, perRound)) measurements.push(measure(pairs[k], exact[k]));
      model = await estimate(domain, measurements, { total: rows, warmStart: model });
    }
    return model;
  };
  const name = `${label}: ${rounds} rounds of choosing ${perRound} of all pairs and estimating`;
  const before = meanDistance(modelMarginals(model, pairs), exact, rows);
  model = await time(name, run, (_, grown) => ({ treeCells: cellsOf(grown), pairsMeasured: rounds * perRound }));
  await time(
    `${label}: answer all pairs`,
    () => modelMarginals(model, pairs),
    (_, answers) => ({
      meanDistance: Number(meanDistance(answers, exact, rows).toFixed(4)),
      meanDistanceBefore: Number(before.toFixed(4)),
    }),
  );
  return { domain, model, measurements };
}

/** @param {any} model */
async function sample(model, /** @type {string} */ label, /** @type {number} */ blocks) {
  for (const method of /** @type {const} */ (['iid', 'systematic'])) {
    const sampler = createBlockSampler(model, method);
    const out = model.domain.sizes.map(() => new Uint8Array(BLOCK_ROWS));
    const stream = createStream(1);
    for (let block = 0; block < 3; block++) sampler.sampleBlock(BLOCK_ROWS, stream.split(block), out);
    const rows = blocks * BLOCK_ROWS;
    const task = () => {
      for (let block = 0; block < blocks; block++) sampler.sampleBlock(BLOCK_ROWS, stream.split(block), out);
    };
    await time(`${label}: sample ${rows} rows, ${method}`, task, (seconds) => ({
      rowsPerSecond: Math.round(rows / seconds),
    }));
  }
}

const widths = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [20, 50, 100];
const million = createCountSource(domainOf(ADULT_SIZES), drawNetwork(ADULT_SIZES, 1_000_000));
await time('15 columns: count all 105 pairs of 1000000 rows', () => million.count(allCliques(million.domain, 2)));
await time('15 columns: count all 455 triples of 1000000 rows', () => million.count(allCliques(million.domain, 3)));
const narrow = await grow({ sizes: ADULT_SIZES, rows: 26_048, rounds: 30, perRound: 1, sigma: 40, limit: 1_000_000 });
await time('15 columns: estimate those measurements from a cold start', () =>
  estimate(narrow.domain, narrow.measurements, { total: 26_048 }),
);
await time('15 columns: estimate 15 single columns and 14 pairs from a cold start', () =>
  estimate(narrow.domain, narrow.measurements.slice(0, 29), { total: 26_048 }),
);
await time('15 columns: answer all triples', () => modelMarginals(narrow.model, allCliques(narrow.domain, 3)));
await sample(narrow.model, '15 columns', 20);
for (const columns of widths) {
  const job = { sizes: mixedSizes(columns), rows: 100_000, rounds: 20, perRound: Math.ceil(columns / 10), sigma: 75 };
  const wide = await grow({ ...job, limit: 200_000 });
  await sample(wide.model, `${columns} columns`, 2);
}

const folder = fileURLToPath(new URL('../results/', import.meta.url));
mkdirSync(folder, { recursive: true });
const record = {
  question: 'speed of the marginal engine',
  commit: describeCommit(),
  machine: describeMachine(),
  day: new Date().toISOString().slice(0, 10),
  peakMemoryMB: Math.round(process.resourceUsage().maxRSS / 1024),
  results,
};
writeFileSync(`${folder}marginals.json`, `${JSON.stringify(record, null, 2)}\n`);
