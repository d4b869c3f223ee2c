import { LATTICE_SLACK } from './loss-pmf.ts';

/** Relative allowance on epsilon for losses rounded onto grid points they miss by their own rounding. */
const RAISE = 4 * LATTICE_SLACK;

/** Upper bounds on the delta of a composition at epsilon = index·step; they fall with the index. */
export interface ComposedCurve {
  readonly step: number;
  /** Smallest and largest index that may be asked for. */
  readonly low: number;
  readonly high: number;
  deltaAt(index: number): number;
}

/**
 * The smallest epsilon ≥ 0 the curve proves at `delta`; `Infinity` when it proves none.
 *
 * Between grid points the true curve is convex in e^epsilon, so it lies below the chord of its upper bounds.
 */
export function epsilonOfCurve(curve: ComposedCurve, delta: number): number {
  let low = Math.max(0, curve.low);
  let high = curve.high;
  if (high < low || !(curve.deltaAt(high) <= delta)) return Number.POSITIVE_INFINITY;
  if (curve.deltaAt(low) <= delta) return low * curve.step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (curve.deltaAt(middle) <= delta) high = middle;
    else low = middle;
  }
  const [above, below] = [curve.deltaAt(low), curve.deltaAt(high)];
  const share = (above - delta) / (above - below);
  const epsilon = low * curve.step + Math.min(curve.step, Math.log1p(share * Math.expm1(curve.step)));
  return epsilon * (1 + RAISE);
}

/** The delta the curve proves at `epsilon`; 1 outside its range. */
export function deltaOfCurve(curve: ComposedCurve, epsilon: number): number {
  const lowered = epsilon * (1 - RAISE);
  const index = Math.floor(lowered / curve.step);
  if (index >= curve.high) return curve.high <= lowered / curve.step ? curve.deltaAt(curve.high) : 1;
  if (index < curve.low) return 1;
  const share = Math.expm1(Math.max(0, lowered - index * curve.step)) / Math.expm1(curve.step);
  const [left, right] = [curve.deltaAt(index), curve.deltaAt(index + 1)];
  return Math.min(1, (left + Math.min(1, share) * (right - left)) * (1 + 1e-12));
}
