// @ts-check
/** Targets of time, memory and rate. */
import { join } from 'node:path';
import { readLines } from './result-lines.mjs';
import { RESULTS } from './runs.mjs';
import { meanOf, readResult, target } from './target.mjs';

/** @typedef {import('./target.mjs').Target} Target */

/** @returns {Target[]} */
export function costTargets() {
  const fitSeconds = (/** @type {string} */ model) => meanOf(`tabveil ${model}`, 'adult', 1, (run) => run.fitSeconds);
  const memory = meanOf('tabveil aim', 'adult', 1, ({ peakMiB }) => peakMiB);
  const ended = readResult('end-to-end.json').results;
  const large = (/** @type {string} */ model) =>
    ended.find((/** @type {any} */ line) => line.model === model && line.rows >= 1_000_000);
  const sampled = (/** @type {string} */ task) =>
    readResult('sampling.json').results.find((/** @type {any} */ line) => line.task === task);
  const huge = readResult('sampling.json').results.filter((/** @type {any} */ line) => line.rows >= 10_000_000);
  const hugeMemory = huge.length === 0 ? undefined : Math.max(...huge.map((/** @type {any} */ line) => line.peakMB));
  const cpu = { digits: 1, unit: ' CPU-s' };
  const rate = { digits: 0, unit: ' rows/s', higher: true };
  const mb = { digits: 0, unit: ' MB' };
  const [adult, end, draws] = ['quality.jsonl: adult, epsilon 1', 'end-to-end.json', 'sampling.json'];
  return [
    target('mst', { what: 'fit of Adult', value: fitSeconds('mst'), limit: 5, ...cpu, source: adult }),
    target('mst', {
      what: 'fit of 1,000,000 × 15, CPU instead of wall seconds: the machine was shared',
      value: large('mst')?.cpuSecondsAfterStartup,
      limit: 15,
      ...cpu,
      source: end,
    }),
    target('mst', { what: 'memory of that fit', value: large('mst')?.peakMB, limit: 1000, ...mb, source: end }),
    target('aim', { what: 'fit of Adult', value: fitSeconds('aim'), limit: 10, ...cpu, source: adult }),
    target('aim', { what: 'memory of that fit', value: memory, limit: 500, ...mb, unit: ' MiB', source: adult }),
    target('aim', {
      what: '1,000,000 × 15, CPU instead of wall seconds',
      value: large('aim')?.cpuSecondsAfterStartup,
      limit: 60,
      ...cpu,
      source: end,
    }),
    ...growthTargets(),
    target('sampling', {
      what: 'codes per core',
      value: sampled('codes, systematic')?.rowsPerCpuSecond,
      limit: 2_000_000,
      ...rate,
      source: draws,
    }),
    ...['csv', 'parquet'].map((format) =>
      target('sampling', {
        what: `to ${format}, per CPU second`,
        value: sampled(`sample to .${format}`)?.rowsPerCpuSecond,
        limit: 500_000,
        ...rate,
        source: draws,
      }),
    ),
    target('sampling', { what: 'memory of 10,000,000 rows', value: hugeMemory, limit: 400, ...mb, source: draws }),
  ];
}

/** @returns {Target[]} time against rows and columns */
function growthTargets() {
  const trained = readLines(join(RESULTS, 'scale.jsonl')).filter(
    ({ step, model }) => step === 'train' && model === 'aim',
  );
  const lines = /** @type {Record<string, any>[]} */ (trained);
  const latest = (/** @type {(line: Record<string, any>) => boolean} */ isMeant) => lines.findLast(isMeant);
  const ofRows = (/** @type {number} */ rows) => latest((line) => line.table !== 'wide' && line.rows === rows);
  const ofColumns = (/** @type {number} */ columns) =>
    latest((line) => line.table === 'wide' && line.columns === columns);
  const seconds = (/** @type {Record<string, any> | undefined} */ line) =>
    line === undefined ? Number.NaN : line.cpuSeconds - line.startup.cpuSeconds;
  return [
    target('aim', {
      what: 'CPU of 1,000,000 rows over that of 100,000: no worse than linear',
      value: seconds(ofRows(1_000_000)) / seconds(ofRows(100_000)),
      limit: 10,
      unit: ' ×',
      digits: 1,
      source: 'scale.jsonl: train aim',
    }),
    ...[100, 200].map((columns) => finished(columns, ofColumns(columns))),
  ];
}

/**
 * A width that has to be finished, in whatever time.
 *
 * @param {number} columns
 * @param {Record<string, any> | undefined} line
 * @returns {Target}
 */
function finished(columns, line) {
  return {
    part: 'aim',
    what: `a table of ${columns} columns × 100,000 rows, on two cores`,
    wanted: 'finishes',
    found:
      line === undefined
        ? 'not measured yet'
        : `${(line.cpuSeconds - line.startup.cpuSeconds).toFixed(1)} CPU-s, ${Math.round(line.peakBytes / 2 ** 20)} MiB`,
    met: line === undefined ? 'open' : 'yes',
    source: `scale.jsonl: wide, ${columns} columns`,
  };
}

