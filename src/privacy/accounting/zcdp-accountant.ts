import type { PrivacyEvent } from '../events.ts';
import { type Accountant, requireDelta, requireEpsilon, requireSupport } from './accountant.ts';
import { eventRho, failureDelta, noiseDelta, totalDelta } from './costs/event-cost.ts';
import { zcdpDelta, zcdpEpsilon } from './costs/zcdp.ts';

/**
 * Concentrated differential privacy: costs add up as rho and are converted once, tightly.
 *
 * **Privacy**: valid for fully adaptive composition, so also as a privacy filter with a fixed cap on rho.
 * @source Bun, Steinke 2016, Lemma 1.7 and 8.2; Feldman, Zrnic 2021 (filter).
 */
export const zcdpAccountant: Accountant = {
  name: 'zcdp',
  supports: (event) => eventRho(event) !== undefined,
  epsilon(events, delta) {
    requireDelta(delta);
    requireSupport(zcdpAccountant, events);
    if (events.length === 0) return 0;
    return zcdpEpsilon(totalRho(events), noiseDelta(delta, failureDelta(events)));
  },
  delta(events, epsilon) {
    requireEpsilon(epsilon);
    requireSupport(zcdpAccountant, events);
    if (events.length === 0) return 0;
    return totalDelta(zcdpDelta(totalRho(events), epsilon), failureDelta(events));
  },
};

/**
 * Sum of the concentrated costs, rounded up; smallest first, so that it does not depend on the order of events. Events
 * without one make it infinite.
 */
export function totalRho(events: readonly PrivacyEvent[]): number {
  const costs = events.map((event) => eventRho(event) ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  return costs.reduce((total, cost) => total + cost, 0) * (1 + events.length * 2 ** -53);
}
