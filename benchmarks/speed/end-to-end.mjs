// @ts-check
// What does a whole training cost: Adult (26,048 × 15), and a table of 1,000,000 × 15 drawn from a model of it? Each training is
// one process of the built command line; its start-up (what `train --help` costs) is stated beside it and taken off the fit.
// Run after `npm run build`: node benchmarks/speed/end-to-end.mjs [rows of the large table]
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeCommit } from '../commit.mjs';
import { describeMachine } from '../machine.mjs';
import { runTabveil } from '../measured-command.mjs';
import { countRows, tableFolder } from '../tables.mjs';

const PROJECT = resolve(import.meta.dirname, '../..');
const SCHEMA = join(PROJECT, 'datasets/adult/schema.json');
const MODELS = ['independent', 'mst', 'aim'];
const round = (/** @type {number} */ value) => Number(value.toPrecision(4));

const scratch = mkdtempSync(join(tmpdir(), 'tabveil-end-to-end-'));
const startup = runTabveil(['train', '--help']);

/**
 * Trains once and says what it cost.
 *
 * @param {string} table
 * @param {{ name: string, rows: number, model: string }} job
 */
function measureTraining(table, { name, rows, model }) {
  const out = join(scratch, `${model}-${rows}`);
  const { cpuSeconds, wallSeconds, peakBytes } = runTabveil([
    ...['train', table, '--schema', SCHEMA, '--model', model, '--epsilon', '1', '--delta', '1e-9'],
    ...['--out', out, '--ledger', `${out}.ledger.jsonl`, '--json'],
  ]);
  const result = {
    ...{ table: name, rows, columns: 15, model },
    ...{ wallSeconds: round(wallSeconds), cpuSeconds: round(cpuSeconds) },
    cpuSecondsAfterStartup: round(cpuSeconds - startup.cpuSeconds),
    peakMB: Math.round(peakBytes / 1e6),
    loadAverage: describeMachine().loadAverage,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result;
}

try {
  const adult = join(tableFolder('adult'), 'train.csv');
  const small = { name: 'adult', rows: countRows(adult) };
  const results = MODELS.map((model) => measureTraining(adult, { ...small, model }));
  const rows = Number(process.argv[2] ?? 1_000_000);
  const large = join(scratch, 'large.csv');
  runTabveil(['sample', join(scratch, `mst-${small.rows}`), '--rows', String(rows), '--out', large, '--seed', '1']);
  const tableMB = Math.round(statSync(large).size / 1e6);
  results.push(...MODELS.map((model) => measureTraining(large, { name: 'rows drawn from mst of adult', rows, model })));
  const report = {
    question: 'What does a whole training cost, from the CSV file to the certified model?',
    command: 'node benchmarks/speed/end-to-end.mjs',
    ...{ commit: describeCommit(), machine: describeMachine(), day: new Date().toISOString().slice(0, 10) },
    targets: 'Adult fitted under 5 CPU-seconds after start-up; 1,000,000 × 15 fitted under 15 s wall and under 1 GB',
    notes: 'Wall seconds on a machine that others load say little; CPU seconds count all threads.',
    startup: { cpuSeconds: round(startup.cpuSeconds), wallSeconds: round(startup.wallSeconds) },
    largeTableMB: tableMB,
    results,
  };
  const output = join(PROJECT, 'benchmarks/results');
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, 'end-to-end.json'), `${JSON.stringify(report, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
