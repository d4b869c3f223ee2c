#!/usr/bin/env node
// @ts-check
/**
 * Writes `docs/results.md` from the files in `benchmarks/results/`; a test checks that both agree.
 *
 * Use: `npm run bench:page`
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeWhole } from '../datasets/simulator/columns.mjs';
import { isMain } from '../datasets/simulator/is-main.mjs';
import { CLAIMS } from './claims.mjs';
import { lossesSection } from './losses.mjs';
import { NOT_RUNNABLE } from './peers/peers.mjs';
import { drawTable } from './pictures.mjs';
import { readLines, summarise } from './result-lines.mjs';
import { howItEnded, RESULTS, readRuns } from './runs.mjs';
import { listTargets } from './targets.mjs';

const PAGE = resolve(import.meta.dirname, '../docs/results.md');
const PICTURES = resolve(import.meta.dirname, '../docs/pictures');
const TABLES = { adult: 'Adult', bank: 'Bank', german: 'German', titanic: 'Titanic' };

/**
 * @param {number | undefined} value
 * @param {number} digits
 */
function figure(value, digits) {
  return value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits);
}

/**
 * One row of a table: means over runs, and the standard deviation of tvd3 where there are several.
 *
 * @param {readonly import('./runs.mjs').Run[]} runs of one system, table and epsilon
 */
function tableRow(runs) {
  const mean = (/** @type {(run: import('./runs.mjs').Run) => number | undefined} */ value) => {
    const numbers = runs.map(value).filter((number) => number !== undefined);
    return numbers.length === 0 ? undefined : summarise(numbers).mean;
  };
  const [{ unfinished }] = /** @type {[import('./runs.mjs').Run]} */ (runs);
  if (unfinished !== undefined) {
    return `| ${[runs[0]?.system, '0', '', '', '', '', '', unfinished, ''].join(' | ')} |`;
  }
  const { sd } = summarise(runs.map((run) => run.scores.tvd3 ?? Number.NaN));
  const [{ system, setting }] = /** @type {[import('./runs.mjs').Run]} */ (runs);
  const cells = [
    system + (setting === '' ? '' : ` (${setting})`),
    String(runs.length),
    figure(
      mean(({ scores }) => scores.tvd1),
      4,
    ),
    figure(
      mean(({ scores }) => scores.tvd2),
      4,
    ),
    figure(
      mean(({ scores }) => scores.tvd3),
      4,
    ) + (runs.length > 1 ? ` ± ${figure(sd, 4)}` : ''),
    figure(
      mean(({ scores }) => scores.cramer_mad),
      3,
    ),
    figure(
      mean(({ scores }) => scores.tstr_auc),
      3,
    ),
    figure(
      mean(({ fitSeconds }) => fitSeconds),
      1,
    ),
    figure(
      mean(({ peakMiB }) => peakMiB),
      0,
    ),
  ];
  return `| ${cells.join(' | ')} |`;
}

/**
 * @param {readonly import('./runs.mjs').Run[]} runs of one table and epsilon
 */
