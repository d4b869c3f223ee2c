#!/usr/bin/env node
// @ts-check
/**
 * Runs rival systems on the reference tables and appends one scored line per run to `benchmarks/results/peers.jsonl`.
 *
 * Use: `npm run bench:peers -- --peers private-pgm-mst --tables adult,bank --epsilons 0.1,1,10 --runs 1`
 *
 * Another results file is named with `--results`. Runs that the file already has are skipped, so an interrupted matrix
 * goes on where it stopped. Each run is one process on one core: `PEER_CORE` (1) and `PEER_NICE` (19, the lowest priority) say
 * which and how politely. A peer whose environment is absent is skipped with one line.
 *
 * `--cpu-seconds N` stops a run that has computed for N seconds and records that it did not finish: CPU and not wall
 * seconds, because the machine may be shared. Such a run is tried again only with a higher limit. A run that fails is recorded
 * with the last words of the rival, and tried again next time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../machine.mjs';
import { appendLine, readLines } from '../result-lines.mjs';
import { scoreTable } from '../score.mjs';
import { countRows, REFERENCE_TABLES, tableFolder } from '../tables.mjs';
import { NOT_RUNNABLE, PEERS, peerNamed } from './peers.mjs';

const DELTA = 1e-9;
const FOLDER = import.meta.dirname;

/**
 * An adapter in its environment, on one core, stopped by the system (SIGXCPU) when it has computed for too long.
 *
 * @param {readonly string[]} command python, adapter and its words
 * @param {Readonly<Record<string, string>>} variables
 * @param {number} cpuSeconds
 */
function runLimited(command, variables, cpuSeconds) {
  const core = ['taskset', '-c', process.env.PEER_CORE ?? '1'];
  const priority = ['nice', '-n', process.env.PEER_NICE ?? '19'];
  const limit = Number.isFinite(cpuSeconds) ? ['prlimit', `--cpu=${cpuSeconds}:${cpuSeconds + 10}`] : [];
  const [first = '', ...rest] = [...priority, ...core, ...limit, ...command];
  return spawnSync(first, rest, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, OMP_NUM_THREADS: '1', ...variables },
  });
}

/**
 * @param {{ peer: string, table: string, epsilon: number, seed: number }} job
 * @param {number} cpuSeconds after which the run is stopped
 * @returns {Record<string, unknown>} the scored line, or a line that says when the run was stopped or why it failed
 */
function runJob({ peer, table, epsilon, seed }, cpuSeconds) {
  const { adapter, environment, variables = {} } = peerNamed(peer);
  const folder = tableFolder(table);
  const scratch = mkdtempSync(join(tmpdir(), 'tabveil-peer-'));
  try {
    const [train, out, json] = [join(folder, 'train.csv'), join(scratch, 'synthetic.csv'), join(scratch, 'run.json')];
    const python = join(FOLDER, environment, 'bin/python');
    const options = {
      train,
      bins: join(folder, 'bins.json'),
      epsilon,
      delta: DELTA,
      rows: countRows(train),
      seed,
      out,
      json,
    };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const run = runLimited([python, '-W', 'ignore', join(FOLDER, adapter), ...words], variables, cpuSeconds);
    const head = { peer, table, epsilon, delta: DELTA, seed, rows: options.rows };
    if (run.signal === 'SIGXCPU') {
      return { ...head, stopped: { afterCpuSeconds: cpuSeconds }, machine: describeMachine() };
    }
    if (run.status !== 0) {
      process.stderr.write(`${peer} ${table} ${epsilon} failed:\n${run.stderr.split('\n').slice(-12).join('\n')}\n`);
      return { ...head, failed: lastWords(run.stderr), machine: describeMachine() };
    }
    const measured = JSON.parse(readFileSync(json, 'utf8'));
    return { ...measured, table, scores: scoreTable(folder, out), machine: describeMachine() };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The last line with words that a failed adapter said, without paths of this machine.
 *
 * @param {string} said
 */
function lastWords(said) {
  const last = said.split('\n').findLast((line) => /[a-z]{3}/i.test(line)) ?? '';
  return (
    last
      .trim()
      .replaceAll(/(?:\/[\w.@+-]+){2,}/g, '…')
      .replaceAll('|', '/')
      .slice(0, 200) || 'ended without a word'
  );
}

/** @param {Record<string, unknown>} line */
function keyOf(line) {
  return [line.peer, line.table, line.epsilon, line.seed].join(' ');
}

/** @param {string} list */
const words = (list) => list.split(',').filter((word) => word !== '');

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: Object.keys(PEERS).join(',') },
    tables: { type: 'string', default: REFERENCE_TABLES.join(',') },
    epsilons: { type: 'string', default: '1,0.1,10' },
    runs: { type: 'string', default: '1' },
    'cpu-seconds': { type: 'string', default: 'Infinity' },
    results: { type: 'string', default: resolve(FOLDER, '../results/peers.jsonl') },
  },
});

const isAll = values.peers === Object.keys(PEERS).join(',');
for (const [peer, reason] of isAll ? Object.entries(NOT_RUNNABLE) : []) {
  process.stderr.write(`${peer}: skipped, ${reason}.\n`);
}
const cpuSeconds = Number(values['cpu-seconds']);
if (!(cpuSeconds > 0)) throw new Error(`--cpu-seconds ${values['cpu-seconds']}: give a number above 0.`);
const isFinal = (/** @type {Record<string, any>} */ line) =>
  line.failed === undefined && (line.stopped === undefined || line.stopped.afterCpuSeconds >= cpuSeconds);
const done = new Set(readLines(values.results).filter(isFinal).map(keyOf));
for (let seed = 1; seed <= Number(values.runs); seed++) {
  for (const peer of words(values.peers)) {
    const { environment, private: isPrivate, needs } = peerNamed(peer);
    if (needs !== undefined && !process.env[needs]) {
      process.stderr.write(`${peer}: skipped, ${needs} names no local copy of its repository.\n`);
      continue;
    }
    if (!existsSync(join(FOLDER, environment, 'bin/python'))) {
      process.stderr.write(`${peer}: skipped, its environment is absent (npm run bench:peers:install).\n`);
      continue;
    }
    const epsilons = isPrivate ? words(values.epsilons).map(Number) : [0];
    for (const epsilon of epsilons) {
      for (const table of words(values.tables)) {
        const job = { peer, table, epsilon, seed };
        if (done.has(keyOf(job))) continue;
        const line = runJob(job, cpuSeconds);
        appendLine(values.results, line);
        process.stderr.write(`${keyOf(job)}: ${JSON.stringify(line.scores ?? line.stopped ?? line.failed)}\n`);
      }
    }
  }
}
