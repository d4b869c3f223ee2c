#!/usr/bin/env node
// @ts-check
/**
 * How fast are the parts beside their natural rivals? Both sides take turns on the same data in one run, so that a busy machine
 * slows both; CPU seconds of all threads. Writes `benchmarks/results/speed.json`.
 *
 * Use: `npm run bench:speed [-- --rounds 5] [--only TEXT] [--out FILE]`. Python rivals need `npm run bench:peers:install -- score smartnoise sdv`;
 * a pair whose rival is not there is skipped with one line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeWhole } from '../../datasets/simulator/columns.mjs';
import { isMain } from '../../datasets/simulator/is-main.mjs';
import { describeCommit } from '../commit.mjs';
import { describeMachine } from '../machine.mjs';
import { describePairs } from './pairs.mjs';
import { openPythonRival } from './python-rival.mjs';
import { withRatio } from './ratios.mjs';

const RESULTS = resolve(import.meta.dirname, '../results');

/**
 * Measures every pair whose rival is there.
 *
 * @param {number} rounds after one to warm up
 * @param {string} only part of the names of the pairs that are measured
 * @returns {Promise<{ pairs: import('./ratios.mjs').PairResult[], absent: string[] }>}
 */
export async function measurePairs(rounds, only = '') {
  const scratch = mkdtempSync(join(tmpdir(), 'tabveil-speed-'));
  /** @type {Map<string, ReturnType<typeof openPythonRival>>} */
  const pythons = new Map();
  /** @type {import('./ratios.mjs').PairResult[]} */
  const pairs = [];
  /** @type {string[]} */
  const absent = [];
  try {
    for (const pair of (await describePairs(scratch)).filter(({ name }) => name.includes(only))) {
      const { environment } = pair;
      if (pair.absent !== undefined) {
        absent.push(`${pair.name}, beside ${pair.rival}: ${pair.absent}`);
        continue;
      }
      if (environment !== undefined && !pythons.has(environment)) {
        pythons.set(environment, openPythonRival(environment, scratch));
      }
      const python = environment === undefined ? undefined : pythons.get(environment);
      if (environment !== undefined && python === undefined) {
        absent.push(`${pair.name}: ${environment} is not installed`);
        continue;
      }
      const theirs = pair.theirs ?? (() => python?.run(pair.task ?? '') ?? Promise.resolve(Number.NaN));
      const turns = await takeTurns(pair.ours, theirs, Math.min(rounds, pair.mostRounds ?? rounds));
      pair.close?.();
      const result = withRatio({ name: pair.name, rival: pair.rival, ...turns });
      pairs.push(result);
      const { median, low, high } = result.ratio;
      process.stderr.write(`${pair.name}, beside ${pair.rival}: ${median} (${low} to ${high})\n`);
    }
  } finally {
    for (const python of pythons.values()) python?.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  return { pairs, absent };
}

/**
 * @param {() => Promise<number>} first
 * @param {() => Promise<number>} second
 * @param {number} rounds
 */
async function takeTurns(first, second, rounds) {
  /** @type {number[]} */
  const ours = [];
  /** @type {number[]} */
  const theirs = [];
  for (let round = 0; round <= rounds; round++) {
    const [own, other] = [await first(), await second()];
    // The first round warms caches and compilers up on both sides.
    if (round === 0) continue;
    ours.push(Number(own.toFixed(4)));
    theirs.push(Number(other.toFixed(4)));
  }
  return { ours, theirs };
}

/** @param {{ pairs: object[], absent: string[] }} measured */
export function describeRun(measured) {
  return {
    question: 'How fast are the parts beside their natural rivals?',
    command: 'npm run bench:speed',
    notes:
      'CPU seconds of all threads; both sides take turns; ratio is ours over theirs, median and extremes over rounds, below 1 we are faster',
    commit: describeCommit(),
    machine: describeMachine(),
    day: new Date().toISOString().slice(0, 10),
    ...measured,
  };
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
      out: { type: 'string', default: join(RESULTS, 'speed.json') },
    },
  });
  const report = describeRun(await measurePairs(Number(values.rounds), values.only));
  writeWhole(values.out, `${JSON.stringify(report, null, 1)}\n`);
  for (const line of report.absent ?? []) process.stderr.write(`skipped ${line}\n`);
  process.stdout.write(`${values.out}\n`);
}
