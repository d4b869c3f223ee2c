// @ts-check
/**
 * Columns of a simulated table and their CSV text.
 *
 * @typedef {string | number | null} Cell a value; null is missing
 * @typedef {Readonly<Record<string, readonly Cell[]>>} Columns equally long columns by name, in file order
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** @param {Cell} cell */
function csvCell(cell) {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * One line of CSV without its end.
 *
 * @param {readonly Cell[]} cells
 */
export function csvLine(cells) {
  return cells.map(csvCell).join(',');
}

/**
 * CSV text with a header line; a missing value is the empty text.
 *
 * @param {Columns} columns
 * @returns {string}
 */
export function columnsToCsv(columns) {
  const names = Object.keys(columns);
  const rowCount = columns[names[0] ?? '']?.length ?? 0;
  const lines = [csvLine(names)];
  for (let row = 0; row < rowCount; row++) {
    lines.push(csvLine(names.map((name) => columns[name]?.[row] ?? null)));
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Turns rows of one shape into columns.
 *
 * @template {Readonly<Record<string, Cell>>} Row
 * @param {readonly Row[]} rows at least one
 * @returns {{ [Name in keyof Row]: Row[Name][] }}
 */
export function rowsToColumns(rows) {
  const names = Object.keys(rows[0] ?? {});
  return /** @type {{ [Name in keyof Row]: Row[Name][] }} */ (
    Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? null)]))
  );
}

/**
 * Refuses row counts that are no positive integers.
 *
 * @param {number} rows
 */
export function checkRows(rows) {
  if (!Number.isInteger(rows) || rows < 1) throw new RangeError(`rows is ${rows}; it must be a positive integer.`);
}

/**
 * Writes a text under a temporary name in the same folder, then renames it, so that no reader sees half a file.
 *
 * @param {string} path
 * @param {string} text
 */
export function writeWhole(path, text) {
  const temporary = `${path}.tmp-${process.pid}`;
  try {
    const file = openSync(temporary, 'w');
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Command line shared by the generators: `--rows`, `--seed` and `--out FILE.csv`.
 *
 * @param {(rows: number, seed: number) => Columns} generate
 * @param {{ rows: number, seed: number, out: string }} defaults
 */
export function runGenerator(generate, defaults) {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: String(defaults.rows) },
      seed: { type: 'string', default: String(defaults.seed) },
      out: { type: 'string', default: defaults.out },
    },
  });
  writeWhole(values.out, columnsToCsv(generate(Number(values.rows), Number(values.seed))));
  process.stdout.write(`${values.out}\n`);
}
