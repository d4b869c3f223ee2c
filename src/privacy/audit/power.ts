import { normalUpper } from '../../math/normal.ts';
import { deltaNeeded, epsilonNeeded, limitRates, muNeeded, type RateLimits } from './rates.ts';

/** How hard an audit tries. */
export interface AuditEffort {
  /** Runs with the unit, and as many without it. */
  readonly runsPerSide: number;
  /** Probability of a false alarm. */
  readonly alpha: number;
}

/**
 * What a pair of neighbours can prove best: `gaussian` a mu, for releases whose losses are nearly Gaussian; `pure` an
 * epsilon at delta 0, `failure` the delta of an event that hardly happens without the unit.
 */
export type AuditTest = 'gaussian' | 'pure' | 'failure';

/** Thresholds tried, as scores of the run without the unit in standard deviations. */
const THRESHOLDS = Array.from({ length: 71 }, (_, index) => -3 + index / 10);

/** Rates of true and false positives. */
type Rates = readonly [truePositive: number, falsePositive: number];

/** Rates of the best tests of a mechanism that uses up a leak of the given size. */
const RATES: Readonly<Record<AuditTest, (leak: number) => readonly Rates[]>> = {
  gaussian: (mu) => THRESHOLDS.map((threshold) => [normalUpper(threshold - mu), normalUpper(threshold)]),
  // Randomised response is the extreme epsilon-DP mechanism.
  pure: (epsilon) => [[1 / (1 + Math.exp(-epsilon)), 1 / (1 + Math.exp(epsilon))]],
  failure: (delta) => [[delta, 0]],
};

const WORTH: Readonly<Record<AuditTest, (limits: RateLimits) => number>> = {
  gaussian: muNeeded,
  pure: (limits) => epsilonNeeded(limits, 0),
  failure: deltaNeeded,
};

/** Limits to expect: those of the expected numbers of hits. */
function expectedLimits([truePositive, falsePositive]: Rates, { runsPerSide, alpha }: AuditEffort): RateLimits {
  const expect = (rate: number) => ({ successes: Math.round(runsPerSide * rate), trials: runsPerSide });
  return limitRates({ without: expect(falsePositive), with: expect(truePositive) }, alpha);
}

/** The lower bound that an audit of a mechanism with exactly this leak can expect to prove at its best threshold. */
export function expectedBound(test: AuditTest, leak: number, effort: AuditEffort): number {
  return Math.max(...RATES[test](leak).map((rates) => WORTH[test](expectedLimits(rates, effort))));
}

/** The epsilon at `delta` that an audit of a Gaussian leak `mu` can expect to prove at its best threshold. */
export function expectedEpsilonBound(mu: number, delta: number, effort: AuditEffort): number {
  return Math.max(...RATES.gaussian(mu).map((rates) => epsilonNeeded(expectedLimits(rates, effort), delta)));
}

/** Bisection steps; the expected bound jumps with whole hits, so more would not sharpen it. */
const STEPS = 16;

/** The smallest leak whose expected lower bound exceeds the claim: what the audit would notice. */
export function smallestDetected(test: AuditTest, claimed: number, effort: AuditEffort): number {
  const largest = test === 'failure' ? 1 : 4 * claimed + 8;
  let [low, high] = [claimed, largest];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (expectedBound(test, middle, effort) > claimed) high = middle;
    else low = middle;
  }
  return high;
}