function tableOf(runs) {
  /** @type {Map<string, import('./runs.mjs').Run[]>} */
  const systems = new Map();
  for (const run of runs) {
    const key = `${run.system} ${run.setting} ${run.unfinished ?? ''}`;
    systems.set(key, [...(systems.get(key) ?? []), run]);
  }
  const error = (/** @type {import('./runs.mjs').Run[]} */ group) =>
    summarise(group.map(({ scores }) => scores.tvd3 ?? 2)).mean;
  const rows = [...systems.values()].sort((left, right) => error(left) - error(right)).map(tableRow);
  return [
    '| system | runs | tvd1 | tvd2 | tvd3 | V error | AUC | fit CPU-s | peak MiB |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const INTRODUCTION = `# Results

Every figure on this page comes from a file in \`benchmarks/results/\` and is written by \`npm run bench:page\`; a test fails when
they differ. Each line of those files names the machine, the versions and the settings.

## How it was measured

All systems get the same training rows, the same split, the same declared bins and categories, the same epsilon and
delta = 1e-9, and are scored by one script that belongs to none of them. Each run is one process. Rivals run at the lowest
priority on one core of a shared machine, so read CPU seconds and not wall seconds.

| column | meaning |
|---|---|
| tvd1, tvd2, tvd3 | mean total variation distance to the training rows over all 1-, 2-, 3-way marginals on the fixed bins; less is better |
| V error | mean absolute error of the Cramér's V matrix; less is better |
| AUC | gradient boosting trained on the synthetic rows, tested on held-out real rows; more is better |
| fit CPU-s | CPU seconds of preparing and fitting, start-up of the interpreter and its imports apart; "stopped at N": the run was ended after N CPU seconds; "failed": it ended with these words; neither has scores |
| peak MiB | peak memory of the process that fits, start-up included |

The rows called real, bootstrap, held out and independent are rulers and no synthesizers: the training rows themselves, a
resample of them, the held-out rows, and columns drawn one by one without privacy.

± is the standard deviation over runs. Systems without a promise of privacy stand in tables of their own. What each rival lets
through beside its noise is stated in its adapter (\`benchmarks/peers/\`) and repeated in the last section.

Reproduce: \`npm run bench:peers:install\`, then \`npm run bench:floors\`, \`npm run bench:quality\`, \`npm run bench:peers\` and
\`npm run bench:page\`. The tables are fetched as \`datasets/NAME/README.md\` says. For a comparison in one command, with scores of our own that equal this script's to
1e-6 (the classifier apart), see [Benchmarks](benchmarks.md).
`;

const WORLDS_INTRODUCTION = `## Worlds with known truth

The simulated worlds (\`datasets/lending\`, \`hiring\`, \`hospital\`) state what is true of their population, so a synthetic table
can be compared with the truth and not with one sample. \`private table\` is the table the models were trained on: only
sampling error keeps it from the truth. 200,000 rows are drawn from each model, delta = 1e-9.

| column | meaning |
|---|---|
| means | error of numeric means in standard deviations, average over columns |
| quantiles | largest error of the distribution function at seven true quantiles, average over columns |
| shares | total variation distance of category shares, average over columns |
| correlation | absolute error of Pearson correlations |
| rates | absolute error of the target's rate within protected groups (regions, genders) or diagnoses |
| rare group | its share over its true share; 1 is right |

The unit of privacy of \`hospital\` is a patient with five visits at most, so the same epsilon buys much less there.`;

/** @returns {string} one table per simulated world */
function worldsSection() {
  const lines = readLines(join(RESULTS, 'truth.jsonl'));
  const key = (/** @type {Record<string, any>} */ line) => [line.world, line.model, line.epsilon].join('|');
  const latest = new Map(lines.map((line) => [key(line), line.commit]));
  const kept = lines.filter((line) => latest.get(key(line)) === line.commit);
  const names = ['meanInSd', 'quantileLevel', 'shares', 'correlation', 'rate', 'rareRatio'];
  const rows = (/** @type {unknown} */ world) =>
    [...new Set(kept.filter((line) => line.world === world).map(key))].map((group) => {
      const runs = /** @type {Record<string, any>[]} */ (kept.filter((line) => key(line) === group));
      const cells = names.map((name) => figure(summarise(runs.map((run) => run.summary[name])).mean, 4));
      const [{ model, epsilon }] = /** @type {[Record<string, any>]} */ (runs);
      return `| ${[model, epsilon === 0 ? '' : epsilon, runs.length, ...cells].join(' | ')} |`;
    });
  const tables = [...new Set(kept.map((line) => line.world))].map((world) =>
    [
      `### ${world}`,
      '',
      '| model | epsilon | runs | means | quantiles | shares | correlation | rates | rare group |',
      '|---|---|---|---|---|---|---|---|---|',
      ...rows(world),
    ].join('\n'),
  );
  return tables.length === 0 ? '' : [WORLDS_INTRODUCTION, ...tables].join('\n\n');
}

const isWide = (/** @type {unknown} */ line) => /** @type {Record<string, any>} */ (line).table === 'wide';

/** @returns {string} cost of training against the number of columns */
function widthSection() {
  const wide = /** @type {Record<string, any>[]} */ (readLines(join(RESULTS, 'scale.jsonl')).filter(isWide));
  const latest = new Map(wide.map((line) => [[line.model, line.columns, line.rows].join('|'), line]));
  if (latest.size === 0) return '';
  const rows = [...latest.values()].map((line) => {
    const cells = [
      `train ${line.model}`,
      line.columns,
      line.rows.toLocaleString('en-US'),
      figure(line.cpuSeconds - line.startup.cpuSeconds, 1),
      figure(line.wallSeconds, 0),
      figure(line.peakBytes / 2 ** 20, 0),
      figure(line.machine.loadAverage, 1),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '## Cost against columns',
    '',
    'Simulated tables of categories (2 to 20 each, eight hidden factors; `benchmarks/wide-table.mjs`), epsilon = 1.',
    '',
    '| step | columns | rows | CPU-s | wall s | peak MiB | load |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @returns {string} cost of training and sampling against the number of rows */
function scaleSection() {
  const lines = readLines(join(RESULTS, 'scale.jsonl')).filter((line) => !isWide(line));
  const key = (/** @type {Record<string, any>} */ line) => [line.step, line.model, line.rows, line.format].join('|');
  const latest = new Map(lines.map((line) => [key(line), line]));
  const rows = [...latest.values()].map((any) => {
    const line = /** @type {Record<string, any>} */ (any);
    const cells = [
      line.step === 'train' ? `train ${line.model}` : `sample from ${line.model} to ${line.format}`,
      line.rows.toLocaleString('en-US'),
      figure(line.cpuSeconds - line.startup.cpuSeconds, 2),
      figure(line.wallSeconds, 1),
      figure(line.peakBytes / 2 ** 20, 0),
      figure(line.machine.loadAverage, 1),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  if (rows.length === 0) return '';
  return [
    '## Cost against rows',
    '',
    '`lending` tables of growing length (15 columns), epsilon = 1. Only counting touches rows, so time grows no faster than they do.',
    'CPU seconds are without start-up; wall seconds are of a machine shared with others, whose load average of the last minute',
    'stands beside them (2 cores: at a load of 8 a process gets a quarter of what it could use).',
    '',
    '| step | rows | CPU-s | wall s | peak MiB | load |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @returns {string} what each rival lets through, once per adapter */
function leaksSection() {
  const lines = readLines(join(RESULTS, 'peers.jsonl'));
  const finished = lines.filter((line) => howItEnded(line) === undefined);
  const leaks = new Map(finished.map((line) => [String(line.peer), `${line.preparation}. Leaks: ${line.leaks}.`]));
  const rows = [...leaks].sort(([left], [right]) => (left < right ? -1 : 1));
  return [
    '## What each rival does before and beside its noise',
    '',
    ...rows.map(([peer, text]) => `- **${peer}**: ${text}`),
    '',
    ...Object.entries(NOT_RUNNABLE).map(([peer, reason]) => `Not measured: **${peer}**, ${reason}.`),
  ].join('\n');
}

/** @param {string} name @returns {any} a results file, or nothing */
function readResult(name) {
  const path = join(RESULTS, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** @returns {string} the table that one command measures again */
function headlineSection() {
  const stored = readResult('headline.json');
  if (stored === undefined) return '';
  const scores = ['tvd1', 'tvd2', 'tvd3', 'cramer_mad', 'tstr_auc'];
  const order = (/** @type {any} */ row) => `${row.table} ${row.scores.tvd3?.mean}`;
  const sorted = stored.rows.toSorted((/** @type {any} */ a, /** @type {any} */ b) => (order(a) < order(b) ? -1 : 1));
  const rows = sorted.map((/** @type {any} */ row) => {
    const cells = scores.map((name) => {
      const score = row.scores[name];
      return score === undefined ? '' : `${figure(score.mean, 4)} ± ${figure(score.repeat, 4)}`;
    });
    const like = row.likeSubsample === undefined ? '' : `${figure(100 * row.likeSubsample, 0)} %`;
    return `| ${[row.table, row.system, ...cells, like, figure(row.fitCpuSeconds, 1), figure(row.peakMiB, 0)].join(' | ')} |`;
  });
  return [
    '## In short: our models at epsilon = 1',
    '',
    `Means of ${stored.rows[0].runs} runs, delta = 1e-9, scored by \`tabveil bench\`. \`npm run bench:headline\` measures them again: the mean of as`,
    `many runs lies within ± of the one here with ${100 * stored.coverage} % each, or the command says which does not. \`lending\` is simulated and needs no`,
    'data. The last column but two is the share of the training rows whose random sample errs as much. AUC is by the definition of',
    'the other tables (see [Benchmarks](benchmarks.md)).',
    '',
    '| table | model | tvd1 | tvd2 | tvd3 | V error | AUC | like a sample of | fit CPU-s | peak MiB |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @returns {string} parts beside their rivals */
function speedSection() {
  const stored = readResult('speed-baseline.json');
  if (stored === undefined) return '';
  const rows = stored.pairs.map((/** @type {any} */ { name, rival, ours, ratio }) => {
    const own = [...ours].sort((a, b) => a - b)[Math.floor(ours.length / 2)];
    return `| ${[name, rival, figure(own, 3), `${ratio.median} (${ratio.low} to ${ratio.high})`].join(' | ')} |`;
  });
  return [
    '## Speed of the parts beside their natural rivals',
    '',
    'Both sides take turns on the same data in one run; CPU seconds of all threads. The ratio is ours over theirs, as median with the least',
    'and the largest round: below 1 we are faster. `npm run bench:speed` measures it, `npm run bench:speed:compare` says what became slower.',
    '',
    '| part | rival | ours, CPU-s | ratio |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @returns {string} what was set as a target, and how far it got */
function targetsSection() {
  const targets = listTargets();
  const count = (/** @type {string} */ met) => targets.filter((one) => one.met === met).length;
  const rows = targets.map(
    ({ part, what, wanted, found, met, source }) => `| ${[part, what, wanted, found, met, source].join(' | ')} |`,
  );
  return [
    '## Targets, and where they stand',
    '',
    `Of ${targets.length} targets, met: ${count('yes')}; not met: ${count('no')}; open: ${count('open')}. The last column names the file in \`benchmarks/results/\` and, where one file`,
    'holds many, its line.',
    '',
    '| part | what | target | measured | met | from |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @returns {string} what tests hold, where no figure says it */
function claimsSection() {
  const rows = CLAIMS.map(({ part, what, file, test }) => `| ${part} | ${what} | \`test/${file}\`: ${test} |`);
  return [
    '## Held by tests',
    '',
    'What must hold and is no figure of a run: each is a test that fails when it does not.',
    '',
    '| part | what | test |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @returns {Map<string, string>} every picture of the page, by file name */
export function resultsPictures() {
  const runs = readRuns();
  const entries = Object.entries(TABLES).flatMap(([table, title]) => {
    const own = runs.filter((run) => run.table === table);
    return own.length === 0 ? [] : [/** @type {[string, string]} */ ([`${table}.svg`, drawTable(title, own)])];
  });
  return new Map(entries);
}

/** @returns {string} the whole page */
export function resultsPage() {
  const runs = readRuns();
  const sections = Object.entries(TABLES).flatMap(([table, title]) => {
    const ofTable = runs.filter((run) => run.table === table);
    const epsilons = [...new Set(ofTable.map(({ epsilon }) => epsilon))].sort((left, right) => right - left);
    if (epsilons.length === 0) return [];
    const tables = epsilons.map((epsilon) =>
      [
        `### ${title}, ${epsilon === 0 ? 'without privacy' : `epsilon = ${epsilon}`}`,
        tableOf(ofTable.filter((run) => run.epsilon === epsilon)),
      ].join('\n\n'),
    );
    const picture = `![Quality against epsilon on ${title}; the tables below hold the numbers](pictures/${table}.svg)`;
    return [`## ${title}`, picture, ...tables];
  });
  return `${[INTRODUCTION.trimEnd(), headlineSection(), ...sections, scaleSection(), widthSection(), speedSection(), worldsSection(), lossesSection(runs, readResult('mbi-rounding.json')), targetsSection(), claimsSection(), leaksSection()].filter((text) => text !== '').join('\n\n')}\n`;
}

if (isMain(import.meta.url)) {
  mkdirSync(PICTURES, { recursive: true });
  for (const [name, svg] of resultsPictures()) writeWhole(join(PICTURES, name), svg);
  writeWhole(PAGE, resultsPage());
  process.stdout.write(`${PAGE}\n`);
}
