// @ts-check
// How fast are table files written and read, and in how much memory? 15 columns: 6 texts, 4 whole numbers, 4 numbers, and 1
// number with missing cells. Each measurement is a process of its own, so that its peak memory is its own.
// Run after `npm run build`: node benchmarks/speed/tables.mjs [rows in the large files]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStream } from '../../dist/random/stream.js';
import { readTable } from '../../dist/table/read-table.js';
import { parseSchema } from '../../dist/table/schema-file.js';
import { openTableWriter } from '../../dist/table/write-table.js';
import { describeMachine } from '../machine.mjs';

const BATCH_ROWS = 65_536;
const SCHEMA = parseSchema(
  {
    fields: [
      ...[2, 5, 10, 20, 50, 100].map((size) => ({
        name: `text ${size}`,
        type: 'string',
        constraints: { enum: Array.from({ length: size }, (_, code) => `category ${code}`), required: true },
      })),
      ...[10, 100, 10_000, 1_000_000].map((maximum) => ({
        name: `whole ${maximum}`,
        type: 'integer',
        constraints: { minimum: 0, maximum, required: true },
      })),
      ...[1, 10, 100, 100_000].map((maximum) => ({
        name: `number ${maximum}`,
        type: 'number',
        constraints: { minimum: 0, maximum, required: true },
      })),
      { name: 'with missing', type: 'number', constraints: { minimum: 0, maximum: 1000 } },
    ],
  },
  'benchmark',
);

/** One batch of random rows; writing it again and again costs what fresh rows cost, without the cost of making them. */
function makeBatch() {
  const stream = createStream(1);
  const column = (/** @type {import('../../dist/table/schema.js').Field} */ field) => {
    if (field.domain.kind === 'categorical' && field.domain.categories.status === 'public') {
      const categories = field.domain.categories.value;
      const codes = Int32Array.from({ length: BATCH_ROWS }, () => Math.floor(stream.nextFloat() * categories.length));
      return { kind: /** @type {const} */ ('category'), codes, categories };
    }
    if (field.domain.kind !== 'numeric' || field.domain.bounds.status !== 'public') throw new Error('not expected');
    const { precision } = field.domain;
    const { maximum } = field.domain.bounds.value;
    const value = () => Math.round((stream.nextFloat() * maximum) / precision) * precision;
    const cell = () => (field.nullable && stream.nextFloat() < 0.1 ? Number.NaN : value());
    return { kind: /** @type {const} */ ('number'), values: Float64Array.from({ length: BATCH_ROWS }, cell) };
  };
  return { rowCount: BATCH_ROWS, columns: new Map(SCHEMA.fields.map((field) => [field.name, column(field)])) };
}

/** @param {string} path @param {number} rows */
async function write(path, rows) {
  const batch = makeBatch();
  const begin = start();
  const writer = await openTableWriter(path, SCHEMA);
  for (let written = 0; written < rows; written += BATCH_ROWS) await writer.write(batch);
  await writer.close();
  return { ...begin(), rows: Math.ceil(rows / BATCH_ROWS) * BATCH_ROWS };
}

/** @param {string} path */
async function read(path) {
  const begin = start();
  const table = await readTable(path, SCHEMA);
  return { ...begin(), rows: table.rowCount };
}

/** Starts the clocks; the function returned reads them. */
function start() {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const wallSeconds = (performance.now() - wall) / 1e3;
    const { user, system } = process.cpuUsage(cpu);
    return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
  };
}

/** Measures in a process of its own. @param {string} task @param {string} path @param {number} rows */
function measure(task, path, rows) {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), task, path, String(rows)], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(child.stderr);
  const facts = JSON.parse(child.stdout);
  const round = (/** @type {number} */ value) => Number(value.toPrecision(4));
  const result = {
    task: `${task} ${path.slice(path.lastIndexOf('.') + 1)}`,
    rows: facts.rows,
    wallSeconds: round(facts.wallSeconds),
    cpuSeconds: round(facts.cpuSeconds),
    rowsPerWallSecond: Math.round(facts.rows / facts.wallSeconds),
    rowsPerCpuSecond: Math.round(facts.rows / facts.cpuSeconds),
    peakMB: Math.round(facts.peakBytes / 1e6),
    fileMB: Math.round(statSync(path).size / 1e6),
  };
  console.log(JSON.stringify(result));
  return result;
}

async function main() {
  const [task, path, rows] = process.argv.slice(2);
  if (task === 'write' || task === 'read') {
    const facts = await (task === 'write' ? write(path ?? '', Number(rows)) : read(path ?? ''));
    console.log(JSON.stringify({ ...facts, peakBytes: process.resourceUsage().maxRSS * 1024 }));
    return;
  }
  const large = Number(task ?? 10_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'tabveil-benchmark-'));
  const results = [];
  try {
    for (const extension of ['csv', 'parquet', 'arrow']) {
      const file = join(folder, `table.${extension}`);
      results.push(measure('write', file, 1_000_000), measure('read', file, 0), measure('write', file, large));
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const output = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(output, { recursive: true });
  const report = {
    question: 'How fast are table files written and read, and in how much memory?',
    command: 'node benchmarks/speed/tables.mjs',
    machine: describeMachine(),
    day: new Date().toISOString().slice(0, 10),
    targets:
      'write 500,000 rows/s to CSV and Parquet on 2 cores; 10,000,000 rows under 400 MB; read 1,000,000 rows of CSV under 6 s and 600 MB',
    results,
  };
  writeFileSync(join(output, 'tables.json'), `${JSON.stringify(report, null, 2)}\n`);
}

await main();
