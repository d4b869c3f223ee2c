import type { TreeMatrix } from './tree-matrix.ts';

/** Sums per bin of every feature, features one after the other: gradients, Hessians, rows. */
export interface Histogram {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
  readonly counts: Float64Array;
}

/** Position of the first bin of each feature, and the total number of bins at the end. */
export function featureOffsets(matrix: TreeMatrix): Int32Array {
  const offsets = new Int32Array(matrix.features.length + 1);
  matrix.features.forEach((feature, index) => {
    offsets[index + 1] = (offsets[index] as number) + feature.size;
  });
  return offsets;
}

/** Derivatives of the loss at every row. */
export interface Derivatives {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
}

/** Histogram of the rows `order[start … end-1]`. **Cost** one addition per row and feature. */
export function buildHistogram(
  matrix: TreeMatrix,
  derivatives: Derivatives,
  segment: { readonly order: Int32Array; readonly start: number; readonly end: number; readonly offsets: Int32Array },
): Histogram {
  const { order, start, end, offsets } = segment;
  const bins = offsets[offsets.length - 1] as number;
  const out = emptyHistogram(bins);
  const rows = order.subarray(start, end);
  const g = new Float64Array(rows.length);
  const h = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i += 1) {
    g[i] = derivatives.gradients[rows[i] as number] as number;
    h[i] = derivatives.hessians[rows[i] as number] as number;
  }
  matrix.features.forEach((feature, index) => {
    addFeature(out, feature.codes, { rows, g, h, offset: offsets[index] as number });
  });
  return out;
}

interface GatheredRows {
  readonly rows: Int32Array;
  readonly g: Float64Array;
  readonly h: Float64Array;
  readonly offset: number;
}

function addFeature({ gradients, hessians, counts }: Histogram, codes: Uint8Array, gathered: GatheredRows): void {
  const { rows, g, h, offset } = gathered;
  for (let i = 0; i < rows.length; i += 1) {
    const bin = offset + codes[rows[i] as number]!;
    gradients[bin]! += g[i]!;
    hessians[bin]! += h[i]!;
    counts[bin]! += 1;
  }
}

function emptyHistogram(bins: number): Histogram {
  return { gradients: new Float64Array(bins), hessians: new Float64Array(bins), counts: new Float64Array(bins) };
}

/** Histogram of the rows of `parent` that are not in `child`; overwrites and returns the parent's. */
export function subtractHistogram(parent: Histogram, child: Histogram): Histogram {
  for (let bin = 0; bin < parent.counts.length; bin += 1) {
    parent.gradients[bin]! -= child.gradients[bin]!;
    parent.hessians[bin]! -= child.hessians[bin]!;
    parent.counts[bin]! -= child.counts[bin]!;
  }
  return parent;
}
