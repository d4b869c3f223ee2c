// @ts-check
/** What this project set out to reach, each with the figure of a results file that says how far it got. */
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
function readResult(name) {
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
function target(part, { what, value, limit, digits = 3, unit = '', higher = false, source }) {
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
function meanOf(system, table, epsilon, read) {
  const runs = readRuns().filter((run) => run.system === system && run.table === table && run.epsilon === epsilon);
  const values = runs.map(read).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : summarise(values).mean;
}

/** @typedef {[model: string, table: string, epsilon: number, tvd3: number | undefined, auc: number | undefined]} Quality */

/** Limits of quality: figures of reference systems on the same split, or what was set above them. */
const QUALITY = /** @type {readonly Quality[]} */ ([
  ['mst', 'adult', 1, 0.109, 0.816],
  ['mst', 'adult', 10, 0.0895, undefined],
  ['mst', 'adult', 0.1, 0.237, undefined],
  ['mst', 'bank', 1, 0.083, 0.79],
  ['aim', 'adult', 1, 0.088, 0.895],
  ['aim', 'adult', 10, 0.065, 0.905],
  ['aim', 'adult', 0.1, 0.216, undefined],
  ['copula', 'adult', 1, 0.14, 0.83],
  ['copula', 'bank', 1, 0.11, 0.8],
  ['ctgan', 'adult', 1, 0.11, 0.87],
]);

/** @returns {Target[]} */
function qualityTargets() {
  return QUALITY.flatMap(([model, table, epsilon, tvd3, auc]) => {
    const read = (/** @type {string} */ score) =>
      meanOf(`tabveil ${model}`, table, epsilon, ({ scores }) => scores[score]);
    const source = `quality.jsonl: ${model}, ${table}, epsilon ${epsilon}`;
    const what = `${table}, epsilon ${epsilon}`;
    return [
      ...(tvd3 === undefined
        ? []
        : [target(model, { what: `tvd3, ${what}`, value: read('tvd3'), limit: tvd3, digits: 4, source })]),
      ...(auc === undefined
        ? []
        : [target(model, { what: `AUC, ${what}`, value: read('tstr_auc'), limit: auc, higher: true, source })]),
    ];
  });
}

/** @returns {Target[]} the nine cells on which `aim` is held against private-pgm's AIM, as far as that was run */
function aimAgainstReference() {
  const cells = ['bank', 'german', 'titanic'].flatMap((table) =>
    [0.1, 1, 10].map((epsilon) => {
      const own = meanOf('tabveil aim', table, epsilon, ({ scores }) => scores.tvd3);
      const other = meanOf('private-pgm-aim', table, epsilon, ({ scores }) => scores.tvd3);
      return own === undefined || other === undefined ? undefined : { table, epsilon, own, other };
    }),
  );
  const known = cells.filter((cell) => cell !== undefined);
  const better = known.filter(({ own, other }) => own <= other);
  return [
    {
      part: 'aim',
      what: 'tvd3 no worse than private-pgm AIM on Bank, German, Titanic at epsilon 0.1, 1, 10',
      wanted: '9 of 9',
      found: `${better.length} of the ${known.length} that the rival finished`,
      met: better.length < known.length ? 'no' : known.length === 9 ? 'yes' : 'open',
      source: 'quality.jsonl and peers.jsonl: the tables above',
    },
  ];
}

/** @returns {Target[]} `copula` beside the non-private copula on small tables */
function copulaAgainstReference() {
  return ['german', 'titanic'].map((table) => {
    const limit = meanOf('sdv-copula', table, 0, ({ scores }) => scores.tvd3) ?? Number.NaN;
    const value = meanOf('tabveil copula', table, 1, ({ scores }) => scores.tvd3);
    const what = `tvd3, ${table}, epsilon 1: better than SDV's copula without privacy`;
    return target('copula', { what, value, limit, digits: 4, source: `quality.jsonl and peers.jsonl: ${table}` });
  });
}

/** @returns {Target[]} */
function costTargets() {
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

/** @returns {Target[]} */
function otherTargets() {
  const named = (/** @type {string} */ file, /** @type {RegExp} */ name) =>
    readResult(file).results.find((/** @type {any} */ line) => name.test(line.name ?? ''));
  const noise = named('noise.json', /^discrete Gaussian, variance 100\//);
  const everything = named('evaluation.json', /^everything/);
  const copula = (/** @type {RegExp} */ name) => named('copula-speed.json', name);
  const coverage = readResult('copula-coverage.json').coverage ?? {};
  const quick = readResult('bench-quick.json');
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
    target('benchmark', {
      what: `\`tabveil bench --quick\` on two cores${quick.loadAverage ? `, at a load of ${quick.loadAverage.least} to ${quick.loadAverage.largest} by others` : ''}`,
      value: quick.wallSeconds,
      limit: 600,
      unit: ' s',
      digits: 0,
      source: 'bench-quick.json',
    }),
  ];
}

/** @returns {Target[]} every target, by part */
export function listTargets() {
  const all = [
    ...qualityTargets(),
    ...aimAgainstReference(),
    ...copulaAgainstReference(),
    ...costTargets(),
    ...otherTargets(),
  ];
  const parts = [...new Set(all.map(({ part }) => part))];
  return parts.flatMap((part) => all.filter((one) => one.part === part));
}
