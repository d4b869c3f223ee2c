import { TabveilError } from '../../errors.ts';
import { normalUpper, normalUpperQuantile } from '../../math/normal.ts';
import type { PrivacyEvent } from '../events.ts';
import { requireDelta } from './accountant.ts';
import { failureDelta, totalDelta } from './costs/event-cost.ts';
import { gaussianEpsilon } from './costs/gaussian.ts';
import { zcdpDelta, zcdpEpsilon } from './costs/zcdp.ts';
import { pldHockeyStick } from './pld-accountant.ts';
import { pureAccountant } from './pure-accountant.ts';
import { totalRho, zcdpAccountant } from './zcdp-accountant.ts';

/** What a guarantee means to people of one household whose rows are all in the table or all out of it. */
export interface MembershipRisk {
  /** Rows that enter or leave together. */
  readonly people: number;
  /** Guarantee for all of them together at `delta`. */
  readonly epsilon: number;
  readonly delta: number;
  /** Share of true members that any test can flag while it flags at most `falsePositiveRate` of non-members. */
  readonly truePositiveRate: number;
  readonly falsePositiveRate: number;
  /** Largest odds of membership after seeing everything released, from even odds before, except with probability delta. */
  readonly posteriorOdds: number;
}

/** What is asked. */
export interface RiskOptions {
  /** In (0, 1), for the epsilon of the household. */
  readonly delta: number;
  /** From 1 to 64. */
  readonly people: number;
  /** In (0, 1). */
  readonly falsePositiveRate: number;
}

/** Largest household the grid recursion is meant for. */
const MOST_PEOPLE = 64;

/** Grid points over the epsilons one person may cost. */
const POINTS = 240;

/** A loss beyond which exponentials of whole households could overflow. */
const LARGEST_EPSILON = 600;

/** Depths of one person's curve below the household's delta, tried in turn: larger households need deeper ones. */
const DEPTHS = [1e-4, 1e-12, 1e-36, 1e-110] as const;

/**
 * The largest success of any membership test against a composition of events, for one person or several at once.
 *
 * For several, neighbours are chained: with T(a) the best true-positive rate at false-positive rate a for one person, k
 * people allow T∘…∘T(a). In terms of delta(epsilon): delta_{a+b}(E) ≤ delta_a(e) + e^e·delta_b(E − e) for every e, also
 * negative, and we take the best e on a grid. Gaussian noise alone is exact: k people move k times as far.
 *
 * @throws TabveilError when people or delta is out of range.
 * **Numerics**: upper bounds; between grid points the chord of a convex curve.
 * @source Dong, Roth, Su, "Gaussian Differential Privacy", 2022, Theorem 2.14 (group privacy of trade-off functions).
 */
export function membershipRisk(events: readonly PrivacyEvent[], options: RiskOptions): MembershipRisk {
  const { delta, people, falsePositiveRate } = options;
  requireDelta(delta);
  if (!Number.isSafeInteger(people) || people < 1 || people > MOST_PEOPLE) {
    throw new TabveilError(
      'usage',
      'account.household',
      `a household of ${people} cannot be computed; give a whole number of people from 1 to ${MOST_PEOPLE}.`,
    );
  }
  const mu = gaussianMuOf(events);
  const risk =
    mu === undefined
      ? riskOnGrid(events, options)
      : {
          epsilon: gaussianEpsilon(mu * people, delta),
          truePositiveRate: normalUpper(normalUpperQuantile(falsePositiveRate) - mu * people),
        };
  return {
    people,
    epsilon: risk.epsilon,
    delta,
    truePositiveRate: Math.min(1, risk.truePositiveRate),
    falsePositiveRate,
    posteriorOdds: Math.exp(risk.epsilon),
  };
}

/** A household's delta beyond which nothing useful is said. */
const MOST_DELTA = 0.01;

/**
 * Like `membershipRisk`, at a delta that may have to be larger: the deltas of thresholds hold for one person and grow with the
 * household, so at the delta of one person there may be no finite epsilon for several. The first of delta, people·delta,
 * people²·delta … that has one is taken; the result names it.
 */
export function householdRisk(events: readonly PrivacyEvent[], options: RiskOptions): MembershipRisk {
  const first = membershipRisk(events, options);
  let { delta } = options;
  let risk = first;
  while (risk.epsilon === Number.POSITIVE_INFINITY && options.people > 1 && delta * options.people <= MOST_DELTA) {
    delta *= options.people;
    risk = membershipRisk(events, { ...options, delta });
  }
  return Number.isFinite(risk.epsilon) ? risk : first;
}

/** √Σ mu² when all events are continuous Gaussian noise. */
function gaussianMuOf(events: readonly PrivacyEvent[]): number | undefined {
  let square = 0;
  for (const event of events) {
    if (event.kind !== 'gaussian') return undefined;
    square += event.count * (event.l2Sensitivity / event.sigma) ** 2;
  }
  return Math.sqrt(square);
}

/** delta at epsilon = (first + j)·step. */
interface GridCurve {
  readonly first: number;
  readonly deltas: Float64Array;
}

