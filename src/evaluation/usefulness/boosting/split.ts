import { scanCategories } from './category-split.ts';
import type { Cut, NodeSums, SearchedFeature, SearchedNode } from './cut.ts';
import { scanNumbers } from './number-split.ts';

/** A split: bins of a feature that go left. */
export interface Split {
  readonly gain: number;
  readonly feature: number;
  /** 1 where the bin goes left. */
  readonly goesLeft: Uint8Array;
  readonly left: NodeSums;
}

/**
 * Best split of a node over all features, the first among equals; undefined when none is allowed or gains.
 * @source Chen and Guestrin, KDD 2016, algorithms 1 and 3.
 */
export function findSplit(features: readonly SearchedFeature[], node: SearchedNode): Split | undefined {
  const best = openCut();
  for (const feature of features) {
    if (feature.isCategorical) scanCategories(best, feature, node);
    else scanNumbers(best, feature, node);
  }
  const feature = features[best.feature];
  if (feature === undefined) return undefined;
  const goesLeft = sidesOf(best, feature);
  // Without missing values to learn from, they follow the larger side.
  if (!feature.hasMissing) goesLeft[feature.size - 1] = Number(best.count * 2 > node.sums.count);
  const { gain, gradient, hessian, count } = best;
  return { gain, feature: best.feature, goesLeft, left: { gradient, hessian, count } };
}

function openCut(): Cut {
  const nothing = { gradient: 0, hessian: 0, count: 0 };
  return { gain: 0, feature: -1, bin: -1, missingLeft: false, categories: undefined, ...nothing };
}

function sidesOf({ bin, missingLeft, categories }: Cut, { size }: SearchedFeature): Uint8Array {
  const goesLeft = new Uint8Array(size);
  if (categories) {
    for (const category of categories) goesLeft[category] = 1;
    return goesLeft;
  }
  goesLeft.fill(1, 0, bin + 1);
  goesLeft[size - 1] = Number(missingLeft);
  return goesLeft;
}
