import { buildHistogram, type Derivatives, featureOffsets, type Histogram, subtractHistogram } from './histogram.ts';
import { findSplit, type NodeSums, type Split, type TreeLimits } from './split.ts';
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

/** A node that may still be split: its rows are `order[start … end-1]`. */
interface OpenNode {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly sums: NodeSums;
  readonly histogram: Histogram;
  readonly split: Split | undefined;
  children?: readonly [OpenNode, OpenNode];
}

/** Everything that stays the same while one tree grows. */
interface Growth {
  readonly matrix: TreeMatrix;
  readonly derivatives: Derivatives;
  readonly limits: TreeLimits;
  readonly order: Int32Array;
  readonly scratch: Int32Array;
  readonly offsets: Int32Array;
}

/**
 * Grows one tree, best gain first, with leaf values −gradient/(hessian + l2) · `rate`, and adds them to `predictions`.
 * **Cost**: rows · features for the root, and for the smaller child of every split.
 * @source Ke et al., "LightGBM", NeurIPS 2017 (leaf-wise histogram trees); Chen and Guestrin, KDD 2016, equations 5-7.
 */
export function growTree(
  matrix: TreeMatrix,
  derivatives: Derivatives,
  options: { readonly limits: TreeLimits; readonly rate: number; readonly predictions: Float64Array },
): TreeNode {
  const order = Int32Array.from({ length: matrix.rows }, (_, row) => row);
  const offsets = featureOffsets(matrix);
  const growth: Growth = {
    matrix,
    derivatives,
    limits: options.limits,
    order,
    scratch: new Int32Array(matrix.rows),
    offsets,
  };
  const root = openNode(growth, { start: 0, end: matrix.rows, depth: 0, sums: sumRows(derivatives) });
  const leaves = new Set([root]);
  while (leaves.size < options.limits.maxLeaves) {
    const next = bestOf(leaves);
    if (!next?.split) break;
    next.children = splitNode(growth, next, next.split);
    leaves.delete(next);
    for (const child of next.children) leaves.add(child);
  }
  return closeNode(root, growth, options);
}

function sumRows({ gradients, hessians }: Derivatives): NodeSums {
  let gradient = 0;
  let hessian = 0;
  for (let row = 0; row < gradients.length; row += 1) {
    gradient += gradients[row] as number;
    hessian += hessians[row] as number;
  }
  return { gradient, hessian, count: gradients.length };
}

function bestOf(leaves: ReadonlySet<OpenNode>): OpenNode | undefined {
  let best: OpenNode | undefined;
  for (const leaf of leaves) if (leaf.split && leaf.split.gain > (best?.split?.gain ?? 0)) best = leaf;
  return best;
}

type NodeRange = Pick<OpenNode, 'start' | 'end' | 'depth' | 'sums'>;

/** Counts the node's histogram unless it is given, and looks for its best split. */
function openNode(growth: Growth, range: NodeRange, known?: Histogram): OpenNode {
  const { matrix, derivatives, limits, order, offsets } = growth;
  const histogram =
    known ?? buildHistogram(matrix, derivatives, { order, offsets, start: range.start, end: range.end });
  const canSplit = range.depth < limits.maxDepth && range.sums.count >= 2 * limits.minLeafRows;
  const split = canSplit ? findSplit(matrix, histogram, { sums: range.sums, offsets, limits }) : undefined;
  return { ...range, histogram, split };
}

function splitNode(growth: Growth, node: OpenNode, split: Split): readonly [OpenNode, OpenNode] {
  const middle = partition(growth, node, split);
  const depth = node.depth + 1;
  const rightSums = {
    gradient: node.sums.gradient - split.left.gradient,
    hessian: node.sums.hessian - split.left.hessian,
    count: node.sums.count - split.left.count,
  };
  const left: NodeRange = { start: node.start, end: middle, depth, sums: split.left };
  const right: NodeRange = { start: middle, end: node.end, depth, sums: rightSums };
  const leftIsSmaller = split.left.count <= rightSums.count;
  const smaller = openNode(growth, leftIsSmaller ? left : right);
  // The parent's histogram is not needed again, so the sibling's replaces it.
  const larger = openNode(growth, leftIsSmaller ? right : left, subtractHistogram(node.histogram, smaller.histogram));
  return leftIsSmaller ? [smaller, larger] : [larger, smaller];
}

/** Moves the rows that go left to the front, keeping their order; returns the first row of the right side. */
function partition({ matrix, order, scratch }: Growth, node: OpenNode, split: Split): number {
  const codes = matrix.features[split.feature]?.codes as Uint8Array;
  let left = node.start;
  let right = 0;
  for (let at = node.start; at < node.end; at += 1) {
    const row = order[at] as number;
    if (split.goesLeft[codes[row] as number] === 1) order[left++] = row;
    else scratch[right++] = row;
  }
  order.set(scratch.subarray(0, right), left);
  return left;
}

function closeNode(
  node: OpenNode,
  growth: Growth,
  options: { readonly rate: number; readonly predictions: Float64Array },
): TreeNode {
  if (node.children && node.split) {
    const [left, right] = node.children.map((child) => closeNode(child, growth, options)) as [TreeNode, TreeNode];
    return { kind: 'split', feature: node.split.feature, goesLeft: node.split.goesLeft, left, right };
  }
  const value = (-options.rate * node.sums.gradient) / (node.sums.hessian + growth.limits.l2 || 1);
  for (let at = node.start; at < node.end; at += 1) options.predictions[growth.order[at] as number]! += value;
  return { kind: 'leaf', value };
}

/** Adds the tree's value for every row to `out`. */
export function addTree(tree: TreeNode, matrix: TreeMatrix, out: Float64Array): void {
  for (let row = 0; row < matrix.rows; row += 1) {
    let node = tree;
    while (node.kind === 'split') {
      const code = matrix.features[node.feature]?.codes[row] as number;
      node = node.goesLeft[code] === 1 ? node.left : node.right;
    }
    out[row]! += node.value;
  }
}
