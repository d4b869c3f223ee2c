import type { PrivacyEvent } from '../events.ts';
import { type Accountant, requireDelta, requireEpsilon, requireSupport } from './accountant.ts';
import { failureDelta, noiseDelta, totalDelta } from './costs/event-cost.ts';
import { LARGEST_SAMPLED_ORDER, MOST_NODES, type RenyiCurve, renyiCurve } from './costs/renyi.ts';

/** Orders tried, as ln(alpha − 1): 1.007 to about 9 million in steps of a factor 1.5. */
const LOG_STEP = 0.4;
const LOG_EXCESSES = Float64Array.from({ length: 53 }, (_, j) => -5 + LOG_STEP * j);

/** The first of them at which subsampled events have no quadrature, so that their cost jumps. */
const FIRST_UNSAMPLED = LOG_EXCESSES.findIndex((logExcess) => 1 + Math.exp(logExcess) > LARGEST_SAMPLED_ORDER);

/** Where the walk over orders starts: alpha = 3.7, below most best orders, because high orders take longer. */
const FIRST_TRIED = 15;

/** Golden-section steps around the best order tried. */
const REFINEMENTS = 24;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Quadrature nodes of one order over all different events, and what each may have in any case. */
const NODES_OF_ALL = 1e7;
const FEWEST_NODES = 1000;

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
  const groups = new Map<string, { readonly event: PrivacyEvent; times: number }>();
  for (const event of events) {
    const key = JSON.stringify(event);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { event, times: 1 });
    else group.times++;
  }
  const mostNodes = Math.min(MOST_NODES, Math.max(FEWEST_NODES, NODES_OF_ALL / groups.size));
  const sorted = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { event, times }]) => ({
      curve: renyiCurve(event, mostNodes) ?? (() => Number.POSITIVE_INFINITY),
      times,
    }));
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

/**
 * The smallest value over orders: a coarse search, then golden section around the best one.
 *
 * Both bounds are quasi-convex in the order: (alpha − 1)·divergence is convex, and the conversion adds the convex
 * (alpha − 1)·ln(alpha − 1) − alpha·ln(alpha). So a walk that stops where the bound rises finds what trying all would. It need
 * not be right: any order is valid.
 */
function smallestOverOrders(bound: (excess: number) => number): number {
  const at = (logExcess: number) => bound(Math.exp(logExcess));
  const coarse = bestTried(at);
  let [low, high] = [coarse.logExcess - LOG_STEP, coarse.logExcess + LOG_STEP];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atLeft, atRight] = [at(left), at(right)];
  let best = Math.min(coarse.value, atLeft, atRight);
  for (let step = 1; step < REFINEMENTS; step++) {
    if (atLeft < atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = at(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = at(right);
    }
    best = Math.min(best, atLeft, atRight);
  }
  return best;
}

interface TriedOrder {
  readonly logExcess: number;
  readonly value: number;
}

/** The best of the orders: downhill from the first tried while it improves, and all those without quadrature, which are cheap. */
function bestTried(at: (logExcess: number) => number): TriedOrder {
  const tried = (index: number): TriedOrder => ({ logExcess: LOG_EXCESSES[index]!, value: at(LOG_EXCESSES[index]!) });
  let best = tried(FIRST_TRIED);
  for (const direction of [1, -1]) {
    for (let index = FIRST_TRIED + direction; index >= 0 && index < FIRST_UNSAMPLED; index += direction) {
      const next = tried(index);
      if (!(next.value < best.value)) break;
      best = next;
    }
  }
  for (let index = FIRST_UNSAMPLED; index < LOG_EXCESSES.length; index++) {
    const next = tried(index);
    if (next.value < best.value) best = next;
  }
  return best;
}
