import type { TreeMatrix } from './tree-matrix.ts';

/** Sums per bin of every feature, features one after the other: gradients, Hessians, rows. */
export interface Histogram {
  readonly gradients: Float64Array;
  /** Of the squared loss: the rows themselves. */
  readonly hessians: Float64Array;
  readonly counts: Float64Array;
}

/** Derivatives of the loss at every row, in single precision. */
export interface Derivatives {
  readonly gradients: Float32Array;
  /** Empty where every second derivative is 1. */
  readonly hessians: Float32Array;
}

/** Rows that trees grow on, with room to collect the derivatives of a node's rows. */
export interface CountedRows {
  readonly matrix: TreeMatrix;
  readonly derivatives: Derivatives;
  readonly gathered: Derivatives;
  /** Position of each feature's first bin, and the number of all bins at the end. */
  readonly offsets: Int32Array;
}

/**
 * Histogram of the given rows, added in their order; all rows of the matrix have to be in its order.
 * **Cost** one addition per row and feature.
 */
export function buildHistogram({ matrix, derivatives, gathered, offsets }: CountedRows, rows: Int32Array): Histogram {
  const out = emptyHistogram(offsets[offsets.length - 1]!, derivatives);
  const isRoot = rows.length === matrix.rows;
  if (!isRoot) gatherRows(derivatives, rows, gathered);
  matrix.features.forEach(({ codes }, index) => {
    if (isRoot) addAll(out, derivatives, { codes, rows, offset: offsets[index]! });
    else addSome(out, gathered, { codes, rows, offset: offsets[index]! });
  });
  return out;
}

function emptyHistogram(bins: number, { hessians }: Derivatives): Histogram {
  const counts = new Float64Array(bins);
  return { gradients: new Float64Array(bins), hessians: hessians.length > 0 ? new Float64Array(bins) : counts, counts };
}

function gatherRows({ gradients, hessians }: Derivatives, rows: Int32Array, out: Derivatives): void {
  for (let at = 0; at < rows.length; at += 1) out.gradients[at] = gradients[rows[at]!]!;
  if (hessians.length > 0) for (let at = 0; at < rows.length; at += 1) out.hessians[at] = hessians[rows[at]!]!;
}

interface BinnedRows {
  readonly codes: Uint8Array;
  readonly rows: Int32Array;
  /** Position of the feature's first bin. */
  readonly offset: number;
}

/** The rows of the root are in order, so that they need no look-up. */
function addAll(out: Histogram, derivatives: Derivatives, { codes, offset }: BinnedRows): void {
  const { gradients: g, hessians: h } = derivatives;
  const { gradients, hessians, counts } = out;
  const hasHessians = h.length > 0;
  for (let row = 0; row < codes.length; row += 1) {
    const bin = offset + codes[row]!;
    gradients[bin]! += g[row]!;
    counts[bin]! += 1;
    if (hasHessians) hessians[bin]! += h[row]!;
  }
}

/** @param derivatives of these rows, in their order */
function addSome(out: Histogram, derivatives: Derivatives, { codes, rows, offset }: BinnedRows): void {
  const { gradients: g, hessians: h } = derivatives;
  const { gradients, hessians, counts } = out;
  const hasHessians = h.length > 0;
  for (let at = 0; at < rows.length; at += 1) {
    const bin = offset + codes[rows[at]!]!;
    gradients[bin]! += g[at]!;
    counts[bin]! += 1;
    if (hasHessians) hessians[bin]! += h[at]!;
  }
}

/** Histogram of the rows of `parent` that are not in `child`; overwrites and returns the parent's. */
export function subtractHistogram(parent: Histogram, child: Histogram): Histogram {
  subtract(parent.gradients, child.gradients);
  subtract(parent.counts, child.counts);
  if (parent.hessians !== parent.counts) subtract(parent.hessians, child.hessians);
  return parent;
}

function subtract(from: Float64Array, values: Float64Array): void {
  for (let bin = 0; bin < from.length; bin += 1) from[bin]! -= values[bin]!;
}
