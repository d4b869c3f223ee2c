#!/usr/bin/env node
// @ts-check
/**
 * The headline table: measures it again and says whether every figure lies in the interval that `docs/results.md` states for a
 * repeat. Exit code 1 when one does not.
 *
 * Use: `npm run bench:headline` (minutes). `-- --store` makes the run the stored one; `-- --from FILE` takes what
 * `tabveil bench --config benchmarks/headline.config.json --json` printed instead of measuring. Adult is left out of the check
 * where it is not fetched.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeWhole } from '../datasets/simulator/columns.mjs';
import { studentT } from '../dist/math/student-t.js';
import { runTabveil } from './measured-command.mjs';
import { RESULTS } from './runs.mjs';

const CONFIG = join(import.meta.dirname, 'headline.config.json');
const STORED = join(RESULTS, 'headline.json');
const SCORES = ['tvd1', 'tvd2', 'tvd3', 'cramer_mad', 'tstr_auc'];
/** A repeat of as many runs has each mean in its interval with this probability. */
const COVERAGE = 0.999;

/** @returns {any} the summary of a run of the headline config */
function measure() {
  const out = mkdtempSync(join(tmpdir(), 'tabveil-headline-'));
  try {
    return JSON.parse(runTabveil(['bench', '--config', CONFIG, '--out', out, '--json']).stdout);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/**
 * Half the width of the interval in which the mean of a repeat lies: the spread of both means together.
 *
 * @param {{ mean: number, interval: [number, number] | null, runs: number }} score
 */
function repeatHalfWidth({ interval, runs }) {
  if (interval === null) return Number.NaN;
  const deviation = ((interval[1] - interval[0]) / 2 / studentT(0.95, runs - 1)) * Math.sqrt(runs);
  return studentT(COVERAGE, runs - 1) * deviation * Math.sqrt(2 / runs);
}

/** @param {any} summary */
function toStored(summary) {
  const { machine, version, wallSeconds, standings } = summary;
  const rows = standings.map((/** @type {any} */ standing) => {
    const { table, epsilon, system, runs, scores, fitCpuSeconds, peakMiB, likeSubsample } = standing;
    const kept = SCORES.filter((name) => scores[name] !== undefined).map((name) => [
      name,
      { mean: scores[name].mean, repeat: repeatHalfWidth(scores[name]) },
    ]);
    const costs = { fitCpuSeconds: fitCpuSeconds.mean, peakMiB: peakMiB.mean, likeSubsample: likeSubsample?.mean };
    return { table, epsilon, system, runs, scores: Object.fromEntries(kept), ...costs };
  });
  return {
    question: 'The headline table: how good are our models at epsilon 1?',
    command: 'npm run bench:headline',
    coverage: COVERAGE,
    ...{ machine, version, wallSeconds },
    rows,
  };
}

/**
 * Figures of a new run that lie outside the stored intervals.
 *
 * @param {any} stored
 * @param {any} now
 */
function findOutside(stored, now) {
  return now.rows.flatMap((/** @type {any} */ row) => {
    const earlier = stored.rows.find(
      (/** @type {any} */ one) => one.table === row.table && one.system === row.system && one.epsilon === row.epsilon,
    );
    return Object.entries(row.scores).flatMap(([name, { mean }]) => {
      const { mean: before, repeat } = earlier?.scores[name] ?? { mean: Number.NaN, repeat: Number.NaN };
      const isInside = Math.abs(mean - before) <= repeat;
      return isInside ? [] : [`${row.table} ${row.system} ${name}: ${mean.toFixed(4)}, stated ${before} ± ${repeat}`];
    });
  });
}

const { values } = parseArgs({ options: { store: { type: 'boolean' }, from: { type: 'string' } } });
const now = toStored(values.from === undefined ? measure() : JSON.parse(readFileSync(values.from, 'utf8')));
if (values.store) {
  writeWhole(STORED, `${JSON.stringify(now, null, 1)}\n`);
  process.stdout.write(`${STORED}: ${now.rows.length} rows\n`);
} else {
  const outside = findOutside(JSON.parse(readFileSync(STORED, 'utf8')), now);
  const figures = now.rows.length * SCORES.length;
  process.stdout.write(
    `${figures - outside.length} of ${figures} figures lie in their stated intervals (${100 * COVERAGE} % each)\n`,
  );
  for (const line of outside) process.stdout.write(`outside: ${line}\n`);
  if (outside.length > 0) process.exitCode = 1;
}
