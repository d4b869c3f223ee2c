import { pickRows, rowsOf, type SelectedColumn } from '../../selected-rows.ts';
import { binThresholds, MAX_BINS, thresholdRows } from './bin-thresholds.ts';
import { seedOfState } from './mersenne-twister.ts';

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
 * Learns bins: at most 255 per column and one for missing cells. Numbers are cut as `binThresholds` says; categories that
 * occur keep a bin each in their order, and beyond 255 of them the rarest share the missing bin.
 * @param columns all rows that a fit knows; categories are learned from them
 * @param grownOn the rows that trees grow on, when those are fewer; thresholds are learned from them
 * @returns a function that bins rows of the same columns. Features of categories come first, then numbers, either in their
 * order: where two features split equally well the first one is taken.
 */
export function fitTreeBins(
  columns: readonly SelectedColumn[],
  grownOn: readonly SelectedColumn[] = columns,
): (rows: readonly SelectedColumn[]) => TreeMatrix {
  const sample = thresholdRows(rowsOf(grownOn), seedOfState(0));
  const numbers = sample === 'all' ? grownOn : pickRows(grownOn, sample);
  const bins = columns.map((column, index) => fitFeature(column, numbers[index] as SelectedColumn));
  const order = [...bins.keys()].sort((a, b) => Number(isNumber(bins[a])) - Number(isNumber(bins[b])) || a - b);
  return (selected) => ({
    rows: rowsOf(selected),
    features: order.map((index) => applyBins(bins[index] as FeatureBins, selected[index] as SelectedColumn)),
  });
}

const isNumber = (bins: FeatureBins | undefined) => bins?.kind === 'number';

function fitFeature(column: SelectedColumn, grownOn: SelectedColumn): FeatureBins {
  if (column.kind === 'number' && grownOn.kind === 'number')
    return { kind: 'number', thresholds: binThresholds(grownOn.values) };
  if (column.kind === 'category') return fitCategories(column.codes, column.size);
  throw otherColumns();
}

function fitCategories(codes: Int32Array, size: number): FeatureBins {
  const counts = new Float64Array(size);
  for (const code of codes) counts[code]! += 1;
  const kept = [...counts.keys()]
    .filter((code) => code < size - 1 && counts[code]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
    .slice(0, MAX_BINS)
    .sort((a, b) => a - b);
  const binOf = new Int32Array(size).fill(kept.length);
  kept.forEach((code, bin) => {
    binOf[code] = bin;
  });
  return { kind: 'category', binOf, size: kept.length + 1 };
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
    const codes = Uint8Array.from(column.codes, (code) => bins.binOf[code]!);
    return { codes, size: bins.size, isCategorical: true };
  }
  throw otherColumns();
}

function otherColumns(): TypeError {
  return new TypeError('tree bins: the columns are not those the bins were learned from');
}

/** Number of thresholds below the value. */
function countBelow(thresholds: Float64Array, value: number): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
