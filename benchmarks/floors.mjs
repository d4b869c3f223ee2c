#!/usr/bin/env node
// @ts-check
/**
 * What any synthesizer is measured against: the real training rows themselves (ceiling of usefulness), a bootstrap of them
 * (what sampling alone costs), held-out rows (what another sample of the population would score) and independent columns
 * without privacy (what ignoring all relations costs). Appends to `benchmarks/results/floors.jsonl`.
 *
 * Use: `npm run bench:floors -- [--tables adult,bank] [--results FILE]`
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createStream } from '../datasets/simulator/stream.mjs';
import { describeMachine } from './machine.mjs';
import { appendLine, readLines } from './result-lines.mjs';
import { scoreTable } from './score.mjs';
import { REFERENCE_TABLES, tableFolder } from './tables.mjs';

/**
 * Lines of a CSV file without its header; no cell of the reference tables holds a comma, a quote or a line break.
 *
 * @param {string} path
 */
function readRows(path) {
  const [header = '', ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return { header, rows };
}

/**
 * The texts that stand for each floor.
 *
 * @param {string} folder
 * @param {number} seed
 * @returns {Record<string, readonly string[]>} rows of cells joined by commas
 */
function floorRows(folder, seed) {
  const { rows } = readRows(join(folder, 'train.csv'));
  const stream = createStream(seed);
  const draw = () => rows[Math.floor(stream.uniform() * rows.length)] ?? '';
  const cells = rows.map((row) => row.split(','));
  const columns = (cells[0] ?? []).map((_, column) => column);
  const pick = (/** @type {number} */ column) => cells[Math.floor(stream.uniform() * cells.length)]?.[column] ?? '';
  return {
    'real-rows': rows,
    bootstrap: rows.map(draw),
    'held-out-rows': readRows(join(folder, 'test.csv')).rows,
    'independent-columns': rows.map(() => columns.map(pick).join(',')),
  };
}

const { values } = parseArgs({
  options: {
    tables: { type: 'string', default: REFERENCE_TABLES.join(',') },
    results: { type: 'string', default: join(import.meta.dirname, 'results/floors.jsonl') },
  },
});
const done = new Set(readLines(values.results).map((line) => `${line.floor} ${line.table}`));
const scratch = mkdtempSync(join(tmpdir(), 'tabveil-floors-'));
try {
  for (const table of values.tables.split(',')) {
    const folder = tableFolder(table);
    const { header } = readRows(join(folder, 'train.csv'));
    for (const [floor, rows] of Object.entries(floorRows(folder, 1))) {
      if (done.has(`${floor} ${table}`)) continue;
      const path = join(scratch, `${floor}.csv`);
      writeFileSync(path, `${[header, ...rows].join('\n')}\n`);
      appendLine(values.results, {
        floor,
        table,
        seed: 1,
        scores: scoreTable(folder, path),
        machine: describeMachine(),
      });
      process.stdout.write(`${table} ${floor}\n`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
