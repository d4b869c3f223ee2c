import type { PrivacyEvent } from '../events.ts';
import { type Accountant, requireDelta, requireEpsilon, requireSupport } from './accountant.ts';
import { failureDelta, noiseDelta, totalDelta } from './event-cost.ts';
import { type RenyiCurve, renyiCurve } from './renyi.ts';

/** Orders tried, as ln(alpha − 1): 1.007 to about 9 million in steps of a factor 1.5. */
const LOG_EXCESSES = Float64Array.from({ length: 53 }, (_, j) => -5 + 0.4 * j);

/** Golden-section steps around the best order tried. */
const REFINEMENTS = 24;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Rényi differential privacy: divergences add up order by order, and the best order is converted tightly.
 *
 * **Privacy**: any order gives a valid bound, so the search for the best one needs no care.
 * @source Mironov 2017, Proposition 1 (composition); Canonne, Kamath, Steinke 2020, Proposition 12 (conversion).
 */
export const renyiAccountant: Accountant = {
  name: 'renyi',
  supports: (event) => renyiCurve(event) !== undefined,
  epsilon(events, delta) {
    requireDelta(delta);
    requireSupport(renyiAccountant, events);
    if (events.length === 0) return 0;
    const target = noiseDelta(delta, failureDelta(events));
    if (!(target > 0)) return Number.POSITIVE_INFINITY;
    const divergence = totalCurve(events);
    return Math.max(
      0,
      smallestOverOrders((excess) => convertToEpsilon(divergence(1 + excess), excess, target)),
    );
  },
  delta(events, epsilon) {
    requireEpsilon(epsilon);
    requireSupport(renyiAccountant, events);
    if (events.length === 0) return 0;
    const divergence = totalCurve(events);
    const logDelta = smallestOverOrders((excess) => convertToLogDelta(divergence(1 + excess), excess, epsilon));
    return totalDelta(Math.min(1, Math.exp(logDelta)), failureDelta(events));
  },
};

/** Sum of the curves; equal events are grouped by their text so that each curve is computed once per order. */
function totalCurve(events: readonly PrivacyEvent[]): RenyiCurve {
  const groups = new Map<string, { readonly curve: RenyiCurve; times: number }>();
  for (const event of events) {
    const key = JSON.stringify(event);
    const group = groups.get(key);
    if (group === undefined)
      groups.set(key, { curve: renyiCurve(event) ?? (() => Number.POSITIVE_INFINITY), times: 1 });
    else group.times++;
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  return (alpha) =>
    sorted.reduce((sum, { curve, times }) => sum + times * curve(alpha), 0) * (1 + sorted.length * 2 ** -52);
}

/** epsilon of order alpha = 1 + excess; infinite divergences give infinity. */
function convertToEpsilon(divergence: number, excess: number, delta: number): number {
  const logs = (Math.log(delta) + Math.log1p(excess)) / excess;
  return divergence - Math.log1p(1 / excess) - logs + 1e-14 * (divergence + Math.abs(logs));
}

function convertToLogDelta(divergence: number, excess: number, epsilon: number): number {
  const shrink = (1 + excess) * Math.log1p(1 / excess) + Math.log(excess);
  return excess * (divergence - epsilon) - shrink + 1e-14 * (excess * (divergence + epsilon) + Math.abs(shrink));
}

/** The smallest value over orders: a coarse scan, then golden section around the best one. */
function smallestOverOrders(bound: (excess: number) => number): number {
  let [bestAt, best] = [0, Number.POSITIVE_INFINITY];
  for (const logExcess of LOG_EXCESSES) {
    const value = bound(Math.exp(logExcess));
    if (value < best) [bestAt, best] = [logExcess, value];
  }
  let [low, high] = [bestAt - 0.4, bestAt + 0.4];
  for (let step = 0; step < REFINEMENTS; step++) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    const [atLeft, atRight] = [bound(Math.exp(left)), bound(Math.exp(right))];
    best = Math.min(best, atLeft, atRight);
    if (atLeft < atRight) high = right;
    else low = left;
  }
  return best;
}