interface RiskNumbers {
  readonly epsilon: number;
  readonly truePositiveRate: number;
}

function riskOnGrid(events: readonly PrivacyEvent[], options: RiskOptions): RiskNumbers {
  let best: RiskNumbers = { epsilon: Number.POSITIVE_INFINITY, truePositiveRate: 1 };
  for (const depth of DEPTHS) {
    const next = riskAtDepth(events, options, options.delta * depth);
    best = {
      epsilon: Math.min(best.epsilon, next.epsilon),
      truePositiveRate: Math.min(best.truePositiveRate, next.truePositiveRate),
    };
    if (best.epsilon < Number.POSITIVE_INFINITY) break;
  }
  if (failureDelta(events) === 0 && best.epsilon > 0 && events.every((event) => zcdpAccountant.supports(event))) {
    // k people are k² times the concentrated cost (Bun, Steinke 2016, Proposition 1.9); looser unless k·rho is large.
    const together = zcdpEpsilon(options.people ** 2 * totalRho(events), options.delta);
    best = { ...best, epsilon: Math.min(best.epsilon, together) };
  }
  if (!events.every((event) => pureAccountant.supports(event))) return best;
  // Pure guarantees simply multiply; the grid cannot see where their curve ends.
  return { ...best, epsilon: Math.min(best.epsilon, options.people * pureAccountant.epsilon(events, options.delta)) };
}

function riskAtDepth(events: readonly PrivacyEvent[], options: RiskOptions, depth: number): RiskNumbers {
  const { delta, people, falsePositiveRate } = options;
  const curve = hockeyStick(events, Math.max(depth, 1e-250));
  // The deltas of thresholds are a floor the curve never passes.
  const reach = depthOf(curve, Math.max(depth, failureDelta(events) * 1.001));
  if (reach === undefined) return { epsilon: Number.POSITIVE_INFINITY, truePositiveRate: 1 };
  const step = reach / POINTS;
  const one = singleGrid(curve, step);
  let household = one;
  for (let joined = 1; joined < people; joined++) household = join(one, household, step);
  return {
    epsilon: epsilonOnGrid(household, step, delta),
    // Every line of the curve bounds the power of a test: delta + e^epsilon·a.
    truePositiveRate: household.deltas.reduce(
      (least, value, j) => Math.min(least, value + Math.exp((household.first + j) * step) * falsePositiveRate),
      1,
    ),
  };
}

/** The smaller of the loss-distribution and the concentrated bound, where the latter exists. */
function hockeyStick(events: readonly PrivacyEvent[], delta: number): (epsilon: number) => number {
  const fromLosses = pldHockeyStick(events, delta);
  if (!events.every((event) => zcdpAccountant.supports(event))) return fromLosses;
  const [rho, failure] = [totalRho(events), failureDelta(events)];
  return (epsilon) => Math.min(fromLosses(epsilon), totalDelta(zcdpDelta(rho, epsilon), failure));
}

/** An epsilon at which the curve is at most delta, or as far as doubles go; `undefined` when it proves nothing there. */
function depthOf(curve: (epsilon: number) => number, delta: number): number | undefined {
  let epsilon = 1e-6;
  while (epsilon < LARGEST_EPSILON && curve(epsilon) > delta) epsilon *= 1.25;
  return curve(epsilon) < 1 ? epsilon : undefined;
}

/** One person's curve, with the negative quarter by duality: delta(−e) = 1 − e^−e + e^−e·delta(e). */
function singleGrid(curve: (epsilon: number) => number, step: number): GridCurve {
  const first = -POINTS / 4;
  const deltas = Float64Array.from({ length: POINTS - first + 1 }, (_, j) => {
    const epsilon = (first + j) * step;
    return epsilon >= 0 ? curve(epsilon) : -Math.expm1(epsilon) + Math.exp(epsilon) * curve(-epsilon);
  });
  return { first, deltas };
}

/** One more person before the others: the best split of every total. */
function join(one: GridCurve, others: GridCurve, step: number): GridCurve {
  const first = one.first + others.first;
  const deltas = new Float64Array(one.deltas.length + others.deltas.length - 1).fill(1);
  for (let own = 0; own < one.deltas.length; own++) {
    const growth = Math.exp((one.first + own) * step);
    for (let rest = 0; rest < others.deltas.length; rest++) {
      const bound = one.deltas[own]! + growth * others.deltas[rest]!;
      if (bound < deltas[own + rest]!) deltas[own + rest] = bound;
    }
  }
  return { first, deltas };
}

/** The smallest epsilon ≥ 0 at which the grid curve is at most delta; between points by the chord in e^epsilon. */
function epsilonOnGrid({ first, deltas }: GridCurve, step: number, delta: number): number {
  const zero = -first;
  let index = zero;
  while (index < deltas.length && deltas[index]! > delta) index++;
  if (index >= deltas.length) return Number.POSITIVE_INFINITY;
  if (index === zero) return 0;
  const [above, below] = [deltas[index - 1]!, deltas[index]!];
  return (first + index - 1) * step + Math.log1p(((above - delta) / (above - below)) * Math.expm1(step));
}
