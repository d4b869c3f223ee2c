import { eventPureEpsilon, failureDelta } from '../accounting/costs/event-cost.ts';
import { gaussianMu } from '../accounting/costs/gaussian.ts';
import { tightestEpsilon } from '../accounting/tightest.ts';
import type { PrivacyEvent } from '../events.ts';

/** One guarantee: (epsilon, delta)-DP. */
export interface Guarantee {
  readonly epsilon: number;
  readonly delta: number;
}

/** A claimed privacy profile: guarantees that all hold at once, by ascending delta. */
export type PrivacyClaim = readonly Guarantee[];

/** Deltas at which a claim is spelled out; more would only refine the claimed curve between them. */
const DELTAS = [1e-9, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4] as const;

/**
 * What the accountants claim for a composition of events, at many deltas: 0 where the claim is pure, and just above the
 * probability of failure where there is one.
 */
export function claimOf(events: readonly PrivacyEvent[]): PrivacyClaim {
  const pure = events.map(eventPureEpsilon);
  const total = pure.reduce<number | undefined>(
    (sum, epsilon) => (sum === undefined || epsilon === undefined ? undefined : sum + epsilon),
    0,
  );
  const failure = failureDelta(events);
  const deltas = [...(failure > 0 ? [failure + DELTAS[0]] : []), ...DELTAS.filter((delta) => delta > failure)];
  const points = deltas.map((delta) => ({ epsilon: tightestEpsilon(events, delta).epsilon, delta }));
  const proven = points.filter(({ epsilon }) => Number.isFinite(epsilon));
  return total === undefined ? proven : [{ epsilon: total, delta: 0 }, ...proven];
}

/**
 * The largest rate of true positives that a claim allows a test with the given rate of false positives: one minus the
 * claimed trade-off function.
 * @source Kairouz, Oh, Viswanath, "The composition theorem for differential privacy", 2015 (regions of (epsilon, delta)).
 */
export function largestTruePositiveRate(claim: PrivacyClaim, falsePositiveRate: number): number {
  return claim.reduce((least, { epsilon, delta }) => {
    const forward = Math.exp(epsilon) * falsePositiveRate + delta;
    const backward = 1 - Math.exp(-epsilon) * (1 - falsePositiveRate - delta);
    return Math.min(least, forward, backward);
  }, 1);
}

/**
 * The largest mu that any guarantee of the claim leaves open; a claim that is exactly mu-Gaussian gives its mu. No test of a
 * mechanism that keeps the claim proves more, but for what lies between the deltas of the claim.
 */
export function impliedMu(claim: PrivacyClaim): number {
  // A delta that needs no epsilon at all is larger than it had to be and says nothing about mu.
  const telling = claim.filter(({ epsilon, delta }) => epsilon > 0 && delta > 0);
  const bounds = telling.map(({ epsilon, delta }) => gaussianMu(epsilon, delta));
  return bounds.reduce((most, mu) => Math.max(most, mu), 0);
}