/** Load average up to which a machine of two cores counts as quiet: the measured process and little beside it. */
const QUIET_LOAD = 3;

/** @returns {Target[]} whole commands, wall seconds beside CPU seconds */
function commandTargets() {
  const lines = readResult('commands.json').results;
  const of = (/** @type {string} */ name) => lines.find((/** @type {any} */ line) => line.name === name);
  return [
    { part: 'audit', name: 'audit mst', what: '`tabveil audit mst --quick`', limit: 180 },
    { part: 'command line', name: 'demo', what: '`tabveil demo`', limit: 60 },
    { part: 'tests', name: 'test suite', what: '`npm test`', limit: 600 },
    { part: 'benchmark', name: 'bench quick', what: '`tabveil bench --quick`, two worlds, four models', limit: 600 },
  ].map(({ part, name, what, limit }) => {
    const line = of(name);
    // At more processes than cores wall seconds are those of the others too; the suite's limit is one of wall time on two cores.
    const isShared = name !== 'test suite' && line?.loadAverage > QUIET_LOAD;
    const told =
      line === undefined ? '' : isShared ? ', CPU instead of wall seconds' : `, at a load of ${line.loadAverage}`;
    const facts = { what: `${what}${told}`, limit, digits: 0, source: 'commands.json' };
    if (isShared) return target(part, { ...facts, value: line.cpuSeconds, unit: ' CPU-s' });
    return target(part, { ...facts, value: line?.wallSeconds, unit: ' s' });
  });
}

/** @returns {Target[]} */
export function otherTargets() {
  const named = (/** @type {string} */ file, /** @type {RegExp} */ name) =>
    readResult(file).results.find((/** @type {any} */ line) => name.test(line.name ?? ''));
  const noise = named('noise.json', /^discrete Gaussian, variance 100\//);
  const everything = named('evaluation.json', /^everything/);
  const copula = (/** @type {RegExp} */ name) => named('copula-speed.json', name);
  const coverage = readResult('copula-coverage.json').coverage ?? {};
  const seconds = { unit: ' s', digits: 2 };
  return [
    target('accounting', {
      what: 'loss distribution of 10,000 DP-SGD steps',
      value: named('accounting.json', /q=0.01 sigma=1, 10,000/)?.firstCpuSeconds,
      limit: 2,
      ...seconds,
      source: 'accounting.json',
    }),
    target('accounting', {
      what: 'planning of AIM, 60 rounds',
      value: named('accounting.json', /AIM-like/)?.firstCpuSeconds,
      limit: 1,
      ...seconds,
      source: 'accounting.json',
    }),
    target('noise', {
      what: '1,000,000 exact discrete Gaussian draws',
      value: noise?.cpuSeconds,
      limit: 3,
      unit: ' CPU-s',
      digits: 2,
      source: 'noise.json',
    }),
    target('command line', {
      what: '`tabveil --help`',
      value: readResult('help-startup.json').help?.medianMs,
      limit: 300,
      unit: ' ms',
      digits: 0,
      source: 'help-startup.json',
    }),
    target('copula', {
      what: 'fit of 1,000,000 × 15 after reading',
      value: copula(/^15 columns × 1000000 rows: fit/)?.wallSeconds,
      limit: 10,
      ...seconds,
      source: 'copula-speed.json',
    }),
    target('copula', {
      what: 'fit of 200 columns',
      value: copula(/^200 columns × .*: fit/)?.wallSeconds,
      limit: 60,
      ...seconds,
      source: 'copula-speed.json',
    }),
    target('copula', {
      what: 'codes per core',
      value: copula(/^15 columns: systematic$/)?.rowsPerSecond,
      limit: 1_000_000,
      unit: ' rows/s',
      digits: 0,
      higher: true,
      source: 'copula-speed.json',
    }),
    ...['mean', 'quantile', 'correlation'].map((kind) =>
      target('copula', {
        what: `${kind}s of lending within their error bars, share of 40 runs`,
        value: coverage[kind],
        limit: 0.95,
        digits: 2,
        higher: true,
        source: 'copula-coverage.json',
      }),
    ),
    target('evaluation', {
      what: 'everything on 26,048 × 15 with a holdout',
      value: everything?.wallSeconds,
      limit: 90,
      ...seconds,
      source: 'evaluation.json',
    }),
    target('evaluation', {
      what: 'memory of that',
      value: everything?.peakMB,
      limit: 1500,
      unit: ' MB',
      digits: 0,
      source: 'evaluation.json',
    }),
    target('evaluation', {
      what: 'fidelity of 1,000,000 × 15',
      value: named('evaluation.json', /^fidelity, 1000000/)?.wallSeconds,
      limit: 30,
      ...seconds,
      source: 'evaluation.json',
    }),
    target('evaluation', {
      what: 'boosted trees on 26,048 × 14, 100 trees',
      value: named('evaluation.json', /^boosted trees/)?.cpuSeconds,
      limit: 5,
      unit: ' CPU-s',
      digits: 2,
      source: 'evaluation.json',
    }),
    ...commandTargets(),
  ];
}
