import type { Histogram } from './histogram.ts';
import type { TreeFeature, TreeMatrix } from './tree-matrix.ts';

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

/** A split: bins of a feature that go left. */
export interface Split {
  readonly gain: number;
  readonly feature: number;
  /** 1 where the bin goes left. */
  readonly goesLeft: Uint8Array;
  readonly left: NodeSums;
}

/** Least Hessian mass on each side of a split. */
const MIN_LEAF_HESSIAN = 1e-3;
/** Rows, in Hessian units, that a category needs to be placed by its own gradient; also smooths its ranking. */
const CATEGORY_SUPPORT = 10;
/** Gains below this are rounding. */
const MIN_GAIN = 1e-7;

/** Best split of a node over all features; undefined when none is allowed or gains. */
export function findSplit(
  matrix: TreeMatrix,
  histogram: Histogram,
  node: { readonly sums: NodeSums; readonly offsets: Int32Array; readonly limits: TreeLimits },
): Split | undefined {
  let best: Split | undefined;
  matrix.features.forEach((feature, index) => {
    const scan: Scan = { histogram, offset: node.offsets[index] as number, sums: node.sums, limits: node.limits };
    const found = feature.isCategorical ? scanCategories(feature, scan) : scanNumbers(feature, scan);
    if (found && found.gain > (best?.gain ?? MIN_GAIN)) best = { ...found, feature: index };
  });
  return best;
}

interface Scan {
  readonly histogram: Histogram;
  readonly offset: number;
  readonly sums: NodeSums;
  readonly limits: TreeLimits;
}

type FeatureSplit = Omit<Split, 'feature'>;

/** A point of a scan and the sums to the left of it; one object per scan, because a scan visits hundreds of points. */
interface Cut {
  gain: number;
  position: number;
  missingLeft: boolean;
  gradient: number;
  hessian: number;
  count: number;
}

function openCut(): Cut {
  return { gain: 0, position: -1, missingLeft: false, gradient: 0, hessian: 0, count: 0 };
}

function scanNumbers(feature: TreeFeature, scan: Scan): FeatureSplit | undefined {
  const { offset, sums } = scan;
  const { gradients, hessians, counts } = scan.histogram;
  const missingBin = feature.size - 1;
  const missing = sumsAt(scan.histogram, offset + missingBin);
  const best = openCut();
  const left = openCut();
  const withMissing = { ...openCut(), missingLeft: true };
  for (let bin = 0; bin < missingBin; bin += 1) {
    const here = counts[offset + bin] as number;
    if (here === 0) continue;
    left.position = bin;
    left.gradient += gradients[offset + bin] as number;
    left.hessian += hessians[offset + bin] as number;
    left.count += here;
    consider(best, scan, left);
    if (missing.count === 0) continue;
    withMissing.position = bin;
    withMissing.gradient = left.gradient + missing.gradient;
    withMissing.hessian = left.hessian + missing.hessian;
    withMissing.count = left.count + missing.count;
    consider(best, scan, withMissing);
  }
  if (best.position < 0) return undefined;
  const goesLeft = new Uint8Array(feature.size).fill(1, 0, best.position + 1);
  // Without missing values to learn from, they follow the larger side.
  goesLeft[missingBin] = Number(missing.count > 0 ? best.missingLeft : best.count * 2 > sums.count);
  return { gain: best.gain, goesLeft, left: sumsOf(best) };
}

function sumsOf({ gradient, hessian, count }: Cut): NodeSums {
  return { gradient, hessian, count };
}

/**
 * Categories sorted by smoothed gradient, then cut as if they were numbers; rare and unseen ones go right.
 * @source Fisher, JASA 53 (1958) 789-798: the best cut of sorted means is the best subset for convex losses.
 */
function scanCategories(feature: TreeFeature, scan: Scan): FeatureSplit | undefined {
  const { histogram, offset, sums } = scan;
  const support = sums.hessian > 0 ? sums.count / sums.hessian : 1;
  const rank = (bin: number) =>
    (histogram.gradients[offset + bin] as number) /
    ((histogram.hessians[offset + bin] as number) + CATEGORY_SUPPORT / support);
  const bins: number[] = [];
  for (let bin = 0; bin < feature.size; bin += 1) {
    if ((histogram.hessians[offset + bin] as number) * support >= CATEGORY_SUPPORT) bins.push(bin);
  }
  bins.sort((a, b) => rank(a) - rank(b) || a - b);
  const best = openCut();
  const left = openCut();
  bins.forEach((bin, position) => {
    left.position = position;
    left.gradient += histogram.gradients[offset + bin] as number;
    left.hessian += histogram.hessians[offset + bin] as number;
    left.count += histogram.counts[offset + bin] as number;
    consider(best, scan, left);
  });
  if (best.position < 0) return undefined;
  const goesLeft = new Uint8Array(feature.size);
  for (const bin of bins.slice(0, best.position + 1)) goesLeft[bin] = 1;
  return { gain: best.gain, goesLeft, left: sumsOf(best) };
}

function sumsAt(histogram: Histogram, bin: number): NodeSums {
  return {
    gradient: histogram.gradients[bin] as number,
    hessian: histogram.hessians[bin] as number,
    count: histogram.counts[bin] as number,
  };
}

/** Keeps the cut when it is allowed and gains more. */
function consider(best: Cut, { sums, limits }: Scan, left: Cut): void {
  if (left.count < limits.minLeafRows || sums.count - left.count < limits.minLeafRows) return;
  const rightHessian = sums.hessian - left.hessian;
  if (left.hessian < MIN_LEAF_HESSIAN || rightHessian < MIN_LEAF_HESSIAN) return;
  const rightGradient = sums.gradient - left.gradient;
  const gain =
    left.gradient ** 2 / (left.hessian + limits.l2) +
    rightGradient ** 2 / (rightHessian + limits.l2) -
    sums.gradient ** 2 / (sums.hessian + limits.l2);
  if (gain <= best.gain) return;
  best.gain = gain;
  best.position = left.position;
  best.missingLeft = left.missingLeft;
  best.gradient = left.gradient;
  best.hessian = left.hessian;
  best.count = left.count;
}
