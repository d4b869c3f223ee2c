#!/usr/bin/env node
// @ts-check
/**
 * Says what became slower than 1.2 times since the stored baseline, relative to rivals in the same run. Exit code 1 when something did.
 *
 * Use: `npm run bench:speed:compare` measures and compares; `-- --from FILE` compares a stored run; `-- --only TEXT` takes the
 * pairs whose names hold that text; `-- --update` makes the run the new baseline (of these pairs, the others stay).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeWhole } from '../../datasets/simulator/columns.mjs';
import { compareRatios, mergePairs, SLOWER } from './ratios.mjs';

const BASELINE = join(resolve(import.meta.dirname, '../results'), 'speed-baseline.json');

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    only: { type: 'string', default: '' },
    update: { type: 'boolean' },
    rounds: { type: 'string', default: '5' },
  },
});

/** @returns {Promise<{ pairs: import('./ratios.mjs').PairResult[] }>} */
async function readRun() {
  if (values.from !== undefined) return JSON.parse(readFileSync(values.from, 'utf8'));
  // Loaded only here: it needs a build.
  const { describeRun, measurePairs } = await import('./paired.mjs');
  return /** @type {any} */ (describeRun(await measurePairs(Number(values.rounds), values.only)));
}

const run = await readRun();
if (values.update || !existsSync(BASELINE)) {
  const old = existsSync(BASELINE) ? JSON.parse(readFileSync(BASELINE, 'utf8')) : { pairs: [] };
  // A pair that stays keeps the commit and the day of its own run, beside those of the file.
  const kept = old.pairs.map((/** @type {object} */ pair) => ({ commit: old.commit, day: old.day, ...pair }));
  const merged = { ...run, pairs: mergePairs(kept, run.pairs) };
  writeWhole(BASELINE, `${JSON.stringify(merged, null, 1)}\n`);
  process.stdout.write(`${BASELINE}: written\n`);
} else {
  const { pairs } = JSON.parse(readFileSync(BASELINE, 'utf8'));
  const compared = compareRatios(pairs, run.pairs);
  for (const { name, rival, before, after, factor, verdict } of compared) {
    process.stdout.write(`${verdict.padEnd(6)} × ${factor}  (${before} → ${after})  ${name}, beside ${rival}\n`);
  }
  const slower = compared.filter(({ verdict }) => verdict === 'slower');
  if (slower.length > 0) {
    process.stdout.write(`${slower.length} of ${compared.length} slower than ${SLOWER} times the baseline\n`);
    process.exitCode = 1;
  }
}
