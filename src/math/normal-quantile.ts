import { normalUpper } from './normal.ts';

const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** Newton steps on the logarithm of the tail; six reach full precision for every double. */
const MOST_STEPS = 40;

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x - LOG_ROOT_TWO_PI);
}

/** P[Z ≤ x] for standard normal Z. */
export function normalLower(x: number): number {
  return normalUpper(-x);
}

/**
 * The x with P[Z ≤ x] = `probability`; ∓Infinity at 0 and 1.
 * **Numerics**: Newton on the log of the tail, which is concave, so that steps come down to the root from one side;
 * relative error of the tail probability below 1e-12.
 * @example normalQuantile(0.975) // 1.959963984540054
 */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return Number.NEGATIVE_INFINITY;
  if (probability >= 1) return Number.POSITIVE_INFINITY;
  if (probability > 0.5) return -normalQuantile(1 - probability);
  const goal = Math.log(probability);
  // A tail is at most exp(-x²/2)/2, so this start lies beyond the root and steps come down to it.
  let x = Math.sqrt(Math.max(0, -2 * (goal + Math.LN2)));
  for (let step = 0; step < MOST_STEPS; step++) {
    const tail = normalUpper(x);
    const move = ((Math.log(tail) - goal) * tail) / normalDensity(x);
    x += move;
    if (Math.abs(move) < 1e-14 * (1 + Math.abs(x))) break;
  }
  return -x;
}
