// @ts-check
/** Every measured run of the results folder in one shape: ours, rivals, and the rulers beside them. */
import { join } from 'node:path';
import { readLines } from './result-lines.mjs';

/** Where results lie. */
export const RESULTS = join(import.meta.dirname, 'results');

/**
 * One measured run in the shape of the page's tables.
 *
 * @typedef {object} Run
 * @property {string} system
 * @property {string} table
 * @property {number} epsilon 0 for systems without privacy
 * @property {string} setting what tells equal systems apart, or nothing
 * @property {Record<string, number>} scores
 * @property {number} [fitSeconds] CPU seconds of the fit without start-up
 * @property {number} [fitWallSeconds] wall seconds of the whole process that fits, start-up included; its processor seconds where
 *   more work than cores was waiting, because then the wall tells of the others
 * @property {number} [peakMiB] peak memory of the whole process that fits
 * @property {string} [unfinished] how a run without scores ended: stopped after so many CPU seconds, or failed and why
 */

/**
 * @param {Record<string, any>} line
 * @returns {string | undefined} nothing when the run ended with a table
 */
export function howItEnded(line) {
  if (line.stopped !== undefined) return `stopped at ${line.stopped.afterCpuSeconds}`;
  return line.failed === undefined ? undefined : `failed: ${line.failed}`;
}

/**
 * @param {Record<string, any>} line
 * @returns {Run}
 */
function peerRun(line) {
  const head = { system: line.peer, table: line.table, epsilon: line.epsilon };
  const unfinished = howItEnded(line);
  if (unfinished !== undefined) return { ...head, setting: '', scores: {}, unfinished };
  const { maxModelSizeMB, rounds, epochs } = line.settings ?? {};
  const setting = [
    maxModelSizeMB === undefined ? '' : `${maxModelSizeMB} MB`,
    typeof rounds === 'number' ? `${rounds} rounds` : '',
    epochs === undefined ? '' : `${epochs} epochs`,
  ];
  return {
    ...head,
    setting: setting.filter((text) => text !== '').join(', '),
    scores: line.scores,
    fitSeconds: line.steps.fit.cpuSeconds,
    peakMiB: line.peakBytes / 2 ** 20,
  };
}

/**
 * @param {Record<string, any>} line
 * @returns {Run}
 */
function ownRun(line) {
  // Another way of learning is another system; other settings only tell runs apart.
  const [, learn = ''] = /\blearn=(\w+)/.exec(line.extra ?? '') ?? [];
  return {
    system: `tabveil ${line.model} ${learn}`.trimEnd(),
    table: line.table,
    epsilon: line.epsilon,
    setting: line.extra ?? '',
    scores: line.scores,
    fitSeconds: Math.max(0, line.fit.cpuSeconds - line.startup.cpuSeconds),
    fitWallSeconds: line.machine?.loadAverage > line.machine?.cores ? line.fit.cpuSeconds : line.fit.wallSeconds,
    peakMiB: line.fit.peakBytes / 2 ** 20,
  };
}

/**
 * Own runs of each model, table and epsilon: those of the commit that was measured last.
 *
 * @param {readonly Record<string, any>[]} lines in the order they were measured
 */
function latestCommitOnly(lines) {
  const key = (/** @type {Record<string, any>} */ line) => [line.model, line.table, line.epsilon, line.extra].join(' ');
  const latest = new Map(lines.map((line) => [key(line), line.commit]));
  return lines.filter((line) => latest.get(key(line)) === line.commit);
}

/**
 * @param {Record<string, any>} line
 * @returns {Run}
 */
function floorRun(line) {
  // The held-out rows are what usefulness is tested on, so training on them says nothing.
  const { tstr_auc: auc, ...others } = line.scores;
  const scores = line.floor === 'held-out-rows' ? others : { ...others, tstr_auc: auc };
  return { system: line.floor.replaceAll('-', ' '), table: line.table, epsilon: 0, setting: '', scores };
}

/**
 * Rivals' runs without those that were stopped or failed and ended otherwise at a later try.
 *
 * @param {readonly Record<string, any>[]} lines in the order they were measured
 */
function lastTryOnly(lines) {
  const key = (/** @type {Record<string, any>} */ line) => [line.peer, line.table, line.epsilon, line.seed].join(' ');
  const last = new Map(lines.map((line) => [key(line), line]));
  return lines.filter((line) => howItEnded(line) === undefined || last.get(key(line)) === line);
}

/** @returns every run that the results folder holds */
export function readRuns() {
  return [
    ...readLines(join(RESULTS, 'floors.jsonl')).map(floorRun),
    ...latestCommitOnly(readLines(join(RESULTS, 'quality.jsonl'))).map(ownRun),
    ...lastTryOnly(readLines(join(RESULTS, 'peers.jsonl'))).map(peerRun),
  ];
}
