// @ts-check
// How fast are rows drawn from a fitted model, into codes, into columns and into files, and in how much memory? The model is an
// mst of Adult (15 columns) where that table is there, else the shipped model of the lending world (15 columns).
// Run after `npm run build`: node benchmarks/speed/sampling.mjs [rows in the large file]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BLOCK_ROWS } from '../../dist/marginals/block-sampler.js';
import { createCodes } from '../../dist/marginals/memory-count-source.js';
import { createStream } from '../../dist/random/stream.js';
import { generateRows } from '../../dist/sampling/generate-rows.js';
import { loadModel } from '../../dist/tasks/load-model.js';
import { describeCommit } from '../commit.mjs';
import { describeMachine } from '../machine.mjs';
import { runTabveil } from '../measured-command.mjs';
import { tableFolder } from '../tables.mjs';

const PROJECT = resolve(import.meta.dirname, '../..');

/** Rows drawn before the clocks start, so that the code is compiled. */
const WARM_UP_BLOCKS = 8;

/** Draws codes only: what one core does. @param {string} folder @param {'iid' | 'systematic'} method @param {number} rows */
async function drawCodes(folder, method, rows) {
  const { model } = await loadModel(folder);
  const generate = model.createGenerator(method);
  const out = model.domain.sizes.map((size) => createCodes(size, BLOCK_ROWS));
  const draw = (/** @type {number} */ blocks) => {
    for (let block = 0; block < blocks; block++) generate(BLOCK_ROWS, createStream(1, 'rows', block), out);
  };
  draw(WARM_UP_BLOCKS);
  const begin = start();
  const blocks = Math.ceil(rows / BLOCK_ROWS);
  draw(blocks);
  return { ...begin(), rows: blocks * BLOCK_ROWS };
}

/** Draws decoded columns. @param {string} folder @param {'iid' | 'systematic'} method @param {number} rows */
async function drawColumns(folder, method, rows) {
  const { model, stored } = await loadModel(folder);
  const request = { model, codec: stored.codec, schema: stored.schema, seed: 1, method };
  const draw = (/** @type {number} */ count) => {
    let drawn = 0;
    for (const table of generateRows({ ...request, rows: count })) drawn += table.rowCount;
    return drawn;
  };
  draw(WARM_UP_BLOCKS * BLOCK_ROWS);
  const begin = start();
  const drawn = draw(rows);
  return { ...begin(), rows: drawn };
}

/** Starts the clocks; the function returned reads them. */
function start() {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { wallSeconds: (performance.now() - wall) / 1e3, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Draws in a process of its own. @param {string} task @param {string} folder @param {string} method @param {number} rows */
function measureDraws(task, folder, method, rows) {
  const self = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, [self, task, folder, method, String(rows)], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return describe(`${task}, ${method}`, JSON.parse(child.stdout));
}

/** Writes a file through the command line, start-up and reading of the model included. @param {string} folder @param {string} out @param {number} rows */
function measureFile(folder, out, rows) {
  const { cpuSeconds, wallSeconds, peakBytes } = runTabveil([
    ...['sample', folder, '--rows', String(rows), '--out', out, '--seed', '1', '--json'],
  ]);
  const fileMB = Math.round(statSync(out).size / 1e6);
  rmSync(out);
  return {
    ...describe(`sample to ${out.slice(out.lastIndexOf('.'))}`, { cpuSeconds, wallSeconds, peakBytes, rows }),
    fileMB,
  };
}

/** @param {string} task @param {{ rows: number, wallSeconds: number, cpuSeconds: number, peakBytes: number }} facts */
function describe(task, { rows, wallSeconds, cpuSeconds, peakBytes }) {
  const result = {
    ...{ task, rows, wallSeconds: round(wallSeconds), cpuSeconds: round(cpuSeconds) },
    rowsPerWallSecond: Math.round(rows / wallSeconds),
    rowsPerCpuSecond: Math.round(rows / cpuSeconds),
    peakMB: Math.round(peakBytes / 1e6),
    loadAverage: describeMachine().loadAverage,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result;
}

const round = (/** @type {number} */ value) => Number(value.toPrecision(4));

/** An mst of Adult in the scratch folder, or the shipped model. @param {string} scratch */
function chooseModel(scratch) {
  try {
    const table = join(tableFolder('adult'), 'train.csv');
    const out = join(scratch, 'adult-mst');
    runTabveil([
      ...['train', table, '--schema', join(PROJECT, 'datasets/adult/schema.json'), '--model', 'mst'],
      ...['--epsilon', '1', '--delta', '1e-9', '--out', out, '--ledger', join(scratch, 'ledger.jsonl')],
    ]);
    return { name: 'mst of Adult, 15 columns, epsilon 1', folder: out };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return { name: 'models/lending-mst, shipped', folder: join(PROJECT, 'models/lending-mst') };
  }
}

async function main() {
  const [task, folder, method, rows] = process.argv.slice(2);
  if (task === 'codes' || task === 'columns') {
    const draw = task === 'codes' ? drawCodes : drawColumns;
    const facts = await draw(folder ?? '', method === 'iid' ? 'iid' : 'systematic', Number(rows));
    process.stdout.write(JSON.stringify({ ...facts, peakBytes: process.resourceUsage().maxRSS * 1024 }));
    return;
  }
  const large = Number(task ?? 10_000_000);
  const scratch = mkdtempSync(join(tmpdir(), 'tabveil-sampling-'));
  try {
    const model = chooseModel(scratch);
    const results = [
      ...['iid', 'systematic'].flatMap((way) =>
        ['codes', 'columns'].map((kind) => measureDraws(kind, model.folder, way, 4_000_000)),
      ),
      ...['csv', 'parquet', 'arrow'].map((kind) => measureFile(model.folder, join(scratch, `rows.${kind}`), 1_000_000)),
      ...['csv', 'parquet'].map((kind) => measureFile(model.folder, join(scratch, `rows.${kind}`), large)),
    ];
    writeReport(model.name, results);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {string} model @param {readonly object[]} results */
function writeReport(model, results) {
  const output = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(output, { recursive: true });
  const report = {
    question: 'How fast are rows drawn from a fitted model, and in how much memory?',
    command: 'node benchmarks/speed/sampling.mjs',
    ...{ commit: describeCommit(), model, machine: describeMachine(), day: new Date().toISOString().slice(0, 10) },
    targets:
      'codes: 2,000,000 rows per second and core; files: 500,000 rows/s to CSV and Parquet on 2 cores; 10,000,000 rows under 400 MB',
    notes:
      'Wall seconds on a machine that others load say little; rows per CPU second count all threads, garbage collection included. Files are written by a whole process, start-up included.',
    results,
  };
  writeFileSync(join(output, 'sampling.json'), `${JSON.stringify(report, null, 2)}\n`);
}

await main();
