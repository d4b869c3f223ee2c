#!/usr/bin/env node
// @ts-check
/**
 * Writes `docs/results.md` from the files in `benchmarks/results/`; a test checks that both agree.
 *
 * Use: `npm run bench:page`
 */
import { join, resolve } from 'node:path';
import { writeWhole } from '../datasets/simulator/columns.mjs';
import { isMain } from '../datasets/simulator/is-main.mjs';
import { readLines, summarise } from './result-lines.mjs';

const RESULTS = join(import.meta.dirname, 'results');
const PAGE = resolve(import.meta.dirname, '../docs/results.md');
const TABLES = { adult: 'Adult', bank: 'Bank', german: 'German', titanic: 'Titanic' };

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
 * @property {number} [peakMiB] peak memory of the whole process that fits
 */

/**
 * @param {Record<string, any>} line
 * @returns {Run}
 */
function peerRun(line) {
  const { maxModelSizeMB, rounds, epochs } = line.settings ?? {};
  const setting = [
    maxModelSizeMB === undefined ? '' : `${maxModelSizeMB} MB`,
    typeof rounds === 'number' ? `${rounds} rounds` : '',
    epochs === undefined ? '' : `${epochs} epochs`,
  ];
  return {
    system: line.peer,
    table: line.table,
    epsilon: line.peer.startsWith('sdv') ? 0 : line.epsilon,
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
  return {
    system: `tabveil ${line.model}`,
    table: line.table,
    epsilon: line.epsilon,
    setting: line.extra ?? '',
    scores: line.scores,
    fitSeconds: Math.max(0, line.fit.cpuSeconds - line.startup.cpuSeconds),
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

/** @returns every run that the results folder holds */
export function readRuns() {
  return [
    ...readLines(join(RESULTS, 'floors.jsonl')).map(floorRun),
    ...latestCommitOnly(readLines(join(RESULTS, 'quality.jsonl'))).map(ownRun),
    ...readLines(join(RESULTS, 'peers.jsonl')).map(peerRun),
  ];
}

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
 * @param {readonly Run[]} runs of one system, table and epsilon
 */
function tableRow(runs) {
  const mean = (/** @type {(run: Run) => number | undefined} */ value) => {
    const numbers = runs.map(value).filter((number) => number !== undefined);
    return numbers.length === 0 ? undefined : summarise(numbers).mean;
  };
  const { sd } = summarise(runs.map((run) => run.scores.tvd3 ?? Number.NaN));
  const [{ system, setting }] = /** @type {[Run]} */ (runs);
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
 * @param {readonly Run[]} runs of one table and epsilon
 */
function tableOf(runs) {
  /** @type {Map<string, Run[]>} */
  const systems = new Map();
  for (const run of runs) {
    const key = `${run.system} ${run.setting}`;
    systems.set(key, [...(systems.get(key) ?? []), run]);
  }
  const error = (/** @type {Run[]} */ group) => summarise(group.map(({ scores }) => scores.tvd3 ?? 1)).mean;
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
| fit CPU-s | CPU seconds of preparing and fitting, start-up of the interpreter and its imports apart |
| peak MiB | peak memory of the process that fits, start-up included |

The rows called real, bootstrap, held out and independent are rulers and no synthesizers: the training rows themselves, a
resample of them, the held-out rows, and columns drawn one by one without privacy.

± is the standard deviation over runs. Systems without a promise of privacy stand in tables of their own. What each rival lets
through beside its noise is stated in its adapter (\`benchmarks/peers/\`) and repeated in the last section.

Reproduce: \`npm run bench:peers:install\`, then \`npm run bench:floors\`, \`npm run bench:quality\`, \`npm run bench:peers\` and
\`npm run bench:page\`. The tables are fetched as \`datasets/NAME/README.md\` says.
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

/** @returns {string} cost of training and sampling against the number of rows */
function scaleSection() {
  const lines = readLines(join(RESULTS, 'scale.jsonl'));
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
  const leaks = new Map(lines.map((line) => [String(line.peer), `${line.preparation}. Leaks: ${line.leaks}.`]));
  const rows = [...leaks].sort(([left], [right]) => (left < right ? -1 : 1));
  return [
    '## What each rival does before and beside its noise',
    '',
    ...rows.map(([peer, text]) => `- **${peer}**: ${text}`),
  ].join('\n');
}

const LOSSES = `## What we lose, and why

- **Small tables at small epsilon.** German and Titanic have a few hundred training rows. At epsilon = 0.1 the noise of one pair is
  larger than the table, and every private system here is far from the data; single columns then beat every joint model.
- **A tree is not enough for prediction.** \`mst\` keeps a spanning tree of pairs: its marginals are good, its AUC is below that of
  \`aim\`, which measures what the tree misses.
- **Heavy tails.** The outermost bin of a heavy-tailed column is wide and nearly empty, so a few counts of noise become a few huge
  values. Quantiles survive this, means suffer visibly and Pearson correlations most (see the worlds). Declaring a tighter maximum,
  or more bins in the tail, is worth more than epsilon there.
- **Rare groups.** Shares below one percent are kept in the mean, but with large relative errors at epsilon = 1, larger still where the
  unit is a patient with several rows.
- **The number of rows costs a little.** Ours is bought from the budget; private-pgm's AIM and the systems without privacy are told
  how many rows to draw.

Where a rival is ahead, the tables say so. Runs of rivals are fewer than ours because some take many minutes of CPU each.`;

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
    return [`## ${title}`, ...tables];
  });
  return `${[INTRODUCTION.trimEnd(), ...sections, scaleSection(), worldsSection(), LOSSES, leaksSection()].filter((text) => text !== '').join('\n\n')}\n`;
}

if (isMain(import.meta.url)) {
  writeWhole(PAGE, resultsPage());
  process.stdout.write(`${PAGE}\n`);
}
