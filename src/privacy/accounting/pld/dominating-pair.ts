import type { LossPmf } from './loss-pmf.ts';

/** Which neighbour the attacker's first hypothesis is: the table with the unit removed against it, or added to it. */
export type Direction = 'remove' | 'add';

/** Logarithm of the moment generating function of a loss at one tilt, with its first two derivatives. */
export interface Cumulant {
  readonly value: number;
  readonly mean: number;
  readonly variance: number;
}

/**
 * A pair of distributions whose hockey-stick curve lies above that of the event for every pair of neighbours.
 * Compositions of events are dominated by products of such pairs, also when each event is chosen adaptively, as long as
 * its parameters are fixed in advance.
 * @source Zhu, Dong, Wang, "Optimal Accounting of Differential Privacy via Characteristic Function", AISTATS 2022,
 * Definition 7 and Theorem 10.
 */
export interface DominatingPair {
  /** Exact delta at epsilon ≥ 0 of one event, rounded up. */
  hockeyStick(epsilon: number): number;
  /**
   * Cumulant of the loss under the first member, an estimate that places grids and tilts, never part of a bound. Large
   * losses of total mass `tail` may be left out, as `discretise` does.
   */
  cumulant(tilt: number, tail?: number): Cumulant;
  /** Largest possible loss; `Infinity` when unbounded. */
  readonly largestLoss: number;
  /** Every loss is a multiple of it, when such a number exists: then a grid of that step loses nothing. */
  readonly lattice: number | undefined;
  /**
   * The loss rounded onto multiples of `step`, dominating the true one. At most `tail` of mass may be moved to infinity
   * to keep the range finite.
   */
  discretise(step: number, tail: number): LossPmf;
}

/** Cumulant of a loss given by weighted points (logarithms of weights). */
export function cumulantOfPoints(losses: Float64Array, logWeights: Float64Array, tilt: number): Cumulant {
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < losses.length; i++) peak = Math.max(peak, logWeights[i]! + tilt * losses[i]!);
  let [total, first] = [0, 0];
  for (let i = 0; i < losses.length; i++) {
    const weight = Math.exp(logWeights[i]! + tilt * losses[i]! - peak);
    total += weight;
    first += weight * losses[i]!;
  }
  const mean = first / total;
  let second = 0;
  for (let i = 0; i < losses.length; i++) {
    second += Math.exp(logWeights[i]! + tilt * losses[i]! - peak) * (losses[i]! - mean) ** 2;
  }
  return { value: peak + Math.log(total), mean, variance: second / total };
}
