import { type Rational, rationalToNumber } from './rational.ts';

/**
 * P[X ≥ `from`] for the discrete Laplace, P[X = k] proportional to exp(−|k|/scale) on the integers.
 * @param from an integer; at or below zero the complement is used.
 * **Numerics**: relative error below 1e-13 while from/scale is below 700.
 * @source Ghosh, Roughgarden, Sundararajan 2009 (geometric mechanism), summed.
 * @example discreteLaplaceTail(1, 3) // 0.0363972
 */
export function discreteLaplaceTail(scale: number, from: number): number {
  if (from <= 0) return 1 - discreteLaplaceTail(scale, 1 - from);
  return Math.exp(-from / scale) / (1 + Math.exp(-1 / scale));
}

/** Sensitivity up to which the worst split is found exactly; beyond, that would take seconds. */
const LARGEST_EXACT = 300;

/**
 * The most probability with which keys of one unit alone could reach a threshold: the maximum over integer contributions
 * c_1, c_2, … ≥ 1 with Σ c_i ≤ l1Sensitivity of Σ P[c_i + X ≥ threshold], X discrete Laplace.
 *
 * For l1Sensitivity 1 this is P[1 + X ≥ threshold]. Above `LARGEST_EXACT` the maximum is replaced by an upper bound,
 * l1Sensitivity times the largest P[c + X ≥ threshold] / c.
 * **Cost**: l1Sensitivity² steps up to there, l1Sensitivity beyond.
 */
export function worstUniqueKeyDeltaL1(scale: number, threshold: number, l1Sensitivity: number): number {
  const rows = Math.floor(l1Sensitivity * (1 + 1e-12));
  const tails = Float64Array.from({ length: rows + 1 }, (_, c) =>
    c === 0 ? 0 : discreteLaplaceTail(scale, threshold - c),
  );
  if (rows > LARGEST_EXACT) {
    const bestRate = tails.reduce((best, tail, c) => (c === 0 ? best : Math.max(best, tail / c)), 0);
    return Math.min(1, rows * bestRate);
  }
  const worst = new Float64Array(rows + 1);
  for (let budget = 1; budget <= rows; budget++) {
    for (let c = 1; c <= budget; c++) worst[budget] = Math.max(worst[budget]!, worst[budget - c]! + tails[c]!);
  }
  return Math.min(1, worst[rows]!);
}

/**
 * The smallest integer threshold T whose keys of one unit alone are released with probability at most `delta`.
 * @param scale of the discrete Laplace.
 * **Privacy**: the discrete tail is used; the continuous formula 1 − scale·ln(2·delta) can be one too small.
 * @example laplaceThreshold(rational(1n), 1e-6, 1) // 15
 */
export function laplaceThreshold(scale: Rational, delta: number, l1Sensitivity: number): number {
  const parameter = rationalToNumber(scale);
  let [low, high] = [0, 1];
  while (worstUniqueKeyDeltaL1(parameter, high, l1Sensitivity) > delta) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (worstUniqueKeyDeltaL1(parameter, middle, l1Sensitivity) > delta) low = middle;
    else high = middle;
  }
  return high;
}
