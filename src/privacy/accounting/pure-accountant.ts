import type { PrivacyEvent } from '../events.ts';
import { type Accountant, requireDelta, requireEpsilon, requireSupport } from './accountant.ts';
import { eventPureEpsilon } from './costs/event-cost.ts';

/**
 * Pure differential privacy: epsilons add up (basic composition) and delta is not needed.
 * @source Dwork, Roth 2014, Theorem 3.14.
 */
export const pureAccountant: Accountant = {
  name: 'pure',
  supports: (event) => eventPureEpsilon(event) !== undefined,
  epsilon(events, delta) {
    requireDelta(delta);
    requireSupport(pureAccountant, events);
    return totalEpsilon(events);
  },
  delta(events, epsilon) {
    requireEpsilon(epsilon);
    requireSupport(pureAccountant, events);
    const total = totalEpsilon(events);
    if (total <= epsilon) return 0;
    // A total-DP mechanism has hockey-stick divergence at most that of randomised response.
    return Math.min(1, (-Math.expm1(epsilon - total) / (1 + Math.exp(-total))) * (1 + 1e-14));
  },
};

function totalEpsilon(events: readonly PrivacyEvent[]): number {
  const costs = events.map((event) => eventPureEpsilon(event) ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  return costs.reduce((total, cost) => total + cost, 0) * (1 + events.length * 2 ** -53);
}
