import { normalUpperQuantile } from '../../math/normal.ts';
import { binomialLowerLimit, binomialUpperLimit, type Successes } from './binomial-limits.ts';

/** What a threshold on scores achieved: hits on each side. */
export interface Hits {
  /** Runs without the unit whose score reached the threshold. */
  readonly without: Successes;
  /** Runs with the unit whose score reached the threshold. */
  readonly with: Successes;
}

/** Confidence limits of a test: both hold at once. */
export interface RateLimits {
  /** Lower limit of the rate of true positives. */
  readonly truePositive: number;
  /** Upper limit of the rate of false positives. */
  readonly falsePositive: number;
}

/** Limits that hold together with confidence 1 - alpha. */
export function limitRates(hits: Hits, alpha: number): RateLimits {
  return {
    truePositive: binomialLowerLimit(hits.with, alpha / 2),
    falsePositive: binomialUpperLimit(hits.without, alpha / 2),
  };
}

/**
 * The smallest epsilon that (epsilon, `delta`)-DP would need to allow such rates, from both directions.
 * @returns 0 when the rates prove nothing.
 */
export function epsilonNeeded({ truePositive, falsePositive }: RateLimits, delta: number): number {
  const forward = Math.log((truePositive - delta) / falsePositive);
  const backward = Math.log((1 - falsePositive - delta) / (1 - truePositive));
  return Math.max(0, forward || 0, backward || 0);
}

/**
 * The smallest mu that mu-Gaussian differential privacy would need to allow such rates.
 * @returns 0 when the rates prove nothing.
 * @source Nasr et al., "Tight auditing of differentially private machine learning", USENIX Security 2023.
 */
export function muNeeded({ truePositive, falsePositive }: RateLimits): number {
  if (truePositive <= falsePositive || truePositive <= 0 || falsePositive >= 1) return 0;
  return Math.max(0, normalUpperQuantile(falsePositive) - normalUpperQuantile(truePositive));
}

/** The smallest delta that (0, delta)-DP would need to allow such rates: how much more often the test speaks up. */
export function deltaNeeded({ truePositive, falsePositive }: RateLimits): number {
  return Math.max(0, truePositive - falsePositive);
}
