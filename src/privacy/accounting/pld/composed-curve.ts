import type { ComposedLoss } from './compose.ts';
import { LATTICE_SLACK } from './loss-pmf.ts';
import { type Remainder, remainderAt } from './remainder.ts';

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
  return (epsilon >= 0 ? epsilon : high * curve.step) * (1 + RAISE);
}

/** The delta the curve proves at `epsilon`; 1 outside its range. */
export function deltaOfCurve(curve: ComposedCurve, epsilon: number): number {
  const lowered = epsilon * (1 - RAISE);
  const index = Math.floor(lowered / curve.step);
  if (index >= curve.high) return curve.high <= lowered / curve.step ? curve.deltaAt(curve.high) : 1;
  if (index < curve.low) return 1;
  const share = Math.expm1(Math.max(0, lowered - index * curve.step)) / Math.expm1(curve.step);
  const [left, right] = [curve.deltaAt(index), curve.deltaAt(index + 1)];
  const delta = (left + Math.min(1, share) * (right - left)) * (1 + 1e-12);
  return Number.isNaN(delta) ? 1 : Math.min(1, delta);
}

/** delta at index i is Σ_{j>i} mass_j·(1 − e^((i − j)·step)) plus what was lost, by one pass over positive terms. */
export function plainCurve({ window, mass, lost }: ComposedLoss): ComposedCurve {
  const deltas = new Float64Array(mass.length);
  const [keep, rise] = [Math.exp(-window.step), -Math.expm1(-window.step)];
  let [tail, drop] = [0, 0];
  for (let j = mass.length - 1; j >= 0; j--) {
    drop = keep * drop + rise * tail;
    tail += mass[j]!;
    deltas[j] = Math.min(1, (drop + lost) * (1 + 1e-13));
  }
  return {
    step: window.step,
    low: window.bottom,
    high: window.bottom + mass.length - 1,
    deltaAt: (index) => deltas[index - window.bottom]!,
  };
}

/**
 * delta at index i is Σ_j mass_j·V(i − j), plus what was lost, plus what losses below the window could contribute. The
 * masses are bounds one by one but cannot exceed 1 together; V grows with j, so the largest losses take the 1 first.
 */
export function mixedCurve({ window, mass, lost }: ComposedLoss, remainder: Remainder): ComposedCurve {
  const { first, values } = remainder;
  const sums = sumMasses(mass, window.step);
  const { capped, above, aboveShrunk, below } = sums;
  const last = values[values.length - 1]!;
  const deltaAt = (index: number) => {
    // Loss j leaves the budget index − bottom − j: beyond the stored ones V is constant, below them a chord.
    const reach = index - window.bottom - first;
    const start = clamp(reach - values.length + 1, mass.length);
    const end = clamp(reach + 1, mass.length);
    let sum = lost + remainderAt(remainder, index - window.bottom) + last * below[start]!;
    for (let j = start; j < end; j++) sum += capped[j]! * values[reach - j]!;
    const chord = (1 - values[0]!) * Math.exp((reach - end) * window.step);
    return Math.min(
      1,
      (sum + Math.max(0, above[end]! - chord * aboveShrunk[end]!)) * (1 + 1e-13) + 2 ** -50 * above[end]!,
    );
  };
  return {
    step: window.step,
    low: window.bottom,
    high: window.bottom + mass.length + first + values.length,
    deltaAt,
  };
}

interface MassSums {
  readonly capped: Float64Array;
  /** Σ_{m < j} capped_m. */
  readonly below: Float64Array;
  /** Σ_{m ≥ j} capped_m and Σ_{m ≥ j} capped_m·e^−(m − j)·step. */
  readonly above: Float64Array;
  readonly aboveShrunk: Float64Array;
}

function sumMasses(mass: Float64Array, step: number): MassSums {
  const { length } = mass;
  const capped = mass.slice();
  const [below, above, aboveShrunk] = [1, 2, 3].map(() => new Float64Array(length + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const keep = Math.exp(-step);
  let left = 1 + 1e-9;
  for (let j = length - 1; j >= 0; j--) {
    capped[j] = Math.min(left, capped[j]!);
    left -= capped[j]!;
    above[j] = above[j + 1]! + capped[j]!;
    aboveShrunk[j] = capped[j]! + keep * aboveShrunk[j + 1]!;
  }
  for (let j = 0; j < length; j++) below[j + 1] = below[j]! + capped[j]!;
  return { capped, below, above, aboveShrunk };
}

function clamp(index: number, length: number): number {
  return Math.min(length, Math.max(0, index));
}
