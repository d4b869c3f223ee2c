import { normalLower, normalQuantile } from '../../math/normal-quantile.ts';

/** A union of disjoint ascending intervals of a latent axis: interval k is [lows[k], highs[k]). */
export interface LatentSet {
  readonly lows: Float64Array;
  readonly highs: Float64Array;
}

/** The latent values whose cells are allowed; neighbouring cells make one interval, cells without mass none. */
export function latentSetOf(cuts: Float64Array, order: Int32Array, allowed: readonly boolean[]): LatentSet {
  const lows: number[] = [];
  const highs: number[] = [];
  for (const [position, code] of order.entries()) {
    const low = position === 0 ? Number.NEGATIVE_INFINITY : cuts[position - 1]!;
    const high = position === cuts.length ? Number.POSITIVE_INFINITY : cuts[position]!;
    if (!allowed[code] || !(low < high)) continue;
    if (highs.length > 0 && highs.at(-1) === low) highs[highs.length - 1] = high;
    else {
      lows.push(low);
      highs.push(high);
    }
  }
  return { lows: Float64Array.from(lows), highs: Float64Array.from(highs) };
}

/** P[low ≤ Z < high] for standard normal Z, without cancellation in either tail. */
function intervalProbability(low: number, high: number): number {
  return low > 0 ? normalLower(-low) - normalLower(-high) : normalLower(high) - normalLower(low);
}

/** P[mean + sigma·Z in the set]. */
export function setProbability({ lows, highs }: LatentSet, mean: number, sigma: number): number {
  let sum = 0;
  for (let k = 0; k < lows.length; k++) {
    sum += intervalProbability((lows[k]! - mean) / sigma, (highs[k]! - mean) / sigma);
  }
  return sum;
}

/** An upper bound of `setProbability` over all means: every interval centred. */
export function boundProbability({ lows, highs }: LatentSet, sigma: number): number {
  let sum = 0;
  for (let k = 0; k < lows.length; k++) {
    const half = (highs[k]! - lows[k]!) / (2 * sigma);
    sum += half === Number.POSITIVE_INFINITY ? 1 : intervalProbability(-half, half);
  }
  return Math.min(1, sum);
}

/**
 * The standard normal Z with mean + sigma·Z in the set, from one uniform number in [0, 1): the inverse of the conditional
 * distribution function, exact up to rounding.
 */
export function drawWithin(set: LatentSet, mean: number, sigma: number, uniform: number): number {
  let rest = uniform * setProbability(set, mean, sigma);
  const last = set.lows.length - 1;
  for (let k = 0; k <= last; k++) {
    const [low, high] = [(set.lows[k]! - mean) / sigma, (set.highs[k]! - mean) / sigma];
    const held = intervalProbability(low, high);
    if (rest < held || k === last) return drawInterval(low, high, Math.min(rest, held));
    rest -= held;
  }
  return Number.NaN;
}

/** The point of an interval below which it holds `mass`; worked in the lower tail, where quantiles are precise. */
function drawInterval(low: number, high: number, mass: number): number {
  const drawn = low > 0 ? -normalQuantile(normalLower(-low) - mass) : normalQuantile(normalLower(low) + mass);
  return Math.max(low, Math.min(high, drawn));
}
