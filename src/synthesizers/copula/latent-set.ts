import { erfcx } from '../../math/normal.ts';
import { normalLower, normalQuantile } from '../../math/normal-quantile.ts';

/** An interval [low, high) of a latent axis; ends may be infinite. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** An interval of latent values that meet a condition with the same probability. */
export interface WeightedInterval extends Interval {
  /** In (0, 1]. */
  readonly weight: number;
}

/**
 * The latent values whose cells have weight, ascending; neighbouring cells of equal weight make one interval, cells
 * without mass none.
 */
export function latentIntervals(cuts: Float64Array, order: Int32Array, weights: Float64Array): WeightedInterval[] {
  const intervals: WeightedInterval[] = [];
  for (const [position, code] of order.entries()) {
    const low = position === 0 ? Number.NEGATIVE_INFINITY : cuts[position - 1]!;
    const high = position === cuts.length ? Number.POSITIVE_INFINITY : cuts[position]!;
    const weight = weights[code]!;
    if (!(weight > 0) || !(low < high)) continue;
    const before = intervals.at(-1);
    if (before?.high === low && before.weight === weight) intervals[intervals.length - 1] = { ...before, high };
    else intervals.push({ low, high, weight });
  }
  return intervals;
}

/** log P[Z ≥ x] for standard normal Z; finite far beyond where the probability itself underflows. */
function logUpper(x: number): number {
  return x < 0 ? Math.log1p(-normalLower(x)) : Math.log(0.5 * erfcx(x * Math.SQRT1_2)) - 0.5 * x * x;
}

/** log P[low ≤ Z < high] for standard normal Z, without cancellation in either tail. */
export function logIntervalProbability({ low, high }: Interval): number {
  if (high <= 0) return logIntervalProbability({ low: -high, high: -low });
  if (low <= 0) return Math.log(normalLower(high) - normalLower(low));
  if (high === Number.POSITIVE_INFINITY) return logUpper(low);
  const [near, far] = [logUpper(low), logUpper(high)];
  return near + Math.log(-Math.expm1(far - near));
}

/** Mean of a standard normal Z given that it lies in the interval. */
export function intervalMean({ low, high }: Interval): number {
  const logProbability = logIntervalProbability({ low, high });
  const edge = (x: number) => Math.exp(-0.5 * x * x - logProbability) / Math.sqrt(2 * Math.PI);
  return Math.max(low, Math.min(high, edge(low) - edge(high)));
}

/**
 * Standard normal Z given that it lies in the interval, from one uniform number in [0, 1): the inverse of the conditional
 * distribution function, exact up to rounding.
 */
export function drawWithin({ low, high }: Interval, uniform: number): number {
  // Worked in the lower tail, where probabilities and quantiles keep their relative precision.
  if (low > 0) return -drawWithin({ low: -high, high: -low }, 1 - uniform);
  const below = normalLower(low);
  const drawn = normalQuantile(below + uniform * (normalLower(high) - below));
  return Math.max(low, Math.min(high, drawn));
}
