import type { TableRole } from '../aligned-tables.ts';
import { mean } from '../average.ts';
import type { BinnedTables } from '../bins.ts';
import type { EvaluationInput } from '../families.ts';
import { associationMatrix } from '../fidelity/association.ts';
import { K_MARGINAL_MAX } from '../fidelity/k-marginal.ts';
import { marginalDistances, meanDistance } from '../fidelity/marginal-distance.ts';
import { scoreClassification } from '../usefulness/classification-scores.ts';
import { predictWithTrees, type TrainingRole } from '../usefulness/predictors.ts';
import { labelsOf } from '../usefulness/target.ts';

/** What a score means and which values are good. */
export interface ScoreDefinition {
  readonly title: string;
  readonly better: 'higher' | 'lower';
  readonly definition: string;
}

const distance = (way: number): ScoreDefinition => ({
  title: `${way}-way distance`,
  better: 'lower',
  definition: `mean total variation distance to the training rows over all ${way}-way marginals on the schema's bins; missing is a bin of its own`,
});
const worst = (way: number): ScoreDefinition => ({
  title: `worst ${way}-way distance`,
  better: 'lower',
  definition: `largest total variation distance to the training rows over all ${way}-way marginals`,
});
const heldOut = (way: number): ScoreDefinition => ({
  title: `${way}-way distance to held-out rows`,
  better: 'lower',
  definition: `mean total variation distance to the held-out rows over all ${way}-way marginals`,
});

/** Every score of a benchmark, by the names that result files carry. */
export const SCORE_DEFINITIONS = {
  tvd1: distance(1),
  tvd1_max: worst(1),
  tvd1_test: heldOut(1),
  tvd2: distance(2),
  tvd2_max: worst(2),
  tvd2_test: heldOut(2),
  tvd3: distance(3),
  tvd3_max: worst(3),
  tvd3_test: heldOut(3),
  kmarg: {
    title: 'k-marginal, triples',
    better: 'higher',
    definition: '1000 · (1 − tvd3), the NIST score over all triples',
  },
  aim_err3: {
    title: 'workload error',
    better: 'lower',
    definition: '2 · tvd3, the workload error of all triples in the AIM paper',
  },
  cramer_mad: {
    title: 'association error',
    better: 'lower',
    definition: "mean absolute difference of Cramér's V over all pairs",
  },
  tstr_auc: {
    title: 'AUC',
    better: 'higher',
    definition: 'AUC on held-out real rows of boosted trees trained on the synthetic rows',
  },
  tstr_acc: {
    title: 'accuracy',
    better: 'higher',
    definition: 'accuracy on held-out real rows of the same trees',
  },
  tstr_f1: { title: 'F1', better: 'higher', definition: 'F1 of the positive class of the same trees' },
} as const satisfies Readonly<Record<string, ScoreDefinition>>;

/** Name of a score. */
export type ScoreName = keyof typeof SCORE_DEFINITIONS;

/** Names of all scores in the order of result files. */
export const SCORE_NAMES = Object.keys(SCORE_DEFINITIONS) as readonly ScoreName[];

/** Scores of one table; `null` where a score does not apply (no target, too few columns). */
export type Scores = Readonly<Record<ScoreName, number | null>>;

/** Above this many columns three-way marginals are left out: their number grows with the cube. */
const MAX_COLUMNS_THREE_WAY = 60;

/**
 * Scores a table (`role`) against the training rows (`real`) and the held-out rows (`holdout`), by the definitions that
 * published comparisons of synthesizers use: fixed public bins, all marginals, a classifier trained on the synthetic rows.
 *
 * **Privacy**: a function of private rows that no mechanism protects.
 * @source McKenna et al., "AIM" (2022), section 6; NIST SDNist (k-marginal). All scores equal those of the usual script with
 * numpy and scikit-learn to 1e-6; `docs/benchmarks.md` names the tables on which they may not.
 */
export function scoreTable(input: EvaluationInput, role: 'synthetic' | 'holdout' = 'synthetic'): Scores {
  const ways = [1, 2, 3].flatMap((way) => distancesOf(input, way, role));
  const triples = ways.find(([name]) => name === 'tvd3')?.[1] ?? null;
  return {
    ...(Object.fromEntries(ways) as Pick<Scores, ScoreName>),
    kmarg: triples === null ? null : K_MARGINAL_MAX * (1 - triples),
    aim_err3: triples === null ? null : 2 * triples,
    cramer_mad: associationError(input.binned, role),
    // Training on the held-out rows and testing on them says nothing.
    ...(role === 'holdout' ? NO_CLASSIFIER : classifierScores(input, 'synthetic')),
  };
}

type Entry = readonly [name: string, value: number | null];

function distancesOf(input: EvaluationInput, way: number, role: TableRole): readonly Entry[] {
  const tables = input.binned;
  const isMeasured = way < 3 || tables.columns.length <= MAX_COLUMNS_THREE_WAY;
  const measure = (against: TableRole) =>
    isMeasured ? meanDistance(marginalDistances(tables, way, [against, role])) : null;
  const toTrain = measure('real');
  const toTest = input.hasHoldout && role !== 'holdout' ? measure('holdout') : null;
  return [
    [`tvd${way}`, toTrain?.value ?? null],
    [`tvd${way}_max`, toTrain?.worst.value ?? null],
    [`tvd${way}_test`, toTest?.value ?? null],
  ];
}

function associationError(tables: BinnedTables, role: TableRole): number | null {
  const real = associationMatrix(tables, 'real');
  const other = associationMatrix(tables, role);
  return real.length === 0 ? null : mean([...real].map((value, pair) => Math.abs(value - (other[pair] as number))));
}

type ClassifierScores = Pick<Scores, 'tstr_auc' | 'tstr_acc' | 'tstr_f1'>;

const NO_CLASSIFIER: ClassifierScores = { tstr_auc: null, tstr_acc: null, tstr_f1: null };

/** Scores of trees fitted on one table; of several classes the mean of one against the rest. */
export function classifierScores(input: EvaluationInput, trainedOn: TrainingRole): ClassifierScores {
  const target = input.target();
  if (target?.column.kind !== 'category') return NO_CLASSIFIER;
  const outputs = predictWithTrees(target, trainedOn);
  const at = { role: target.testRole, rows: target.testRows };
  const trained = { role: trainedOn, rows: target.trainRows[trainedOn] };
  const scored = target.classes.map((positive, index) => {
    const scores = scoreClassification(outputs[index] as Float64Array, labelsOf(target, positive, at));
    // A model that has seen one label only finds nothing, even where it names everything.
    return labelsOf(target, positive, trained).includes(0) ? scores : { ...scores, f1: 0 };
  });
  const defined = scored.filter((one) => one.auc !== null);
  if (defined.length === 0) return NO_CLASSIFIER;
  return {
    tstr_auc: mean(defined.map((one) => one.auc ?? 0)),
    tstr_acc: mean(defined.map((one) => one.accuracy)),
    tstr_f1: mean(defined.map((one) => one.f1)),
  };
}
