import { MIN_LEAF_HESSIAN, type NodeSums, nodeValue, type SearchedFeature, type TreeLimits } from './cut.ts';
import { buildHistogram, type CountedRows, type Derivatives, type Histogram, subtractHistogram } from './histogram.ts';
import { LeafQueue } from './leaf-queue.ts';
import { pairwiseSum } from './pairwise-sum.ts';
import { findSplit, type Split } from './split.ts';
import type { TreeMatrix } from './tree-matrix.ts';

/** A fitted regression tree: inner nodes ask one feature, leaves hold a value. */
export type TreeNode =
  | { readonly kind: 'leaf'; readonly value: number }
  | {
      readonly kind: 'split';
      readonly feature: number;
      readonly goesLeft: Uint8Array;
      readonly left: TreeNode;
      readonly right: TreeNode;
    };

/** What all trees on the same rows share: their derivatives, which change from tree to tree, and room to work in. */
export interface GrowthPlan extends CountedRows {
  readonly searched: readonly SearchedFeature[];
  readonly limits: TreeLimits;
  readonly rate: number;
  /** All rows; while a tree grows, those of every node are neighbours. */
  readonly order: Int32Array;
  readonly scratch: Int32Array;
}

/** Prepares trees on the rows of a matrix; the derivatives are filled in before each tree grows. */
export function planGrowth(
  matrix: TreeMatrix,
  { limits, rate, hasHessians }: { readonly limits: TreeLimits; readonly rate: number; readonly hasHessians: boolean },
): GrowthPlan {
  const { rows, features } = matrix;
  const offsets = new Int32Array(features.length + 1);
  const searched = features.map(({ codes, size, isCategorical }, index): SearchedFeature => {
    const offset = offsets[index]!;
    offsets[index + 1] = offset + size;
    return { index, offset, size, isCategorical, hasMissing: codes.includes(size - 1) };
  });
  const [derivatives, gathered] = [makeDerivatives(rows, hasHessians), makeDerivatives(rows, hasHessians)];
  const [order, scratch] = [new Int32Array(rows), new Int32Array(rows)];
  return { matrix, searched, offsets, derivatives, gathered, limits, rate, order, scratch };
}

function makeDerivatives(rows: number, hasHessians: boolean): Derivatives {
  return { gradients: new Float32Array(rows), hessians: new Float32Array(hasHessians ? rows : 0) };
}

/** A node: its rows are `order[start … end-1]`. */
interface OpenNode {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly sums: NodeSums;
  readonly value: number;
  children?: Children;
}

interface Children {
  readonly split: Split;
  readonly left: OpenNode;
  readonly right: OpenNode;
}

/** A leaf that may be split. */
interface Candidate {
  readonly node: OpenNode;
  readonly histogram: Histogram;
  readonly split: Split;
  readonly gain: number;
}

/**
 * Grows one tree, best gain first, with leaf values −gradient / (hessian + l2) · `rate`, and adds them to `predictions`. A tree
 * that finds no split adds nothing.
 * **Cost**: rows · features for the root, and for the smaller child of every split.
 * @source Ke et al., "LightGBM", NeurIPS 2017 (leaf-wise histogram trees); Chen and Guestrin, KDD 2016, equations 5-7.
 */
export function growTree(plan: GrowthPlan, predictions: Float64Array): TreeNode {
  for (let row = 0; row < plan.order.length; row += 1) plan.order[row] = row;
  const waiting = new LeafQueue<Candidate>();
  const root = openRoot(plan, waiting);
  let leaves = 1;
  for (let next = waiting.pop(); next; next = leaves < plan.limits.maxLeaves ? waiting.pop() : undefined) {
    leaves += 1;
    const children = splitNode(plan, next);
    next.node.children = children;
    if (leaves < plan.limits.maxLeaves) queueChildren(plan, { ...next, children }, waiting);
  }
  return closeNode(root, plan, predictions);
}

function openRoot(plan: GrowthPlan, waiting: LeafQueue<Candidate>): OpenNode {
  const end = plan.matrix.rows;
  const histogram = buildHistogram(plan, plan.order);
  const root = { start: 0, end, depth: 0, sums: totalOf(histogram, plan), value: 0 };
  const isLarge = end >= 2 * plan.limits.minLeafRows && root.sums.hessian >= MIN_LEAF_HESSIAN;
  if (isLarge) enqueue(plan, { node: root, histogram }, waiting);
  return root;
}

