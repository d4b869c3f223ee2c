import type { Histogram } from './histogram.ts';

/** Sums over the rows of a node. */
export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

/** What limits a tree. */
export interface TreeLimits {
  readonly maxLeaves: number;
  readonly maxDepth: number;
  readonly minLeafRows: number;
  /** Penalty on squared leaf values. */
  readonly l2: number;
}

/** What the search for a split knows about a node. */
export interface SearchedNode {
  readonly histogram: Histogram;
  readonly sums: NodeSums;
  /** The node's value before shrinkage. */
  readonly value: number;
  readonly limits: TreeLimits;
}

/** One feature of the rows that trees grow on. */
export interface SearchedFeature {
  readonly index: number;
  /** Position of the feature's first bin in a histogram. */
  readonly offset: number;
  /** Bins including the missing one, which is the last. */
  readonly size: number;
  readonly isCategorical: boolean;
  /** Whether some of those rows lack the feature. */
  readonly hasMissing: boolean;
}

/** The best cut so far, over features too; one object per search, because a search visits thousands of cuts. */
export interface Cut {
  gain: number;
  feature: number;
  /** The last bin that goes left, of a number. */
  bin: number;
  missingLeft: boolean;
  gradient: number;
  hessian: number;
  count: number;
  /** Bins that go left, of a category. */
  categories: readonly number[] | undefined;
}

/** Least Hessian mass of a node that is split, and on each side of a split. */
export const MIN_LEAF_HESSIAN = 1e-3;
/** Keeps the value of a node without Hessian mass finite. */
const LEAST_CURVATURE = 1e-15;

/** Value of a node: the Newton step −gradient / (hessian + l2). @source Chen and Guestrin, KDD 2016, equation 5. */
export function nodeValue(gradient: number, hessian: number, l2: number): number {
  return -gradient / (hessian + l2 + LEAST_CURVATURE);
}

/**
 * Twice the loss of a node at its own value, up to a constant. A cut gains what its sides lose less than the node. In this order of
 * operations cuts that are equal but for rounding are told apart as in scikit-learn.
 * @source Chen and Guestrin, KDD 2016, equation 6.
 */
export function nodeLoss(gradient: number, hessian: number, l2: number): number {
  return gradient * nodeValue(gradient, hessian, l2);
}
