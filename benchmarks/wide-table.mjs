// @ts-check
/** A simulated wide table of categories, for cost against columns: eight hidden factors, each loading on a third of the columns. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { createStream } from '../datasets/simulator/stream.mjs';

/** Categories of the columns, in turn. */
const SIZES = [2, 3, 5, 8, 12, 20];
const FACTORS = 8;
const LOADED_SHARE = 0.3;
const NOISE = 0.7;
const STEEPNESS = 1.3;
const ROWS_PER_WRITE = 5000;

const nameOf = (/** @type {number} */ column) => `c${column}`;
const sizeOf = (/** @type {number} */ column) => SIZES[column % SIZES.length] ?? 2;

/**
 * The schema of a table of so many columns: every category is public.
 *
 * @param {number} columns
 * @param {number} rows
 */
export function wideSchema(columns, rows) {
  const fields = Array.from({ length: columns }, (_, column) => ({
    name: nameOf(column),
    type: 'string',
    constraints: { required: true, enum: Array.from({ length: sizeOf(column) }, (_, code) => `v${code}`) },
  }));
  return { fields, privacy: { unit: 'row', population: rows } };
}

/**
 * Writes the table as CSV; equal arguments give equal files.
 *
 * @param {string} path
 * @param {{ columns: number, rows: number }} size
 */
export function writeWideTable(path, { columns, rows }) {
  const stream = createStream(20_26);
  const loadings = Array.from({ length: columns }, () =>
    Array.from({ length: FACTORS }, () => (stream.chance(LOADED_SHARE) ? stream.normal() : 0)),
  );
  const file = openSync(path, 'w');
  try {
    writeSync(file, `${loadings.map((_, column) => nameOf(column)).join(',')}\n`);
    for (let first = 0; first < rows; first += ROWS_PER_WRITE) {
      const lines = Array.from({ length: Math.min(ROWS_PER_WRITE, rows - first) }, () => {
        const factors = Array.from({ length: FACTORS }, stream.normal);
        return loadings.map((loading, column) => {
          const sum = loading.reduce(
            (total, load, factor) => total + load * (factors[factor] ?? 0),
            NOISE * stream.normal(),
          );
          const share = 1 / (1 + Math.exp(-STEEPNESS * sum));
          return `v${Math.min(sizeOf(column) - 1, Math.floor(share * sizeOf(column)))}`;
        });
      });
      writeSync(file, `${lines.map((cells) => cells.join(',')).join('\n')}\n`);
    }
  } finally {
    closeSync(file);
  }
}
