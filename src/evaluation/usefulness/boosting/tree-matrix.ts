import type { SelectedColumn } from '../../selected-rows.ts';

/** Bins of one feature besides the missing one; with it a bin number fits one byte. */
const MAX_BINS = 254;

/** One feature as bytes; the last bin is missing or unseen. */
export interface TreeFeature {
  readonly codes: Uint8Array;
  /** Bins including the missing one. */
  readonly size: number;
  readonly isCategorical: boolean;
}

/** Rows of binned features for trees. */
export interface TreeMatrix {
  readonly rows: number;
  readonly features: readonly TreeFeature[];
}

/** How columns become bins; learned from the rows the trees are fitted on. */
type FeatureBins =
  | { readonly kind: 'number'; readonly thresholds: Float64Array }
  | { readonly kind: 'category'; readonly binOf: Int32Array; readonly size: number };

/**
 * Learns bins: at most 254 per column. Numbers are cut between neighbouring distinct values, or at quantiles when there are
 * more values than bins; categories keep a bin each in order of frequency, rarer ones share the missing bin.
 * @returns a function that bins rows of the same columns.
 */
export function fitTreeBins(columns: readonly SelectedColumn[]): (rows: readonly SelectedColumn[]) => TreeMatrix {
  const bins = columns.map(fitFeature);
  return (selected) => {
    const features = selected.map((column, index) => applyBins(bins[index] as FeatureBins, column));
    return { rows: features[0]?.codes.length ?? 0, features };
  };
}

function fitFeature(column: SelectedColumn): FeatureBins {
  if (column.kind === 'number') return { kind: 'number', thresholds: thresholdsOf(column.values) };
  const counts = new Float64Array(column.size);
  for (const code of column.codes) counts[code]! += 1;
  const kept = [...counts.keys()]
    .filter((code) => code < column.size - 1 && (counts[code] as number) > 0)
    .sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
    .slice(0, MAX_BINS);
  const binOf = new Int32Array(column.size).fill(kept.length);
  kept.forEach((code, bin) => {
    binOf[code] = bin;
  });
  return { kind: 'category', binOf, size: kept.length + 1 };
}

function thresholdsOf(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1]);
  const middle = (low: number, high: number) => low + (high - low) / 2;
  if (distinct.length <= MAX_BINS) {
    return Float64Array.from({ length: Math.max(distinct.length - 1, 0) }, (_, i) =>
      middle(distinct[i] as number, distinct[i + 1] as number),
    );
  }
  const cuts = new Set<number>();
  for (let cut = 1; cut < MAX_BINS; cut += 1) {
    const position = ((sorted.length - 1) * cut) / MAX_BINS;
    cuts.add(middle(sorted[Math.floor(position)] as number, sorted[Math.ceil(position)] as number));
  }
  return Float64Array.from(cuts);
}

function applyBins(bins: FeatureBins, column: SelectedColumn): TreeFeature {
  if (bins.kind === 'number' && column.kind === 'number') {
    const missing = bins.thresholds.length + 1;
    const codes = Uint8Array.from(column.values, (value) =>
      Number.isNaN(value) ? missing : countBelow(bins.thresholds, value),
    );
    return { codes, size: missing + 1, isCategorical: false };
  }
  if (bins.kind === 'category' && column.kind === 'category') {
    return {
      codes: Uint8Array.from(column.codes, (code) => bins.binOf[code] as number),
      size: bins.size,
      isCategorical: true,
    };
  }
  throw new TypeError('tree bins: the columns are not those the bins were learned from');
}

/** Number of thresholds below the value. */
function countBelow(thresholds: Float64Array, value: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