/** Bins of a histogram that numpy adds up at once: all that a byte can name. */
const BYTE_BINS = 256;

/** Sums over all rows, taken from the bins of the first feature as if it had 255 of them and then the missing one. */
function totalOf(histogram: Histogram, { matrix }: GrowthPlan): NodeSums {
  const size = matrix.features[0]?.size ?? 0;
  const padded = (sums: Float64Array) => {
    const bins = new Float64Array(BYTE_BINS);
    bins.set(sums.subarray(0, Math.max(size - 1, 0)));
    bins[BYTE_BINS - 1] = sums[size - 1] ?? 0;
    return pairwiseSum(bins);
  };
  return { gradient: padded(histogram.gradients), hessian: padded(histogram.hessians), count: matrix.rows };
}

function enqueue(plan: GrowthPlan, found: Pick<Candidate, 'node' | 'histogram'>, waiting: LeafQueue<Candidate>): void {
  const { sums, value } = found.node;
  const split = findSplit(plan.searched, { histogram: found.histogram, sums, value, limits: plan.limits });
  if (split) waiting.push({ ...found, split, gain: split.gain });
}

function splitNode(plan: GrowthPlan, { node, split }: Candidate): Children {
  const middle = partition(plan, node, split);
  const depth = node.depth + 1;
  const rest = {
    gradient: node.sums.gradient - split.left.gradient,
    hessian: node.sums.hessian - split.left.hessian,
    count: node.sums.count - split.left.count,
  };
  const stepOf = (sums: NodeSums) => nodeValue(sums.gradient, sums.hessian, plan.limits.l2);
  const left = { start: node.start, end: middle, depth, sums: split.left, value: stepOf(split.left) };
  const right = { start: middle, end: node.end, depth, sums: rest, value: stepOf(rest) };
  return { split, left, right };
}

function queueChildren(
  plan: GrowthPlan,
  { children, histogram }: { readonly children: Children; readonly histogram: Histogram },
  waiting: LeafQueue<Candidate>,
): void {
  const { limits, order } = plan;
  const { left, right } = children;
  const maySplit = ({ depth, sums }: OpenNode) => depth < limits.maxDepth && sums.count >= 2 * limits.minLeafRows;
  if (!maySplit(left) && !maySplit(right)) return;
  const leftIsSmaller = left.sums.count < right.sums.count;
  const { start, end } = leftIsSmaller ? left : right;
  const smaller = buildHistogram(plan, order.subarray(start, end));
  // The parent's histogram is not needed again, so the sibling's replaces it.
  const larger = subtractHistogram(histogram, smaller);
  if (maySplit(left)) enqueue(plan, { node: left, histogram: leftIsSmaller ? smaller : larger }, waiting);
  if (maySplit(right)) enqueue(plan, { node: right, histogram: leftIsSmaller ? larger : smaller }, waiting);
}

/** Moves the rows that go left to the front, keeping their order; returns the first row of the right side. */
function partition({ matrix, order, scratch }: GrowthPlan, { start, end }: OpenNode, split: Split): number {
  const codes = matrix.features[split.feature]?.codes as Uint8Array;
  const { goesLeft } = split;
  let left = start;
  let right = 0;
  for (let at = start; at < end; at += 1) {
    const row = order[at]!;
    if (goesLeft[codes[row]!] === 1) order[left++] = row;
    else scratch[right++] = row;
  }
  order.set(scratch.subarray(0, right), left);
  return left;
}

function closeNode({ children, value, start, end }: OpenNode, plan: GrowthPlan, predictions: Float64Array): TreeNode {
  if (children) {
    const { feature, goesLeft } = children.split;
    const [left, right] = [children.left, children.right].map((child) => closeNode(child, plan, predictions));
    return { kind: 'split', feature, goesLeft, left: left as TreeNode, right: right as TreeNode };
  }
  const shrunk = value * plan.rate;
  for (let at = start; at < end; at += 1) predictions[plan.order[at]!]! += shrunk;
  return { kind: 'leaf', value: shrunk };
}

/** Adds the tree's value for every row to `out`. */
export function addTree(tree: TreeNode, matrix: TreeMatrix, out: Float64Array): void {
  const codes = matrix.features.map((feature) => feature.codes);
  for (let row = 0; row < matrix.rows; row += 1) {
    let node = tree;
    while (node.kind === 'split') node = node.goesLeft[codes[node.feature]![row]!] === 1 ? node.left : node.right;
    out[row]! += node.value;
  }
}
