#!/usr/bin/env node
// @ts-check
/**
 * Quality of our own models on the reference tables: trains, samples and scores through the command line, and appends one
 * line per run to `benchmarks/results/quality.jsonl` (or `--results FILE`).
 *
 * Use: `npm run bench:quality -- --models mst --tables adult --epsilons 1 --runs 5`
 *
 * `fit` is the whole `train` process, `startup` what `train --help` costs on the same machine; their difference is the fit
 * after start-up. Runs that the file already has for this commit are skipped.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeCommit } from './commit.mjs';
import { describeMachine } from './machine.mjs';
import { runTabveil } from './measured-command.mjs';
import { appendLine, readLines, summarise } from './result-lines.mjs';
import { scoreTable } from './score.mjs';
import { countRows, REFERENCE_TABLES, tableFolder } from './tables.mjs';

const DELTA = 1e-9;
const PROJECT = resolve(import.meta.dirname, '..');

/**
 * @param {{ model: string, table: string, epsilon: number, run: number }} job
 * @param {readonly string[]} extra further words for `train`
 */
function runJob({ model, table, epsilon, run }, extra) {
  const folder = tableFolder(table);
  const scratch = mkdtempSync(join(tmpdir(), 'tabveil-quality-'));
  try {
    const train = join(folder, 'train.csv');
    const [fitted, synthetic] = [join(scratch, 'model'), join(scratch, 'synthetic.csv')];
    // A fresh ledger per run: each run stands for a first release of the table.
    const fit = runTabveil(
      ['train', train, '--schema', join(PROJECT, 'datasets', table, 'schema.json'), '--model', model]
        .concat(['--epsilon', String(epsilon), '--delta', String(DELTA), '--out', fitted])
        .concat(['--ledger', join(scratch, 'ledger.jsonl'), '--json', ...extra]),
    );
    const rows = countRows(train);
    const sample = runTabveil(
      ['sample', fitted, '--rows', String(rows), '--out', synthetic, '--seed', String(run)].concat('--json'),
    );
    const { stdout: _fit, ...fitUsage } = fit;
    const { stdout: _sample, ...sampleUsage } = sample;
    return { rows, fit: fitUsage, sample: sampleUsage, scores: scoreTable(folder, synthetic) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const words = (/** @type {string} */ list) => list.split(',').filter((word) => word !== '');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', default: 'mst' },
    tables: { type: 'string', default: REFERENCE_TABLES.join(',') },
    epsilons: { type: 'string', default: '1' },
    runs: { type: 'string', default: '5' },
    results: { type: 'string', default: join(import.meta.dirname, 'results/quality.jsonl') },
  },
});

const commit = describeCommit();
const version = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')).version;
const { stdout: _help, ...startup } = runTabveil(['train', '--help']);
const keyOf = (/** @type {Record<string, unknown>} */ line) =>
  [line.commit, line.model, line.table, line.epsilon, line.run, line.extra ?? ''].join(' ');
const done = new Set(readLines(values.results).map(keyOf));

for (const table of words(values.tables)) {
  for (const model of words(values.models)) {
    for (const epsilon of words(values.epsilons).map(Number)) {
      /** @type {Record<string, number>[]} */
      const scored = [];
      for (let run = 1; run <= Number(values.runs); run++) {
        const job = { model, table, epsilon, run };
        const extra = positionals.length > 0 ? { extra: positionals.join(' ') } : {};
        const head = { system: 'tabveil', version, commit, ...job, ...extra, delta: DELTA };
        if (done.has(keyOf(head))) continue;
        const line = { ...head, startup, ...runJob(job, positionals), machine: describeMachine() };
        appendLine(values.results, line);
        scored.push({
          ...line.scores,
          fit: line.fit.cpuSeconds - startup.cpuSeconds,
          peak: line.fit.peakBytes / 2 ** 20,
        });
      }
      if (scored.length > 0) printSummary([model, table, epsilon].join(' '), scored);
    }
  }
}

/**
 * @param {string} title
 * @param {readonly Record<string, number>[]} scored
 */
function printSummary(title, scored) {
  const parts = ['tvd1', 'tvd2', 'tvd3', 'tstr_auc', 'fit', 'peak'].map((name) => {
    const { mean, sd } = summarise(scored.map((scores) => scores[name] ?? Number.NaN));
    return `${name} ${mean.toFixed(4)}${scored.length > 1 ? ` (sd ${sd.toFixed(4)})` : ''}`;
  });
  process.stdout.write(`${title}: ${parts.join(', ')}\n`);
}
