// @ts-check
/** A target and the figure that says how far it was reached; the status is a comparison, never an opinion. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { summarise } from './result-lines.mjs';
import { RESULTS, readRuns } from './runs.mjs';

/**
 * @typedef {object} Target
 * @property {string} part
 * @property {string} what
 * @property {string} wanted
 * @property {string} found the figure, or that there is none yet
 * @property {'yes' | 'no' | 'open'} met
 * @property {string} source file and line of the figure
 */

/** @param {string} name @returns {any} the results file, or an empty one */
export function readResult(name) {
  const path = join(RESULTS, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { results: [] };
}

/**
 * One target: `value` is compared with `limit`; an absent value is an open target.
 *
 * @param {string} part
 * @param {{ what: string, value: number | undefined, limit: number, digits?: number, unit?: string, higher?: boolean, source: string }} facts
 * @returns {Target}
 */
export function target(part, { what, value, limit, digits = 3, unit = '', higher = false, source }) {
  const text = (/** @type {number} */ number) =>
    `${Number(number.toFixed(digits)).toLocaleString('en-US', { maximumFractionDigits: digits })}${unit}`;
  const isThere = value !== undefined && Number.isFinite(value);
  const isMet = isThere && (higher ? value >= limit : value <= limit);
  return {
    ...{ part, what, source },
    wanted: `${higher ? 'at least' : 'at most'} ${text(limit)}`,
    found: isThere ? text(value) : 'not measured yet',
    met: isThere ? (isMet ? 'yes' : 'no') : 'open',
  };
}

/**
 * Mean of a score of one system on one table.
 *
 * @param {string} system
 * @param {string} table
 * @param {number} epsilon
 * @param {(run: import('./runs.mjs').Run) => number | undefined} read
 */
export function meanOf(system, table, epsilon, read) {
  const runs = readRuns().filter((run) => run.system === system && run.table === table && run.epsilon === epsilon);
  const values = runs.map(read).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : summarise(values).mean;
}
