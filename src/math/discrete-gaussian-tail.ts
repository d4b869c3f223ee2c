import { type Rational, rationalToNumber } from './rational.ts';

/** Above this standard deviation sums are replaced by the midpoint rule with its first correction (error below 1e-12). */
const LONGEST_SUMMED_SIGMA = 20_000;

/** Terms below this share of the first one cannot change a double. */
const NEGLIGIBLE = 1e-18;

/**
 * P[X ≥ `from`] for the discrete Gaussian, P[X = k] proportional to exp(−k²/(2·variance)) on the integers.
 * @param from an integer; at or below zero the complement is used.
 * **Numerics**: relative error below 1e-12 down to the smallest double.
 * @source Canonne, Kamath, Steinke 2020, Definition 1.
 * @example discreteGaussianTail(1, 3) // 0.00456717
 */
export function discreteGaussianTail(variance: number, from: number): number {
  if (from <= 0) return 1 - discreteGaussianTail(variance, 1 - from);
  return Math.exp(-(from * from) / (2 * variance)) * (scaledSum(variance, from) / normaliser(variance));
}

/** Σ over all integers of exp(−k²/(2·variance)). */
function normaliser(variance: number): number {
  return 1 + 2 * Math.exp(-1 / (2 * variance)) * scaledSum(variance, 1);
}

/** Σ_{k ≥ from} exp((from² − k²)/(2·variance)) for from ≥ 1: first term 1, so that it never underflows. */
function scaledSum(variance: number, from: number): number {
  if (variance > LONGEST_SUMMED_SIGMA ** 2) return scaledIntegral(variance, from);
  let sum = 0;
  for (let step = 0; ; step++) {
    const term = Math.exp(-(step * (2 * from + step)) / (2 * variance));
    sum += term;
    if (term < NEGLIGIBLE * sum) return sum;
  }
}

/** The sum as an integral from `from` − 1/2, plus f′/24 there; used only where steps are tiny against sigma. */
function scaledIntegral(variance: number, from: number): number {
  const sigma = Math.sqrt(variance);
  const start = from - 0.5;
  const scale = Math.exp((from * from - start * start) / (2 * variance));
  const steps = 4096;
  // Gauss tail ∫_start^∞ exp((start² − x²)/2v) dx by Simpson over the part that matters.
  const reach = Math.min(13 * sigma, (45 * variance) / Math.max(start, sigma / 8));
  const width = reach / steps;
  let integral = 0;
  for (let node = 0; node <= steps; node++) {
    const offset = node * width;
    const weight = node === 0 || node === steps ? 1 : node % 2 === 1 ? 4 : 2;
    integral += weight * Math.exp(-(offset * (2 * start + offset)) / (2 * variance));
  }
  return scale * ((integral * width) / 3 - start / variance / 24);
}

/** Squared sensitivity up to which the worst split is found exactly; beyond, that would take seconds. */
const LARGEST_EXACT_SQUARE = 900;

/**
 * The most probability with which keys of one unit alone could reach a threshold: the maximum over integer
 * contributions c_1, c_2, … ≥ 1 with Σ c_i² ≤ l2Sensitivity² of Σ P[c_i + X ≥ threshold], X discrete Gaussian.
 *
 * For l2Sensitivity 1 this is P[1 + X ≥ threshold]. Above `LARGEST_EXACT_SQUARE` the maximum is replaced by an upper bound,
 * l2Sensitivity² times the largest P[c + X ≥ threshold] / c²: contributions bought at the best rate.
 * **Cost**: l2Sensitivity³ steps up to there, l2Sensitivity beyond.
 */
export function worstUniqueKeyDelta(variance: number, threshold: number, l2Sensitivity: number): number {
  const square = Math.floor(l2Sensitivity * l2Sensitivity * (1 + 1e-12));
  const tails = upperTails(variance, threshold, Math.floor(Math.sqrt(square)));
  if (square > LARGEST_EXACT_SQUARE) {
    const bestRate = tails.reduce((best, tail, c) => (c === 0 ? best : Math.max(best, tail / (c * c))), 0);
    return Math.min(1, square * bestRate);
  }
  const worst = new Float64Array(square + 1);
  for (let budget = 1; budget <= square; budget++) {
    for (let c = 1; c * c <= budget; c++) {
      worst[budget] = Math.max(worst[budget]!, worst[budget - c * c]! + tails[c]!);
    }
  }
  return Math.min(1, worst[square]!);
}

/** P[c + X ≥ threshold] for c = 0 … largest, with 0 in place of the first: nothing is contributed there. */
function upperTails(variance: number, threshold: number, largest: number): Float64Array {
  const tails = new Float64Array(largest + 1);
  if (largest < 1) return tails;
  const total = normaliser(variance);
  tails[1] = Math.min(1, discreteGaussianTail(variance, threshold - 1));
  for (let c = 2; c <= largest; c++) {
    tails[c] = Math.min(1, tails[c - 1]! + Math.exp(-((threshold - c) ** 2) / (2 * variance)) / total);
  }
  return tails;
}

/**
 * The smallest integer threshold T whose keys of one unit alone are released with probability at most `delta`.
 * @param variance noise parameter of the discrete Gaussian.
 * **Privacy**: the discrete tail is used; the continuous formula can be one too small.
 * @example stabilityThreshold(rational(25n), 1e-6, 1) // 26
 */
export function stabilityThreshold(variance: Rational, delta: number, l2Sensitivity: number): number {
  const parameter = rationalToNumber(variance);
  let low = 0;
  let high = 1;
  while (worstUniqueKeyDelta(parameter, high, l2Sensitivity) > delta) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (worstUniqueKeyDelta(parameter, middle, l2Sensitivity) > delta) low = middle;
    else high = middle;
  }
  return high;
}
