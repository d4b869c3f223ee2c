#!/usr/bin/env node
// @ts-check
/**
 * Turns a public table as downloaded into the folder that the benchmarks read: `train.csv` and `test.csv` (the fixed split
 * of all published scores) and `bins.json` (edges and categories, taken from the table's schema).
 *
 * Use: `node datasets/prepare.mjs adult|bank|german|heart|nist-national|titanic RAW_FILE OUT_FOLDER`
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvLine, writeWhole } from './simulator/columns.mjs';
import { isMain } from './simulator/is-main.mjs';
import { legacyPermutation } from './simulator/legacy-permutation.mjs';

/** Seed of the split. */
const SPLIT_SEED = 12_345;
/** Share of rows for training; the count is rounded down. */
const TRAIN_SHARE = 0.8;

/**
 * How each public file is written.
 *
 * @typedef {object} Source
 * @property {RegExp} separator of its cells, one character
 * @property {string} [missing] what means missing in the columns that may be missing
 * @property {string} target the column that usefulness is scored on
 * @property {Readonly<Record<string, Readonly<Record<string, string>>>>} [recode] new texts by column and text
 */

/** @type {Readonly<Record<string, Source>>} */
const SOURCES = {
  adult: { separator: /,/, missing: '?', target: 'income-per-year' },
  bank: { separator: /[;,]/, missing: 'unknown', target: 'y' },
  german: { separator: /\s/, target: 'c20' },
  heart: { separator: /,/, missing: '?', target: 'num', recode: { num: { 2: '1', 3: '1', 4: '1' } } },
  'nist-national': { separator: /,/, missing: 'N', target: 'OWN_RENT' },
  titanic: { separator: /,/, target: 'Survived' },
};

/**
 * Cells of one line; a quoted cell may hold the separator and doubled quotes, but no line break.
 *
 * @param {string} line
 * @param {RegExp} separator one character
 * @returns {string[]} without spaces around them
 */
export function splitLine(line, separator) {
  const cells = [''];
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && separator.test(character)) cells.push('');
    else cells[cells.length - 1] += character;
  }
  return cells.map((cell) => cell.trim());
}

/**
 * The columns of a schema out of a raw text, in file row order; whole numbers lose a trailing `.0`.
 *
 * @param {string} text
 * @param {string} table
 * @param {readonly SchemaField[]} fields
 * @returns {string[][]} rows of cells in schema order; missing is the empty text
 */
export function readRaw(text, table, fields) {
  const source = SOURCES[table];
  if (source === undefined)
    throw new Error(`table "${table}" is unknown; tables are ${Object.keys(SOURCES).join(', ')}.`);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('|'));
  const rows = lines.map((line) => splitLine(line, source.separator));
  const names = fields.map((field) => field.name);
  const isNamed = names.every((name) => rows[0]?.includes(name));
  const header = isNamed ? (rows.shift() ?? []) : names;
  const ragged = rows.findIndex((row) => row.length !== header.length);
  if (ragged >= 0) {
    throw new Error(`row ${ragged + 1} has ${rows[ragged]?.length} cells; the table ${table} has ${header.length}.`);
  }
  return rows.map((row) =>
    fields.map((field) => {
      const cell = (row[header.indexOf(field.name)] ?? '').replace(/^(-?\d+)\.0$/, '$1');
      if (cell === source.missing && !field.constraints?.required) return '';
      return source.recode?.[field.name]?.[cell] ?? cell;
    }),
  );
}

/**
 * @typedef {{ name: string, type: string, constraints?: { required?: boolean, enum?: string[] },
 *   privacy?: { bins?: number[] } }} SchemaField
 */

/**
 * The content of `bins.json`: what the scoring script needs to know of each column.
 *
 * @param {string} table
 * @param {readonly SchemaField[]} fields
 */
export function binsOf(table, fields) {
  const columns = fields.map(({ name, type, constraints, privacy }) => {
    const missing = !constraints?.required;
    const spec =
      privacy?.bins === undefined
        ? { type: 'cat', values: constraints?.enum ?? [], missing }
        : { type: 'num', integer: type === 'integer', edges: privacy.bins, missing };
    return [name, spec];
  });
  return { target: SOURCES[table]?.target, cols: Object.fromEntries(columns) };
}

/**
 * Writes the folder of a table.
 *
 * @param {string} table
 * @param {string} rawFile
 * @param {string} outFolder made when absent
 */
export function prepareTable(table, rawFile, outFolder) {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, table, 'schema.json'), 'utf8'));
  const rows = readRaw(readFileSync(rawFile, 'utf8'), table, schema.fields);
  const order = legacyPermutation(rows.length, SPLIT_SEED);
  const cut = Math.floor(TRAIN_SHARE * rows.length);
  const header = csvLine(schema.fields.map((/** @type {SchemaField} */ field) => field.name));
  const text = (/** @type {Uint32Array} */ indices) =>
    `${[header, ...Array.from(indices, (index) => csvLine(rows[index] ?? []))].join('\n')}\n`;
  mkdirSync(outFolder, { recursive: true });
  writeWhole(join(outFolder, 'train.csv'), text(order.subarray(0, cut)));
  writeWhole(join(outFolder, 'test.csv'), text(order.subarray(cut)));
  writeWhole(join(outFolder, 'bins.json'), `${JSON.stringify(binsOf(table, schema.fields), null, 1)}\n`);
}

if (isMain(import.meta.url)) {
  const [table, rawFile, outFolder] = process.argv.slice(2);
  if (table === undefined || rawFile === undefined || outFolder === undefined) {
    process.stderr.write('Use: node datasets/prepare.mjs TABLE RAW_FILE OUT_FOLDER\n');
    process.exitCode = 2;
  } else {
    prepareTable(table, rawFile, outFolder);
  }
}
