#!/usr/bin/env node
// @ts-check
/**
 * Runs rival systems on the reference tables and appends one scored line per run to `benchmarks/results/peers.jsonl`.
 *
 * Use: `npm run bench:peers -- --peers private-pgm-mst --tables adult,bank --epsilons 0.1,1,10 --runs 1`
 *
 * Another results file is named with `--results`. Runs that the file already has are skipped, so an interrupted matrix
 * goes on where it stopped. Each run is one process at the lowest priority on one core. A peer whose environment is absent is skipped with one line.
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
import { PEERS, peerNamed } from './peers.mjs';

const DELTA = 1e-9;
const FOLDER = import.meta.dirname;

/**
 * @param {{ peer: string, table: string, epsilon: number, seed: number }} job
 * @returns {Record<string, unknown> | undefined} the scored line, or nothing when the run failed
 */
function runJob({ peer, table, epsilon, seed }) {
  const { adapter, environment, variables } = peerNamed(peer);
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
    const core = process.env.PEER_CORE ?? '1';
    const run = spawnSync(
      'nice',
      ['-n', '19', 'taskset', '-c', core, python, '-W', 'ignore', join(FOLDER, adapter), ...words],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        encoding: 'utf8',
        env: { ...process.env, OMP_NUM_THREADS: '1', ...variables },
      },
    );
    if (run.status !== 0) {
      process.stderr.write(`${peer} ${table} ${epsilon} failed:\n${run.stderr.split('\n').slice(-12).join('\n')}\n`);
      return undefined;
    }
    const measured = JSON.parse(readFileSync(json, 'utf8'));
    return { ...measured, table, scores: scoreTable(folder, out), machine: describeMachine() };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
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
    results: { type: 'string', default: resolve(FOLDER, '../results/peers.jsonl') },
  },
});

const done = new Set(readLines(values.results).map(keyOf));
for (let seed = 1; seed <= Number(values.runs); seed++) {
  for (const peer of words(values.peers)) {
    const { environment, private: isPrivate } = peerNamed(peer);
    if (!existsSync(join(FOLDER, environment, 'bin/python'))) {
      process.stderr.write(`${peer}: skipped, its environment is absent (npm run bench:peers:install).\n`);
      continue;
    }
    const epsilons = isPrivate ? words(values.epsilons).map(Number) : [0];
    for (const epsilon of epsilons) {
      for (const table of words(values.tables)) {
        const job = { peer, table, epsilon, seed };
        if (done.has(keyOf(job))) continue;
        const line = runJob(job);
        if (line !== undefined) appendLine(values.results, line);
        process.stderr.write(`${keyOf(job)}: ${line === undefined ? 'failed' : JSON.stringify(line.scores)}\n`);
      }
    }
  }
}
