import { mean } from '../average.ts';
import type { Interval } from '../intervals.ts';
import type { SelectedColumn } from '../selected-rows.ts';
import { DEFAULT_BOOSTING, fitBoosting, predictBoosting } from '../usefulness/boosting/boosting.ts';
import { fitTreeBins, type TreeMatrix } from '../usefulness/boosting/tree-matrix.ts';
import { rocAuc } from '../usefulness/roc-auc.ts';

const FOLDS = 5;
/** One regression tree of depth 6 gives the in-sample propensities. */
const PROPENSITY_TREE = { trees: 1, rate: 1, limits: { maxLeaves: 64, maxDepth: 6, minLeafRows: 20, l2: 0 } };

/** Real rows above as many rows of another table, with labels 0 and 1. */
export interface LabelledRows {
  readonly columns: readonly SelectedColumn[];
  readonly labels: Uint8Array;
}

/** Rows to tell apart; plain values, so that a worker thread can get them. */
export type DiscriminationJob = LabelledRows &
  (
    | { readonly kind: 'auc' /** All rows in random order: every fifth is a fold. */; readonly order: Int32Array }
    | {
        readonly kind: 'pmse' /** Permutations of the labels behind the null. */;
        readonly orders: readonly Int32Array[];
      }
  );

/** AUC of rows the model did not see. */
export interface DiscriminationAuc {
  readonly kind: 'auc';
  readonly auc: number | null;
  readonly interval: Interval | null;
}

/** In-sample propensity score against its null. */
export interface PropensityError {
  readonly kind: 'pmse';
  readonly pmse: number;
  readonly nullMean: number;
  readonly nullDeviation: number;
  /** `null` when no tree can split the permuted rows. */
  readonly ratio: number | null;
}

/** Does the jobs of one worker, in order. **Cost**: five fits of 100 trees, or a small tree per permutation. */
export function discriminate(jobs: readonly DiscriminationJob[]): readonly (DiscriminationAuc | PropensityError)[] {
  return jobs.map((job) => (job.kind === 'auc' ? outOfFoldAuc(job, job.order) : pmseRatio(job, job.orders)));
}

/** Fewest rows of each table that five folds need. */
export const LEAST_ROWS = 2 * FOLDS;

function outOfFoldAuc({ columns, labels }: LabelledRows, order: Int32Array): DiscriminationAuc {
  const matrix = fitTreeBins(columns)(columns);
  const scores = new Float64Array(labels.length);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const train = order.filter((_, at) => at % FOLDS !== fold);
    const test = order.filter((_, at) => at % FOLDS === fold);
    const targets = Float64Array.from(train, (row) => labels[row] as number);
    // All trees: growing on until the end finds small differences, and the fold left out says whether they are there.
    const model = fitBoosting(takeRows(matrix, train), targets, { loss: 'logistic', options: DEFAULT_BOOSTING });
    const predicted = predictBoosting(model, takeRows(matrix, test));
    test.forEach((row, at) => {
      scores[row] = predicted[at] as number;
    });
  }
  return { kind: 'auc', ...rocAuc(scores, labels) };
}

function takeRows(matrix: TreeMatrix, rows: Int32Array): TreeMatrix {
  const features = matrix.features.map((feature) => ({
    ...feature,
    codes: Uint8Array.from(rows, (row) => feature.codes[row] as number),
  }));
  return { rows: rows.length, features };
}

/**
 * pMSE = mean (propensity − c)² with c the share of synthetic rows, over its mean under permuted labels.
 * @source Snoke, Raab, Nowok, Dibben, Slavkovic, JRSS A 181 (2018) 663-688.
 */
function pmseRatio({ columns, labels }: LabelledRows, orders: readonly Int32Array[]): PropensityError {
  const matrix = fitTreeBins(columns)(columns);
  const pmse = pmseOf(matrix, Float64Array.from(labels));
  const nulls = orders.map((order) =>
    pmseOf(
      matrix,
      Float64Array.from(order, (row) => labels[row] as number),
    ),
  );
  const nullMean = mean(nulls);
  const nullDeviation = Math.sqrt(mean(nulls.map((value) => (value - nullMean) ** 2)));
  return { kind: 'pmse', pmse, nullMean, nullDeviation, ratio: nullMean > 0 ? pmse / nullMean : null };
}

function pmseOf(matrix: TreeMatrix, targets: Float64Array): number {
  const share = targets.reduce((t, y) => t + y, 0) / targets.length;
  const tree = fitBoosting(matrix, targets, { loss: 'squared', options: PROPENSITY_TREE });
  return predictBoosting(tree, matrix).reduce((t, p) => t + (p - share) ** 2, 0) / targets.length;
}
