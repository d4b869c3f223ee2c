// @ts-check
/** What we lose, and why: the reasons in words, and every cell where a private rival is ahead of `aim`, by comparison. */
import { summarise } from './result-lines.mjs';

/** @typedef {import('./runs.mjs').Run} Run */

/**
 * A rival ahead of ours in one score of one cell.
 *
 * @typedef {object} Loss
 * @property {string} table
 * @property {number} epsilon
 * @property {string} score
 * @property {string} rival
 * @property {number} theirs
 * @property {number} ours
 * @property {number} runs of the rival
 */

const SCORES = /** @type {const} */ ([
  { name: 'tvd3', title: 'tvd3', digits: 4, isAhead: (/** @type {number} */ a, /** @type {number} */ b) => a < b },
  { name: 'tstr_auc', title: 'AUC', digits: 3, isAhead: (/** @type {number} */ a, /** @type {number} */ b) => a > b },
]);

/** The model that is held against rivals: what `train` takes unless told otherwise. */
const OURS = 'tabveil aim';

/**
 * Means over runs by table, epsilon and system, private systems with scores only.
 *
 * @param {readonly Run[]} runs
 */
function groupCells(runs) {
  /** @type {Map<string, Run[]>} */
  const cells = new Map();
  for (const run of runs) {
    if (run.epsilon <= 0 || run.unfinished !== undefined) continue;
    const key = [run.table, run.epsilon, run.system].join('|');
    cells.set(key, [...(cells.get(key) ?? []), run]);
  }
  return cells;
}

/**
 * Every cell and score in which a rival's mean is better than ours, and how many there were to compare.
 *
 * @param {readonly Run[]} runs
 * @returns {{ losses: Loss[], compared: number }}
 */
export function compareWithRivals(runs) {
  const cells = groupCells(runs);
  const mean = (/** @type {readonly Run[]} */ own, /** @type {string} */ score) =>
    summarise(own.map(({ scores }) => scores[score] ?? Number.NaN)).mean;
  let compared = 0;
  const losses = [...cells].flatMap(([key, theirs]) => {
    const [table = '', epsilon = '', rival = ''] = key.split('|');
    const ours = cells.get([table, epsilon, OURS].join('|'));
    if (rival.startsWith('tabveil') || ours === undefined) return [];
    return SCORES.flatMap(({ name, isAhead }) => {
      const [their, own] = [mean(theirs, name), mean(ours, name)];
      compared += 1;
      return isAhead(their, own)
        ? [{ table, epsilon: Number(epsilon), score: name, rival, theirs: their, ours: own, runs: theirs.length }]
        : [];
    });
  });
  return { losses, compared };
}

const REASONS = `## What we lose, and why

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
  how many rows to draw.`;

/**
 * @param {readonly Run[]} runs
 * @param {any} rounding what drawing by mbi's default does to a model, if that was measured
 * @returns {string} the section of the page
 */
export function lossesSection(runs, rounding) {
  const { losses, compared } = compareWithRivals(runs);
  const sorted = losses.toSorted((a, b) => {
    const [left, right] = [a, b].map(({ table, epsilon, score }) => `${score === 'tvd3' ? 0 : 1} ${table} ${epsilon}`);
    return (left ?? '') < (right ?? '') ? -1 : 1;
  });
  const rows = sorted.map(({ table, epsilon, score, rival, theirs, ours, runs: count }) => {
    const { title, digits } = SCORES.find(({ name }) => name === score) ?? SCORES[0];
    return `| ${[title, table, epsilon, rival, theirs.toFixed(digits), count, ours.toFixed(digits)].join(' | ')} |`;
  });
  const distances = losses.filter(({ score }) => score === 'tvd3').length;
  return [
    REASONS,
    '',
    `Of ${compared} comparisons of \`aim\` with a private rival (tvd3 and AUC of one rival on one table at one epsilon), the rival is ahead in`,
    `${losses.length}: ${distances} of tvd3 and ${losses.length - distances} of AUC. Runs of rivals are fewer than ours, often one, and the AUC of a model of a few`,
    'hundred rows moves widely from run to run, so read single rows of this table with care. Some cells were not run at all, because they',
    'take many minutes of CPU each.',
    '',
    '| score | table | epsilon | rival | theirs | runs | `aim` |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...roundingNote(rounding),
  ].join('\n');
}

/**
 * What mbi's way of drawing rows does to the rivals that use it.
 *
 * @param {any} rounding results of `peers/checks/mbi_rounding.py`, if there are any
 * @returns {string[]}
 */
function roundingNote(rounding) {
  if (rounding === undefined) return [];
  const { table, versions, apart, neighbours } = rounding;
  const figure = (/** @type {number} */ value) => value.toFixed(3);
  return [
    `**Rivals that draw with mbi ${versions.mbi} lose more than their noise.** SmartNoise's and OpenDP's MST and AIM have good single columns and`,
    'pairs that can be worse than independent ones. The cause is not their measurements: by default the package gives out the rows of a group in the',
    'order they stand in, so columns that the model holds apart become tied. With exact pairs of neighbouring columns of',
    `${table} and no noise at all, rows so drawn lie ${figure(apart.round)} from the model on the pairs that are no neighbours (neighbours: ${figure(neighbours.round)}),`,
    `where independent draws lie ${figure(apart.forward)} from it, and the package's other method ${figure(apart.sample)} (\`mbi-rounding.json\`).`,
    '`opendp-mst-sample` is OpenDP by that other method; SmartNoise offers no choice. private-pgm and dpsynth bring other versions, whose pairs show no such loss.',
  ];
}
