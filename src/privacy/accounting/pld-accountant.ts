import type { PrivacyEvent } from '../events.ts';
import { type Accountant, requireDelta, requireEpsilon, requireSupport } from './accountant.ts';
import { failureDelta, noiseDelta, totalDelta } from './costs/event-cost.ts';
import { deltaOfCurve, epsilonOfCurve } from './pld/composed-curve.ts';
import { compositionsOf, type SortedEvents, sortEvents } from './pld/composition.ts';
import type { Direction, DominatingPair } from './pld/dominating-pair.ts';
import { type Composition, largestLoss } from './pld/parts.ts';
import { solveComposition } from './pld/solve.ts';
import { EVENT_KINDS } from './validate-event.ts';

/**
 * Privacy loss distributions: the tightest accountant for compositions whose parameters are fixed in advance.
 *
 * The loss of every event with a dominating pair is rounded pessimistically onto one grid and convolved; selections by
 * the exponential mechanism are played as an adaptive game on top; what is known only by its concentrated cost is charged
 * by its conversion curve on top. Both directions are computed and the larger cost counts. A single event is priced by
 * its exact curve.
 *
 * **Privacy**: not a privacy filter: parameters must not depend on earlier outputs.
 * @source docs/accounting.md gives the mathematics and the sources of each step.
 */
export const pldAccountant: Accountant = {
  name: 'pld',
  supports: (event) => (EVENT_KINDS as readonly string[]).includes(event.kind),
  epsilon(events, delta) {
    requireDelta(delta);
    requireSupport(pldAccountant, events);
    const target = noiseDelta(delta, failureDelta(events));
    if (!(target > 0)) return Number.POSITIVE_INFINITY;
    return overDirections(events, Number.POSITIVE_INFINITY, (composition) => epsilonOf(composition, target));
  },
  delta(events, epsilon) {
    requireEpsilon(epsilon);
    requireSupport(pldAccountant, events);
    const noise = overDirections(events, 1, (composition) => deltaOf(composition, epsilon));
    return totalDelta(noise, failureDelta(events));
  },
};

/**
 * Delta as a function of epsilon for one composition: solved once where delta is `delta` and once where it is a few
 * percent, so that many epsilons cost little more than one. Always an upper bound; 1 where neither grid reaches.
 * @throws TabveilError when an event is not supported or delta is not in (0, 1).
 */
export function pldHockeyStick(events: readonly PrivacyEvent[], delta: number): (epsilon: number) => number {
  requireDelta(delta);
  requireSupport(pldAccountant, events);
  if (events.length === 0) return () => 0;
  const failure = failureDelta(events);
  const targets = [Math.max(1e-250, noiseDelta(delta, failure)), COMMON_DELTA];
  const directions = waysByDirection(events).map((ways) => ways.map((way) => curveOf(way, targets)));
  return (epsilon) =>
    totalDelta(
      Math.max(
        ...directions.map((ways) =>
          smallest(
            ways.map((curve) => curve(epsilon)),
            1,
          ),
        ),
      ),
      failure,
    );
}

/** Epsilons beyond it have no meaning and strain doubles. */
const MOST_EPSILON = 1e5;

/** Below it nothing is gained by a second grid. */
const SMALLEST_DELTA = 1e-200;

/** Where attacks with a few percent of false positives live. */
const COMMON_DELTA = 0.03;

function curveOf(composition: Composition, targets: readonly number[]): (epsilon: number) => number {
  const single = singlePair(composition);
  if (single !== undefined) return single.hockeyStick;
  const largest = largestLoss(composition);
  const curves = targets
    .map((delta) => solveComposition(composition, { delta }))
    .filter((curve) => curve !== undefined);
  return (epsilon) =>
    epsilon >= largest ? 0 : curves.reduce((least, curve) => Math.min(least, deltaOfCurve(curve, epsilon)), 1);
}

/** The dearer direction of the cheapest valid way to compose; `nothingProven` where no way is. */
function overDirections(
  events: readonly PrivacyEvent[],
  nothingProven: number,
  price: (composition: Composition) => number,
): number {
  if (events.length === 0) return 0;
  const directions = waysByDirection(events).map((ways) => smallest(ways.map(price), nothingProven));
  return Math.max(...directions);
}

function waysByDirection(events: readonly PrivacyEvent[]): (readonly Composition[])[] {
  const sorted: SortedEvents = sortEvents(events);
  const directions: readonly Direction[] = sorted.isSymmetric ? ['remove'] : ['remove', 'add'];
  return directions.map((direction) => (sorted.isModerate ? compositionsOf(sorted, direction) : []));
}

function epsilonOf(composition: Composition, delta: number): number {
  const single = singlePair(composition);
  if (single !== undefined) return epsilonOfPair(single, delta);
  const curve = solveComposition(composition, { delta });
  return Math.min(
    largestLoss(composition),
    curve === undefined ? Number.POSITIVE_INFINITY : epsilonOfCurve(curve, delta),
  );
}

function deltaOf(composition: Composition, epsilon: number): number {
  const single = singlePair(composition);
  if (single !== undefined) return single.hockeyStick(epsilon);
  if (epsilon >= largestLoss(composition)) return 0;
  const curve = solveComposition(composition, { epsilon });
  const delta = curve === undefined ? 1 : deltaOfCurve(curve, epsilon);
  if (!(delta > SMALLEST_DELTA && delta < 1)) return delta;
  // Placing the grid by delta instead of epsilon is better where rare large losses decide; both are valid.
  const again = solveComposition(composition, { delta });
  return again === undefined ? delta : Math.min(delta, deltaOfCurve(again, epsilon));
}

function singlePair({ factors, game, rho }: Composition): DominatingPair | undefined {
  const [first] = factors;
  return factors.length === 1 && first?.count === 1 && game === undefined && rho === 0 ? first.pair : undefined;
}

/** The smallest epsilon at which one pair's exact curve is at most delta, to the last bit. */
function epsilonOfPair(pair: DominatingPair, delta: number): number {
  if (pair.hockeyStick(0) <= delta) return 0;
  let [low, high] = [0, Math.min(pair.largestLoss, 1)];
  // Written so that a NaN could only end in infinity, never in a small epsilon.
  while (!(pair.hockeyStick(high) <= delta)) {
    low = high;
    high *= 2;
    if (high > MOST_EPSILON) return Number.POSITIVE_INFINITY;
  }
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (pair.hockeyStick(middle) <= delta) high = middle;
    else low = middle;
  }
}

/** The smallest of some costs, ignoring anything that is not a number below `nothingProven`. */
function smallest(costs: readonly number[], nothingProven: number): number {
  let least = nothingProven;
  for (const cost of costs) if (cost < least) least = cost;
  return least;
}
