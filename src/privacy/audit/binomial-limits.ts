import { regularizedBeta } from '../../math/beta.ts';

/** Successes among independent trials; successes may be fractional when they are an expectation. */
export interface Successes {
  readonly successes: number;
  readonly trials: number;
}

/**
 * Lower Clopper–Pearson limit: the true rate is at least this with confidence 1 - alpha.
 * @param alpha allowed error of this one limit.
 * **Numerics**: rounded down.
 * @example binomialLowerLimit({ successes: 0, trials: 10 }, 0.01) // 0
 */
export function binomialLowerLimit({ successes, trials }: Successes, alpha: number): number {
  if (successes <= 0) return 0;
  // P[at least k successes] = I_p(k, n-k+1) grows with p; the limit is where it reaches alpha.
  return bisect((rate) => regularizedBeta(rate, successes, trials - successes + 1) > alpha)[0];
}

/**
 * Upper Clopper–Pearson limit: the true rate is at most this with confidence 1 - alpha.
 * **Numerics**: rounded up.
 * @example binomialUpperLimit({ successes: 0, trials: 10 }, 0.01) // 0.369
 */
export function binomialUpperLimit({ successes, trials }: Successes, alpha: number): number {
  if (successes >= trials) return 1;
  // P[at most k successes] = I_(1-p)(n-k, k+1) shrinks with p.
  return bisect((rate) => regularizedBeta(1 - rate, trials - successes, successes + 1) < alpha)[1];
}

/** Neighbouring points of [0, 1] around the one where `isAbove` turns true. */
function bisect(isAbove: (rate: number) => boolean): readonly [number, number] {
  let [low, high] = [0, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (isAbove(middle)) high = middle;
    else low = middle;
  }
  return [low, high];
}
