import { sigmoid } from '../../../math/logistic.ts';
import type { TreeLimits } from './cut.ts';
import { type BoostingLoss, bestConstant, differentiate, meanLoss } from './loss.ts';
import { addTree, growTree, planGrowth, type TreeNode } from './tree.ts';
import type { TreeMatrix } from './tree-matrix.ts';

/** How many trees and how large. */
export interface BoostingOptions {
  readonly trees: number;
  readonly rate: number;
  readonly limits: TreeLimits;
}

/** 100 trees of 31 leaves, rate 0.1, at least 20 rows per leaf: the usual defaults of histogram boosting. */
export const DEFAULT_BOOSTING: BoostingOptions = {
  trees: 100,
  rate: 0.1,
  limits: { maxLeaves: 31, maxDepth: Number.POSITIVE_INFINITY, minLeafRows: 20, l2: 0 },
};

/** A fitted sum of trees. */
export interface BoostedTrees {
  readonly loss: BoostingLoss;
  readonly base: number;
  readonly trees: readonly TreeNode[];
}

/** Rows that trees do not grow on, binned alike; growing ends when they are no longer predicted better. */
export interface ValidationRows {
  readonly matrix: TreeMatrix;
  readonly targets: Float64Array;
}

/** Growing ends when none of so many trees made the validation loss smaller, */
const PATIENCE = 10;
/** by at least this much. */
const LEAST_IMPROVEMENT = 1e-7;

/**
 * Fits gradient-boosted trees on binned features; deterministic. Without validation rows all trees are grown.
 *
 * Trees, leaf values and stopping follow the published behaviour of scikit-learn's histogram gradient boosting, against whose
 * predictions tests compare.
 * **Cost**: about 26,000 rows × 14 features × 100 trees in one second.
 * @source Friedman, Annals of Statistics 29 (2001) 1189-1232, with second-order leaf values; Ke et al., "LightGBM", NeurIPS 2017.
 */
export function fitBoosting(
  matrix: TreeMatrix,
  targets: Float64Array,
  {
    loss,
    options = DEFAULT_BOOSTING,
    validation,
  }: { readonly loss: BoostingLoss; readonly options?: BoostingOptions; readonly validation?: ValidationRows },
): BoostedTrees {
  const base = bestConstant(targets, loss);
  const predictions = new Float64Array(matrix.rows).fill(base);
  const watched = validation && watchRows(validation, { loss, base });
  const plan = planGrowth(matrix, { ...options, hasHessians: loss === 'logistic' });
  const trees: TreeNode[] = [];
  // Equal targets leave nothing to learn but rounding errors.
  const most = targets.some((target) => target !== targets[0]) ? options.trees : 0;
  while (trees.length < most && !watched?.isEnough()) {
    differentiate(predictions, targets, { loss, out: plan.derivatives });
    const tree = growTree(plan, predictions);
    trees.push(tree);
    watched?.add(tree);
  }
  return { loss, base, trees };
}

/** Follows the loss of validation rows from tree to tree. */
function watchRows(
  { matrix, targets }: ValidationRows,
  { loss, base }: { readonly loss: BoostingLoss; readonly base: number },
) {
  const predictions = new Float64Array(matrix.rows).fill(base);
  const losses = [meanLoss(predictions, targets, loss)];
  return {
    add: (tree: TreeNode): void => {
      addTree(tree, matrix, predictions);
      losses.push(meanLoss(predictions, targets, loss));
    },
    isEnough: (): boolean => {
      const before = losses.at(-PATIENCE - 1);
      return before !== undefined && losses.slice(-PATIENCE).every((later) => -later <= -before + LEAST_IMPROVEMENT);
    },
  };
}

/** Predictions of all rows: probabilities of label 1 for the log loss, numbers for the squared loss. */
export function predictBoosting(model: BoostedTrees, matrix: TreeMatrix): Float64Array {
  const out = new Float64Array(matrix.rows).fill(model.base);
  for (const tree of model.trees) addTree(tree, matrix, out);
  return model.loss === 'logistic' ? out.map(sigmoid) : out;
}
