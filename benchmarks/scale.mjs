#!/usr/bin/env node
// @ts-check
/**
 * How cost grows with rows: trains on `lending` tables of growing length and draws samples of growing length, each in its own
 * process; and with columns, on simulated tables of growing width. Appends to `benchmarks/results/scale.jsonl`.
 *
 * Use: `npm run bench:scale -- --models mst,aim --rows 10000,100000,1000000 --samples 1000000,10000000`
 * or: `npm run bench:scale -- --models aim --rows "" --samples "" --columns 10,20,50,100,200`
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generateLending } from '../datasets/lending/generate.mjs';
import { columnsToCsv, writeWhole } from '../datasets/simulator/columns.mjs';
import { describeCommit } from './commit.mjs';
import { describeMachine } from './machine.mjs';
import { runTabveil } from './measured-command.mjs';
import { appendLine } from './result-lines.mjs';
import { wideSchema, writeWideTable } from './wide-table.mjs';

const PROJECT = resolve(import.meta.dirname, '..');
const SCHEMA = join(PROJECT, 'datasets/lending/schema.json');
const numbers = (/** @type {string} */ list) =>
  list
    .split(',')
    .filter((word) => word !== '')
    .map(Number);

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'mst,aim' },
    rows: { type: 'string', default: '10000,100000,1000000' },
    samples: { type: 'string', default: '1000000' },
    columns: { type: 'string', default: '' },
    'wide-rows': { type: 'string', default: '100000' },
    results: { type: 'string', default: join(import.meta.dirname, 'results/scale.jsonl') },
  },
});

const commit = describeCommit();
const { stdout: _help, ...startup } = runTabveil(['train', '--help']);
const scratch = mkdtempSync(join(tmpdir(), 'tabveil-scale-'));

/**
 * Appends one measurement and prints its cost.
 *
 * @param {Record<string, unknown>} facts
 * @param {readonly string[]} words of the command
 */
function measure(facts, words) {
  const { stdout: _stdout, ...usage } = runTabveil(words);
  appendLine(values.results, { system: 'tabveil', commit, ...facts, startup, ...usage, machine: describeMachine() });
  const cost = `${usage.cpuSeconds.toFixed(2)} CPU-s, ${usage.wallSeconds.toFixed(2)} s`;
  process.stdout.write(`${Object.values(facts).join(' ')}: ${cost}, ${(usage.peakBytes / 2 ** 20).toFixed(0)} MiB\n`);
}

/** @param {{ table: string, schema: string, model: string, out: string }} files */
function trainWords({ table, schema, model, out }) {
  const options = { schema, model, epsilon: 1, delta: 1e-9, out, ledger: `${out}.ledger.jsonl` };
  return ['train', table, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
}

try {
  for (const rows of numbers(values.rows)) {
    const table = join(scratch, `lending-${rows}.csv`);
    writeWhole(table, columnsToCsv(generateLending(rows)));
    for (const model of values.models.split(',')) {
      const out = join(scratch, `${model}-${rows}`);
      const facts = { step: 'train', model, rows, columns: 15, tableBytes: statSync(table).size };
      measure(facts, trainWords({ table, schema: SCHEMA, model, out }));
    }
    rmSync(table);
  }
  for (const columns of numbers(values.columns)) {
    const rows = Number(values['wide-rows']);
    const table = join(scratch, `wide-${columns}.csv`);
    const schema = join(scratch, `wide-${columns}.schema.json`);
    writeWideTable(table, { columns, rows });
    writeFileSync(schema, JSON.stringify(wideSchema(columns, rows)));
    for (const model of values.models.split(',')) {
      const out = join(scratch, `${model}-wide-${columns}`);
      const facts = { step: 'train', table: 'wide', model, rows, columns, tableBytes: statSync(table).size };
      measure(facts, trainWords({ table, schema, model, out }));
      rmSync(out, { recursive: true });
    }
    rmSync(table);
  }
  const model = values.models.split(',')[0] ?? 'mst';
  const fitted = join(scratch, `${model}-${numbers(values.rows).at(-1)}`);
  for (const rows of numbers(values.samples)) {
    for (const format of ['csv', 'parquet']) {
      const out = join(scratch, `synthetic.${format}`);
      const words = ['sample', fitted, '--rows', String(rows), '--out', out, '--seed', '1'];
      measure({ step: 'sample', model, rows, columns: 15, format }, words);
      rmSync(out);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
