// @ts-check
/** The pairs of `paired.mjs`: what we do, and what the rival does on the same data. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { combinations } from '../../dist/evaluation/contingency.js';
import { marginalDistances } from '../../dist/evaluation/fidelity/marginal-distance.js';
import { fitBoosting } from '../../dist/evaluation/usefulness/boosting/boosting.js';
import { BLOCK_ROWS, createBlockSampler } from '../../dist/marginals/block-sampler.js';
import { createDomain } from '../../dist/marginals/domain.js';
import { estimate } from '../../dist/marginals/estimate.js';
import { createCodes, createCountSource } from '../../dist/marginals/memory-count-source.js';
import { rational } from '../../dist/math/rational.js';
import { DiscreteGaussianSampler } from '../../dist/privacy/noise/discrete-gaussian.js';
import { SecureBits } from '../../dist/random/secure-bits.js';
import { createStream } from '../../dist/random/stream.js';
import { readTable } from '../../dist/table/read-table.js';
import { readSchema } from '../../dist/table/schema-file.js';
import { openTableWriter } from '../../dist/table/write-table.js';
import { runTabveil } from '../measured-command.mjs';
import { ADULT_SIZES, drawNetwork } from './marginals-data.mjs';
import { stepPairs } from './step-pairs.mjs';

/**
 * @typedef {object} Pair
 * @property {string} name
 * @property {string} rival
 * @property {() => Promise<number>} ours CPU seconds of one run
 * @property {() => Promise<number>} [theirs] the same, of a rival in this process
 * @property {string} [environment] of a rival in Python
 * @property {string} [task] of `rivals.py`
 * @property {number} [mostRounds] fewer rounds where the rival takes very long
 * @property {string} [absent] why the pair cannot be measured here
 * @property {() => void} [close] ends what the pair started
 */

const PROJECT = resolve(import.meta.dirname, '../..');
const ROWS = 1_000_000;
const ADULT_ROWS = 26_048;
const FILE_ROWS = 300_000;
const SIGMA = 40;

/**
 * CPU seconds of one run in this process, all threads.
 *
 * @param {() => unknown} work
 */
