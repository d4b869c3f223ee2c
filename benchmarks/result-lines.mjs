// @ts-check
/** Results as JSON lines: one measurement per line, appended when it is complete. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param {string} path
 * @returns {Record<string, unknown>[]} no lines when the file is absent
 */
export function readLines(path) {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/**
 * Appends one measurement in a single write.
 *
 * @param {string} path
 * @param {object} record
 */
export function appendLine(path, record) {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(record)}\n`);
}

/**
 * Mean and sample standard deviation; the deviation of one value is NaN.
 *
 * @param {readonly number[]} values
 */
export function summarise(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, sd: Math.sqrt(square), runs: values.length };
}
