import { type Interval, normalInterval, wilsonInterval, Z_95 } from '../intervals.ts';
import { kolmogorovSmirnov, kolmogorovSmirnovError } from './kolmogorov-smirnov.ts';
import type { NumberSummary } from './number-summary.ts';

/** A score with its interval; `null` where it is not defined. */
export interface Score {
  readonly value: number | null;
  readonly interval: Interval | null;
}

const UNDEFINED: Score = { value: null, interval: null };

/** 1 − KS distance of the present values. */
export function ksComplement(real: NumberSummary, other: NumberSummary): Score {
  const distance = kolmogorovSmirnov(real.sorted, other.sorted);
  if (Number.isNaN(distance)) return UNDEFINED;
  const error = kolmogorovSmirnovError(real.sorted.length, other.sorted.length);
  return { value: 1 - distance, interval: [Math.max(0, 1 - distance - error), Math.min(1, 1 - distance + error)] };
}

/** 1 − |share missing in real − share missing in the other|. */
export function missingValueSimilarity(
  real: Pick<NumberSummary, 'rows' | 'missing'>,
  other: Pick<NumberSummary, 'rows' | 'missing'>,
): Score {
  if (real.rows === 0 || other.rows === 0) return UNDEFINED;
  const p = real.missing / real.rows;
  const q = other.missing / other.rows;
  const error = Math.sqrt((p * (1 - p)) / real.rows + (q * (1 - q)) / other.rows);
  return { value: 1 - Math.abs(p - q), interval: normalInterval(1 - Math.abs(p - q), error) };
}

/**
 * Share of values within the real minimum and maximum. Where real has no missing value, a missing one counts as outside.
 */
export function boundaryAdherence(real: NumberSummary, other: NumberSummary): Score {
  const trials = real.missing > 0 ? other.sorted.length : other.rows;
  if (real.sorted.length === 0 || trials === 0) return UNDEFINED;
  let inside = 0;
  for (const value of other.sorted) if (value >= real.minimum && value <= real.maximum) inside += 1;
  return { value: inside / trials, interval: wilsonInterval(inside, trials) };
}

/** How much of the real range the other table reaches: 1 minus the uncovered parts at both ends, floored at 0. */
export function rangeCoverage(real: NumberSummary, other: NumberSummary): Score {
  const range = real.maximum - real.minimum;
  if (!(range > 0) || other.sorted.length === 0) return UNDEFINED;
  const below = Math.max((other.minimum - real.minimum) / range, 0);
  const above = Math.max((real.maximum - other.maximum) / range, 0);
  return { value: Math.max(0, 1 - below - above), interval: null };
}

/** The three statistics of `statisticSimilarity`. */
export type Statistic = 'mean' | 'median' | 'std';

/** 1 − |statistic_real − statistic_other| / real range, floored at 0; the standard deviation uses n − 1. */
export function statisticSimilarity(real: NumberSummary, other: NumberSummary, statistic: Statistic): Score {
  const range = real.maximum - real.minimum;
  const field = { mean: 'mean', median: 'median', std: 'standardDeviation' } as const;
  const difference = Math.abs(real[field[statistic]] - other[field[statistic]]);
  if (!(range > 0) || Number.isNaN(difference)) return UNDEFINED;
  const value = Math.max(0, 1 - difference / range);
  const error = Math.hypot(standardErrorOf(real, statistic), standardErrorOf(other, statistic)) / range;
  // A single value has no spread to judge by.
  return { value, interval: Number.isNaN(error) ? null : normalInterval(value, error) };
}

/** Large-sample standard error of a statistic. */
function standardErrorOf(column: NumberSummary, statistic: Statistic): number {
  const n = column.sorted.length;
  if (statistic === 'mean') return column.standardDeviation / Math.sqrt(n);
  if (statistic === 'median') return medianError(column.sorted);
  let fourth = 0;
  for (const value of column.sorted) {
    const square = (value - column.mean) * (value - column.mean);
    fourth += square * square;
  }
  const variance = column.standardDeviation ** 2;
  return variance === 0 ? 0 : Math.sqrt(Math.max(fourth / n - variance ** 2, 0) / n) / (2 * column.standardDeviation);
}

/** Half the width of the order-statistic interval of the median, in standard errors. */
function medianError(sorted: Float64Array): number {
  const n = sorted.length;
  const reach = (Z_95 * Math.sqrt(n)) / 2;
  const low = sorted[Math.max(0, Math.floor(n / 2 - reach))] ?? 0;
  const high = sorted[Math.min(n - 1, Math.ceil(n / 2 + reach))] ?? 0;
  return (high - low) / (2 * Z_95);
}
