import type { Stream } from '../random/stream.ts';
import type { Interval } from './intervals.ts';

/** Resamples behind a bootstrap interval. */
const RESAMPLES = 200;

/**
 * Percentile bootstrap 95 % interval of a statistic of `rows` independent rows, widened to hold the value itself where the
 * statistic is biased (gaps of maxima and sums of absolute values are).
 *
 * @param statistic - gets row numbers drawn with replacement; `null` where it is undefined, which is left out.
 * @returns `null` when the value or half of the resamples is undefined.
 * @source Efron, Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3.
 */
export function bootstrapInterval(
  value: number | null,
  rows: number,
  { statistic, stream }: { readonly statistic: (rows: Int32Array) => number | null; readonly stream: Stream },
): Interval | null {
  if (value === null || rows === 0) return null;
  const drawn = new Int32Array(rows);
  const found: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    for (let at = 0; at < rows; at += 1) drawn[at] = stream.below(rows);
    const estimate = statistic(drawn);
    if (estimate !== null) found.push(estimate);
  }
  return found.length * 2 < RESAMPLES ? null : percentileInterval(value, found);
}

/** The 2.5 % and 97.5 % quantiles of the estimates, widened to hold the value; at least one estimate. */
export function percentileInterval(value: number, estimates: readonly number[]): Interval {
  const sorted = estimates.toSorted((a, b) => a - b);
  const cut = Math.floor(sorted.length * 0.025);
  const low = sorted[cut] ?? value;
  const high = sorted[sorted.length - 1 - cut] ?? value;
  return [Math.min(low, value), Math.max(high, value)];
}
