// @ts-check
// What does an evaluation cost? The whole of it on Adult (26,048 × 15 real and synthetic, 6,513 held out), fidelity alone on
// 1,000,000 × 15, one fit of the boosted trees (26,048 × 14, 100 trees), and a scan that enumerates twelve million candidates.
// Run after `npm run build`: node benchmarks/speed/evaluation.mjs [rows of the large table]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { alignTables } from '../../dist/evaluation/aligned-tables.js';
import { allRows, selectRows } from '../../dist/evaluation/selected-rows.js';
import { fitBoosting } from '../../dist/evaluation/usefulness/boosting/boosting.js';
import { fitTreeBins } from '../../dist/evaluation/usefulness/boosting/tree-matrix.js';
import { readTable } from '../../dist/table/read-table.js';
import { readSchema } from '../../dist/table/schema-file.js';
import { describeCommit } from '../commit.mjs';
import { describeMachine } from '../machine.mjs';
import { runTabveil } from '../measured-command.mjs';
import { countRows, tableFolder } from '../tables.mjs';

const PROJECT = resolve(import.meta.dirname, '../..');
const SCHEMA = join(PROJECT, 'datasets/adult/schema.json');
const round = (/** @type {number} */ value) => Number(value.toPrecision(4));
const scratch = mkdtempSync(join(tmpdir(), 'tabveil-evaluation-'));

/**
 * Runs one command and says what it cost.
 *
 * @param {string} name
 * @param {string[]} command
 */
function measure(name, command) {
  const { cpuSeconds, wallSeconds, peakBytes } = runTabveil(command);
  const loadAverage = describeMachine().loadAverage;
  const result = {
    name,
    wallSeconds: round(wallSeconds),
    cpuSeconds: round(cpuSeconds),
    peakMB: Math.round(peakBytes / 1e6),
    loadAverage,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result;
}

/** CPU seconds of one fit of boosted trees on Adult, after one to warm up. */
async function measureBoosting() {
  const schema = await readSchema(SCHEMA);
  const table = await readTable(join(tableFolder('adult'), 'train.csv'), schema);
  const { columns } = alignTables(schema, { real: table, synthetic: table });
  const target = columns[14];
  if (target?.kind !== 'category') throw new Error('the last column of Adult is its target');
  const selected = selectRows(columns.slice(0, 14), 'real', allRows(table.rowCount));
  const labels = Float64Array.from(target.codes.real ?? []);
  let cpuSeconds = 0;
  for (let run = 0; run < 2; run += 1) {
    const before = process.cpuUsage();
    fitBoosting(fitTreeBins(selected)(selected), labels, { loss: 'logistic' });
    const spent = process.cpuUsage(before);
    cpuSeconds = (spent.user + spent.system) / 1e6;
  }
  const result = { name: `boosted trees, ${table.rowCount} × 14, 100 trees`, cpuSeconds: round(cpuSeconds) };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result;
}

try {
  const [train, test] = ['train.csv', 'test.csv'].map((file) => join(tableFolder('adult'), file));
  if (train === undefined || test === undefined) throw new Error('Adult has a training and a test file');
  const model = join(scratch, 'model');
  runTabveil([
    'train',
    train,
    '--schema',
    SCHEMA,
    '--model',
    'mst',
    '--epsilon',
    '1',
    '--delta',
    '1e-9',
    '--out',
    model,
    '--ledger',
    join(scratch, 'ledger.jsonl'),
  ]);
  const sample = (/** @type {number} */ rows, /** @type {string} */ seed) => {
    const out = join(scratch, `synthetic-${rows}-${seed}.csv`);
    runTabveil(['sample', model, '--rows', String(rows), '--out', out, '--seed', seed]);
    return out;
  };
  const rows = countRows(train);
  const synthetic = sample(rows, '1');
  const tables = ['--real', train, '--synthetic', synthetic, '--holdout', test, '--schema', SCHEMA];
  const choices = ['--target', 'income-per-year', '--protected', 'sex,race', '--secret', 'income-per-year'];
  const results = [
    measure(`everything, with dossier, ${rows} × 15`, [
      'evaluate',
      ...tables,
      ...choices,
      '--html',
      join(scratch, 'r.html'),
      '--json',
      join(scratch, 'r.json'),
    ]),
    measure(`fidelity, ${rows} × 15`, ['evaluate', ...tables, '--only', 'fidelity', '--json', join(scratch, 'f.json')]),
    await measureBoosting(),
  ];
  const large = Number(process.argv[2] ?? 1_000_000);
  const [first, second] = [sample(large, '2'), sample(large, '3')];
  results.push(
    measure(`fidelity, ${large} × 15`, [
      'evaluate',
      '--real',
      first,
      '--synthetic',
      second,
      '--schema',
      SCHEMA,
      '--only',
      'fidelity',
      '--json',
      join(scratch, 'l.json'),
    ]),
  );
  const digests = join(scratch, 'digests.csv');
  writeFileSync(
    digests,
    `id\n${Array.from({ length: 50 }, (_, at) => `${at.toString(16).padStart(32, 'f')}`).join('\n')}\n`,
  );
  results.push(
    measure('scan, 50 random digests, all candidates tried', ['scan', digests, '--json', join(scratch, 's.json')]),
  );
  const report = {
    question: 'What does an evaluation cost?',
    command: 'node benchmarks/speed/evaluation.mjs',
    ...{ commit: describeCommit(), machine: describeMachine(), day: new Date().toISOString().slice(0, 10) },
    targets:
      'everything on 26,000 × 15 with a holdout under 90 s wall and 1.5 GB on two cores; fidelity alone on 1,000,000 rows under 30 s; boosted trees under 5 s',
    notes: 'Wall seconds on a machine that others load say little; CPU seconds count all threads.',
    results,
  };
  writeFileSync(join(PROJECT, 'benchmarks/results/evaluation.json'), `${JSON.stringify(report, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
