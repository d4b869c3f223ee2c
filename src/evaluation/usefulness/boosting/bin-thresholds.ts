import { NonSecretMersenneTwister } from './mersenne-twister.ts';

/** Bins of one feature besides the missing one; with it a bin number fills one byte. */
export const MAX_BINS = 255;
/** Above this many rows, thresholds are learned from as many drawn with putting back. */
const MAX_THRESHOLD_ROWS = 200_000;
/** Infinite values stay above every threshold. */
const LARGEST_THRESHOLD = 1e300;

/**
 * Increasing upper ends of all bins but the last: the middle between neighbouring distinct values, or, when there are more
 * than 255 of them, percentiles at whole 255ths: the mean of two neighbouring values where the percentile falls between them.
 * Missing values (NaN) are left out; fewer than two distinct values give none.
 * @source Hyndman and Fan, The American Statistician 50 (1996) 361-365, definition 2, evaluated as numpy does.
 */
export function binThresholds(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1]);
  const cuts =
    distinct.length <= MAX_BINS
      ? distinct.subarray(1).map((high, at) => (distinct[at]! + high) / 2)
      : percentileCuts(sorted);
  const unique = cuts.filter((cut, at) => at === 0 || cut !== cuts[at - 1]);
  return unique.map((cut) => Math.min(cut, LARGEST_THRESHOLD));
}

function percentileCuts(sorted: Float64Array): Float64Array {
  const step = 100 / MAX_BINS;
  return Float64Array.from({ length: MAX_BINS - 1 }, (_, cut) => {
    // In this order of operations the position comes out whole exactly where it does in numpy.
    const position = sorted.length * (((cut + 1) * step) / 100) - 1;
    const at = Math.floor(position);
    const next = sorted[at + 1]!;
    return position === at ? next - (next - sorted[at]!) * 0.5 : next;
  });
}

/**
 * The rows that thresholds are learned from: all, or a sample of 200,000 with putting back.
 * @param seed as `seedOfState` gives it
 */
export function thresholdRows(rows: number, seed: number): Int32Array | 'all' {
  if (rows <= MAX_THRESHOLD_ROWS) return 'all';
  const generator = new NonSecretMersenneTwister(seed);
  return Int32Array.from({ length: MAX_THRESHOLD_ROWS }, () => generator.upTo(rows - 1));
}
