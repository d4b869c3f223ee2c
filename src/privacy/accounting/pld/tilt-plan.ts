import type { Cumulant, DominatingPair } from './dominating-pair.ts';

/** `count` independent events with one dominating pair. */
export interface Factor {
  readonly pair: DominatingPair;
  readonly count: number;
}

/** What the caller wants to know: epsilon at a delta, or delta at an epsilon. */
export type Question = { readonly delta: number } | { readonly epsilon: number };

/** Where the answer lies and how to compute it: all estimates, none enters a bound. */
export interface TiltPlan {
  /** Exponential tilt that moves the bulk of the composed loss to the answer, so that it is computed relatively. */
  readonly tilt: number;
  /** Expected epsilon and logarithm of delta of the answer. */
  readonly epsilon: number;
  readonly logDelta: number;
  /** Mass each event may move to infinity to keep its own range finite. */
  readonly eventTail: number;
  /** Cumulant of the whole composition, remainder included, at the tilt. */
  readonly total: Cumulant;
  /** Cumulant of the fixed pairs alone at any tilt. */
  readonly fixed: (tilt: number) => Cumulant;
  /** The same without the rare losses that are cut off. */
  readonly bounded: (tilt: number) => Cumulant;
}

/** Mass cut off, relative to delta: it is added to delta. */
export const RARE = 1e-5;

/** Halvings of ln(tilt) over its range; the tilt needs two digits. */
const SEARCH_STEPS = 24;
/** Range of the tilt in units of one over the standard deviation: steeper tilts only cost digits. */
const LOG_TILT_RANGE = [Math.log(1e-3), Math.log(1e3)] as const;

/**
 * Saddle point of the question: tilt θ with K′(θ) = epsilon, or with K(θ) − θK′(θ) − ln(θ(θ + 1)√(2πK″)) = ln delta.
 * @param remainderVariance twice the rho of the part that is not made of fixed pairs, treated as Gaussian.
 * @source Lugannani, Rice 1980 (saddle-point approximation), used here only to place the grid.
 */
export function planTilt(factors: readonly Factor[], remainderVariance: number, question: Question): TiltPlan {
  const fixed = (tilt: number) => sumCumulants(factors, tilt, 0);
  const whole = (tilt: number) => addGaussian(fixed(tilt), remainderVariance, tilt);
  const logDeviation = Math.log(whole(0).variance) / 2;
  let [low, high] = LOG_TILT_RANGE.map((end) => end - logDeviation) as [number, number];
  for (let search = 0; search < SEARCH_STEPS; search++) {
    const middle = (low + high) / 2;
    const at = whole(Math.exp(middle));
    const isBelow =
      'delta' in question
        ? approximateLogDelta(at, Math.exp(middle)) > Math.log(question.delta)
        : at.mean < question.epsilon;
    if (isBelow) low = middle;
    else high = middle;
  }
  const tilt = Math.exp(low);
  const total = whole(tilt);
  const estimate = 'delta' in question ? Math.log(question.delta) : Math.min(0, approximateLogDelta(total, tilt));
  const logDelta = Math.max(-650, estimate);
  const epsilon = 'delta' in question ? Math.max(0, total.mean) : question.epsilon;
  // Losses rarer than what is cut off anyway would only widen the grid.
  const events = Math.max(
    1,
    factors.reduce((sum, { count }) => sum + count, 0),
  );
  const eventTail = Math.max(1e-300, (Math.exp(logDelta) * RARE) / events);
  const bounded = (steeper: number) => sumCumulants(factors, steeper, eventTail);
  return { tilt, epsilon, logDelta, eventTail, total, fixed, bounded };
}

function approximateLogDelta({ value, mean, variance }: Cumulant, tilt: number): number {
  return value - tilt * mean - Math.log(tilt * (tilt + 1) * Math.sqrt(2 * Math.PI * variance) + 1);
}

function sumCumulants(factors: readonly Factor[], tilt: number, tail: number): Cumulant {
  let [value, mean, variance] = [0, 0, 0];
  for (const { pair, count } of factors) {
    const one = pair.cumulant(tilt, tail);
    value += count * one.value;
    mean += count * one.mean;
    variance += count * one.variance;
  }
  return { value, mean, variance };
}

function addGaussian(cumulant: Cumulant, variance: number, tilt: number): Cumulant {
  return {
    value: cumulant.value + (tilt * (tilt + 1) * variance) / 2,
    mean: cumulant.mean + (tilt + 0.5) * variance,
    variance: cumulant.variance + variance,
  };
}

/** A loss the fixed pairs exceed with probability at most about e^logTail, and the tilt whose Chernoff bound says so. */
export function upperReach(
  { bounded, tilt }: TiltPlan,
  factors: readonly Factor[],
  logTail: number,
): { readonly reach: number; readonly tilt: number } {
  let best = { reach: Number.POSITIVE_INFINITY, tilt };
  // The bound is quasi-convex in the tilt: walk from the plan's tilt up, then down, while it improves. Rare large losses
  // make the cumulant explode just above the plan's tilt, so down matters.
  for (const factor of [1.25, 0.97]) {
    for (let search = 0, next = tilt; search < 40; search++, next *= factor) {
      const reach = (bounded(next).value - logTail) / next;
      if (search > 0 && !(reach < best.reach)) break;
      if (reach < best.reach) best = { reach, tilt: next };
    }
  }
  const largest = factors.reduce((sum, { pair, count }) => sum + count * pair.largestLoss, 0);
  return { reach: Math.min(best.reach, largest), tilt: best.tilt };
}

/** A loss the tilted distribution of the fixed pairs exceeds with probability at most about e^logTail. */
export function tiltedUpperReach({ bounded, tilt }: TiltPlan, logTail: number): number {
  const here = bounded(tilt);
  let best = Number.POSITIVE_INFINITY;
  for (let search = -6; search <= 12; search++) {
    const further = tilt * 1.6 ** search;
    const reach = (bounded(tilt + further).value - here.value - logTail) / further;
    if (!(reach < best)) break;
    best = reach;
  }
  return best;
}

/** A loss below which the distribution of the fixed pairs has mass about e^logTail, tilted or not: the higher of both. */
export function lowerReach(plan: TiltPlan, logTail: number): number {
  // Tilting only moves mass up, so the lower tail of the untilted loss bounds that of the tilted one too.
  return Math.max(lowerReachAt(plan.fixed, plan.tilt, logTail), lowerReachAt(plan.fixed, 0, logTail));
}

function lowerReachAt(fixed: (tilt: number) => Cumulant, tilt: number, logTail: number): number {
  const here = fixed(tilt);
  const deviation = Math.max(Math.sqrt(here.variance), 1e-9 * Math.abs(here.mean), 1e-12);
  let best = Number.NEGATIVE_INFINITY;
  for (let search = 0; search <= 16; search++) {
    const back = 1.5 ** (search - 8) * (6 / deviation);
    const reach = (logTail + here.value - fixed(tilt - back).value) / back;
    if (!(reach > best)) break;
    best = reach;
  }
  return Math.min(best, here.mean - 3 * deviation);
}
