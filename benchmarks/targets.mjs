// @ts-check
/** What this project set out to reach, each with the figure of a results file that says how far it got. */
import { costTargets, otherTargets } from './cost-targets.mjs';
import { neuralTargets } from './neural-targets.mjs';
import { meanOf, target } from './target.mjs';

/** @typedef {import('./target.mjs').Target} Target */

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
  ['aim', 'bank', 1, 0.066, 0.87],
  ['copula', 'adult', 1, 0.14, 0.83],
  ['copula', 'bank', 1, 0.11, 0.8],
  ['ctgan', 'adult', 1, 0.11, 0.87],
  ['ctgan adversarial', 'adult', 1, 0.3, 0.75],
]);

/** @param {string} model and the way it learns */
const partOf = (model) => model.split(' ')[0] ?? model;

/** @returns {Target[]} */
function qualityTargets() {
  return QUALITY.flatMap(([model, table, epsilon, tvd3, auc]) => {
    const read = (/** @type {string} */ score) =>
      meanOf(`tabveil ${model}`, table, epsilon, ({ scores }) => scores[score]);
    const source = `quality.jsonl: ${model}, ${table}, epsilon ${epsilon}`;
    const what = `${table}, epsilon ${epsilon}${model.includes('adversarial') ? ', adversarial way' : ''}`;
    return [
      ...(tvd3 === undefined
        ? []
        : [target(partOf(model), { what: `tvd3, ${what}`, value: read('tvd3'), limit: tvd3, digits: 4, source })]),
      ...(auc === undefined
        ? []
        : [target(partOf(model), { what: `AUC, ${what}`, value: read('tstr_auc'), limit: auc, higher: true, source })]),
    ];
  });
}

const REFERENCE_CELLS = ['bank', 'german', 'titanic'].flatMap((table) =>
  [0.1, 1, 10].map((epsilon) => ({ table, epsilon })),
);

/** @returns {Target[]} the nine cells on which `aim` is held against private-pgm's AIM, as far as that was run */
function aimAgainstReference() {
  return [
    compareCells('tvd3 no worse than', 'tvd3', (own, other) => own <= other),
    compareCells('AUC no lower than', 'tstr_auc', (own, other) => own >= other),
  ];
}

/**
 * @param {string} claim
 * @param {string} score
 * @param {(own: number, other: number) => boolean} isBetter
 * @returns {Target}
 */
function compareCells(claim, score, isBetter) {
  const known = REFERENCE_CELLS.flatMap(({ table, epsilon }) => {
    const own = meanOf('tabveil aim', table, epsilon, ({ scores }) => scores[score]);
    const other = meanOf('private-pgm-aim', table, epsilon, ({ scores }) => scores[score]);
    return own === undefined || other === undefined ? [] : [isBetter(own, other)];
  });
  const better = known.filter(Boolean);
  return {
    part: 'aim',
    what: `${claim} private-pgm AIM on Bank, German, Titanic at epsilon 0.1, 1, 10, means of the runs there are`,
    wanted: '9 of 9',
    found: `${better.length} of the ${known.length} that the rival finished`,
    met: better.length < known.length ? 'no' : known.length === REFERENCE_CELLS.length ? 'yes' : 'open',
    source: 'quality.jsonl and peers.jsonl: the tables above',
  };
}

/** @returns {Target[]} `copula` beside the non-private copula on small tables */
function copulaAgainstReference() {
  return ['german', 'titanic'].flatMap((table) => {
    const source = `quality.jsonl and peers.jsonl: ${table}`;
    return [
      { score: 'tvd3', title: 'tvd3', digits: 4, higher: false },
      { score: 'tstr_auc', title: 'AUC', digits: 3, higher: true },
    ].map(({ score, title, ...shape }) => {
      const limit = meanOf('sdv-copula', table, 0, ({ scores }) => scores[score]) ?? Number.NaN;
      const value = meanOf('tabveil copula', table, 1, ({ scores }) => scores[score]);
      const what = `${title}, ${table}, epsilon 1: better than SDV's copula without privacy`;
      return target('copula', { what, value, limit, ...shape, source });
    });
  });
}

/** @returns {Target[]} every target, by part */
export function listTargets() {
  const all = [
    ...qualityTargets(),
    ...aimAgainstReference(),
    ...copulaAgainstReference(),
    ...neuralTargets(),
    ...costTargets(),
    ...otherTargets(),
  ];
  const parts = [...new Set(all.map(({ part }) => part))];
  return parts.flatMap((part) => all.filter((one) => one.part === part));
}
