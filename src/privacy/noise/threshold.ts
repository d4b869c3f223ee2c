import { TabveilError } from '../../errors.ts';
import type { Rational } from '../../math/rational.ts';
import { gaussianTail, laplaceTail, type UpperTail } from './tails.ts';

/** The noise that a stability histogram adds to each count. */
export type ThresholdNoise =
  | { readonly kind: 'discrete-gaussian'; readonly variance: Rational }
  | { readonly kind: 'discrete-laplace'; readonly scale: Rational };

/** What a stability histogram promises. */
export interface StabilityClaim {
  /** Probability that a key of one unit alone is shown; between 0 and 1/2. */
  readonly delta: number;
  /** Rows one unit may contribute, all of them to one key or spread over several; a positive integer. */
  readonly maxRows: number;
}

/** A threshold and the probability it leaves. */
export interface StabilityThreshold {
  readonly threshold: number;
  /** Probability that a key of one unit alone is shown, rounded up. */
  readonly delta: number;
}

/**
 * The smallest integer T such that a unit whose keys nobody else has is shown with probability at most `delta`:
 * P[1 + noise ≥ T] ≤ delta for a unit of one row.
 *
 * **Privacy**: add/remove of one unit with up to `maxRows` rows. Of all ways to spread k rows over fresh keys, the worst
 * is all on one key or one on each: P[count + noise ≥ T] is convex in the count below T, so the union bound over the
 * keys is largest at an end. Both are checked.
 * **Numerics**: uses the discrete tail, rounded up; the continuous formula would be too small by one or more.
 * @throws TabveilError when delta is not between 0 and 1/2 or `maxRows` is not a positive integer.
 * @example stabilityThreshold({ kind: 'discrete-gaussian', variance: rational(25n) }, { delta: 1e-6, maxRows: 1 })
 * // { threshold: 26, delta: 4.597e-7 }
 * @source Wilson et al., "Differentially private SQL with bounded user contribution", 2020, with discrete noise.
 */
export function stabilityThreshold(noise: ThresholdNoise, claim: StabilityClaim): StabilityThreshold {
  const { delta, maxRows } = claim;
  if (!(delta > 0 && delta < 0.5) || !Number.isSafeInteger(maxRows) || maxRows < 1) {
    throw new TabveilError(
      'usage',
      'threshold.claim',
      `stability threshold: delta ${delta} with ${maxRows} rows per unit; delta must lie between 0 and 0.5 and the rows be a positive integer.`,
    );
  }
  const tail = tailOf(noise);
  let [tooSmall, enough] = [maxRows, maxRows + tail.end + 1];
  while (enough - tooSmall > 1) {
    const middle = Math.floor((tooSmall + enough) / 2);
    if (exposure(tail, middle, maxRows) <= delta) enough = middle;
    else tooSmall = middle;
  }
  return { threshold: enough, delta: exposure(tail, enough, maxRows) };
}

/**
 * Probability, rounded up, that a unit of up to `maxRows` rows shows any key that nobody else has; 1 when the threshold
 * is not above `maxRows`.
 */
export function stabilityDelta(noise: ThresholdNoise, threshold: number, maxRows: number): number {
  return threshold > maxRows ? exposure(tailOf(noise), threshold, maxRows) : 1;
}

function tailOf(noise: ThresholdNoise): UpperTail {
  return noise.kind === 'discrete-gaussian' ? gaussianTail(noise.variance) : laplaceTail(noise.scale);
}

/** The larger of: all rows on one fresh key, one row on each of `maxRows` fresh keys. */
function exposure(tail: UpperTail, threshold: number, maxRows: number): number {
  return Math.min(1, Math.max(tail.at(threshold - maxRows), maxRows * tail.at(threshold - 1)));
}
