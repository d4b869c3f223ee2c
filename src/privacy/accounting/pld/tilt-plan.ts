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
  /** Cumulant of the whole composition, remainder included, at the tilt. */
  readonly total: Cumulant;
  /** Cumulant of the fixed pairs alone at any tilt. */
  readonly fixed: (tilt: number) => Cumulant;
}

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
  const fixed = (tilt: number) => sumCumulants(factors, tilt);
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
  const logDelta = 'delta' in question ? Math.log(question.delta) : Math.min(0, approximateLogDelta(total, tilt));
  const epsilon = 'delta' in question ? Math.max(0, total.mean) : question.epsilon;
  return { tilt, epsilon, logDelta: Math.max(-650, logDelta), total, fixed };
}

function approximateLogDelta({ value, mean, variance }: Cumulant, tilt: number): number {
  return value - tilt * mean - Math.log(tilt * (tilt + 1) * Math.sqrt(2 * Math.PI * variance) + 1);
}

function sumCumulants(factors: readonly Factor[], tilt: number): Cumulant {
  let [value, mean, variance] = [0, 0, 0];
  for (const { pair, count } of factors) {
    const one = pair.cumulant(tilt);
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
  { fixed, tilt }: TiltPlan,
  factors: readonly Factor[],
  logTail: number,
): { readonly reach: number; readonly tilt: number } {
  let best = { reach: Number.POSITIVE_INFINITY, tilt };
  // The bound is quasi-convex in the tilt: walk from the plan's tilt up, then down, while it improves. Rare large losses
  // make the cumulant explode just above the plan's tilt, so down matters.
  for (const factor of [1.25, 0.97]) {
    for (let search = 0, next = tilt; search < 40; search++, next *= factor) {
      const reach = (fixed(next).value - logTail) / next;
      if (search > 0 && !(reach < best.reach)) break;
      if (reach < best.reach) best = { reach, tilt: next };
    }
  }
  const largest = factors.reduce((sum, { pair, count }) => sum + count * pair.largestLoss, 0);
  return { reach: Math.min(best.reach, largest), tilt: best.tilt };
}

/** A loss below which the tilted distribution of the fixed pairs has mass about e^logTail. */
export function lowerReach({ fixed, tilt }: TiltPlan, logTail: number): number {
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