async function timeHere(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/**
 * All pairs; writes their data into the folder.
 *
 * @param {string} folder
 * @returns {Promise<Pair[]>}
 */
export async function describePairs(folder) {
  const columns = drawNetwork(ADULT_SIZES, ROWS);
  writeFileSync(join(folder, 'codes.bin'), Buffer.concat(columns));
  writeFileSync(join(folder, 'sizes.json'), JSON.stringify(ADULT_SIZES));
  return [
    noisePair(),
    ...(await marginalPairs(folder, columns)),
    ...evaluationPairs(columns),
    ...(await filePairs(folder)),
    ...(await stepPairs()),
  ];
}

/** @returns {Pair} */
function noisePair() {
  const sampler = new DiscreteGaussianSampler(new SecureBits(), rational(100n));
  const draw = () => {
    for (let index = 0; index < 1_000_000; index++) sampler.draw();
  };
  return {
    name: '1,000,000 discrete Gaussian draws, exact, from the system’s generator',
    rival: 'numpy, rounded floats from a seeded generator',
    ours: () => timeHere(draw),
    environment: '.venv-score',
    task: 'noise',
  };
}

/**
 * @param {string} folder
 * @param {readonly Uint8Array[]} columns
 * @returns {Promise<Pair[]>}
 */
async function marginalPairs(folder, columns) {
  const names = ADULT_SIZES.map((_, column) => `c${column}`);
  const domain = createDomain(names, ADULT_SIZES);
  const source = createCountSource(domain, columns);
  const pairs = combinations(ADULT_SIZES.length, 2);
  const small = createCountSource(
    domain,
    columns.map((codes) => codes.subarray(0, ADULT_ROWS)),
  );
  const chain = ADULT_SIZES.slice(1).map((_, column) => [column, column + 1]);
  // A cycle of three on top of the chain, so that the junction tree has something to do.
  const cliques = [...ADULT_SIZES.map((_, column) => [column]), ...chain, [0, 9], [3, 5], [6, 9], [10, 13]];
  const noise = createStream('noise');
  const counted = await small.count(cliques);
  const measurements = cliques.map((clique, at) => ({
    clique,
    counts: (counted[at] ?? new Float64Array()).map((count) => count + SIGMA * noise.nextNormal()),
    variance: SIGMA ** 2,
  }));
  const forPython = measurements.map(({ clique, counts }) => ({ clique, counts: [...counts], sigma: SIGMA }));
  writeFileSync(join(folder, 'counts.json'), JSON.stringify(forPython));
  const exact = await source.count(chain);
  const tree = chain.map((clique, at) => ({ clique, counts: exact[at] ?? new Float64Array(), variance: 1 }));
  const sampler = createBlockSampler(await estimate(domain, tree, { total: ROWS }), 'iid');
  const out = ADULT_SIZES.map((size) => createCodes(size, BLOCK_ROWS));
  const stream = createStream(1);
  const sample = () => {
    for (let block = 0; block * BLOCK_ROWS < ROWS; block++) {
      sampler.sampleBlock(Math.min(BLOCK_ROWS, ROWS - block * BLOCK_ROWS), stream.split(block), out);
    }
  };
  return [
    {
      name: 'count all 105 pairs of 1,000,000 × 15',
      rival: 'numpy',
      ours: () => timeHere(() => source.count(pairs)),
      environment: '.venv-score',
      task: 'count_pairs',
    },
    {
      name: 'fit 33 noisy marginals of 15 columns by belief propagation and mirror descent',
      rival: 'mbi on jax, 1,000 steps, compiling included',
      ours: () => timeHere(() => estimate(domain, measurements, { total: ADULT_ROWS })),
      environment: '.venv-smartnoise',
      task: 'estimate',
      mostRounds: 2,
    },
    {
      name: 'draw 1,000,000 × 15 codes from a tree of pairs',
      rival: 'numpy',
      ours: () => timeHere(sample),
      environment: '.venv-score',
      task: 'sample_chain',
    },
  ];
}

/**
 * @param {readonly Uint8Array[]} columns
 * @returns {Pair[]}
 */
function evaluationPairs(columns) {
  const part = (/** @type {Uint8Array} */ codes, /** @type {number} */ from) =>
    Int32Array.from(codes.subarray(from, from + ADULT_ROWS));
  const tables = {
    columns: columns.map((codes, column) => ({
      name: `c${column}`,
      size: ADULT_SIZES[column] ?? 0,
      labels: [],
      missingBin: -1,
      codes: { real: part(codes, 0), synthetic: part(codes, ADULT_ROWS) },
    })),
    rowCounts: { real: ADULT_ROWS, synthetic: ADULT_ROWS },
    roles: /** @type {const} */ (['real', 'synthetic']),
  };
  const features = columns.slice(0, -1).map((codes, column) => ({
    codes: codes.slice(0, ADULT_ROWS),
    size: (ADULT_SIZES[column] ?? 0) + 1,
    isCategorical: false,
  }));
  const labels = Float64Array.from(columns.at(-1)?.subarray(0, ADULT_ROWS) ?? []);
  return [
    {
      name: 'distances of all 455 triples between two tables of 26,048 × 15',
      rival: 'numpy',
      ours: () => timeHere(() => marginalDistances(tables, 3, ['real', 'synthetic'])),
      environment: '.venv-score',
      task: 'distances',
    },
    {
      name: 'boosted trees on 26,048 × 14, 100 trees',
      rival: 'scikit-learn',
      ours: () => timeHere(() => fitBoosting({ rows: ADULT_ROWS, features }, labels, { loss: 'logistic' })),
      environment: '.venv-score',
      task: 'boosting',
    },
  ];
}

/**
 * @param {string} folder
 * @returns {Promise<Pair[]>}
 */
async function filePairs(folder) {
  const model = join(PROJECT, 'models/lending-mst');
  const path = (/** @type {string} */ name) => join(folder, name);
  runTabveil(['sample', model, '--rows', String(FILE_ROWS), '--out', path('table.csv'), '--seed', '1']);
  const schema = await readSchema(join(PROJECT, 'datasets/lending/schema.json'));
  const modelled = { ...schema, fields: schema.fields.filter(({ domain }) => domain.kind !== 'identifier') };
  const table = await readTable(path('table.csv'), schema);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE rows AS SELECT * FROM read_csv('${path('table.csv')}')`);
  const write = (/** @type {string} */ name) => async () => {
    const writer = await openTableWriter(path(name), modelled);
    await writer.write(table);
    await writer.close();
  };
  const copy = (/** @type {string} */ name, /** @type {string} */ format) => () =>
    timeHere(() => connection.run(`COPY rows TO '${path(name)}' (FORMAT ${format})`));
  const load = `CREATE OR REPLACE TABLE loaded AS SELECT * FROM read_csv('${path('table.csv')}')`;
  const csv = 'write 300,000 × 14 as CSV';
  const read = 'read 300,000 × 15 from CSV';
  return [
    {
      name: csv,
      rival: 'pandas',
      ours: () => timeHere(write('own.csv')),
      environment: '.venv-score',
      task: 'write_csv',
    },
    { name: csv, rival: 'DuckDB', ours: () => timeHere(write('own.csv')), theirs: copy('duck.csv', 'csv') },
    {
      name: 'write 300,000 × 14 as Parquet',
      rival: 'DuckDB',
      ours: () => timeHere(write('own.parquet')),
      theirs: copy('duck.parquet', 'parquet'),
    },
    {
      name: read,
      rival: 'pandas',
      ours: () => timeHere(() => readTable(path('table.csv'), schema)),
      environment: '.venv-score',
      task: 'read_csv',
    },
    {
      name: read,
      rival: 'DuckDB',
      ours: () => timeHere(() => readTable(path('table.csv'), schema)),
      theirs: () => timeHere(() => connection.run(load)),
    },
  ];
}
