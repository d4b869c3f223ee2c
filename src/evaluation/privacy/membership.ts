import { binomialLowerLimit, binomialUpperLimit } from '../../privacy/audit/binomial-limits.ts';
import type { Interval } from '../intervals.ts';
import { rocAuc } from '../usefulness/roc-auc.ts';

/** Scores of people who were in the training table and of people who were not: higher means "was in". */
export interface MembershipScores {
  readonly members: Float64Array;
  readonly others: Float64Array;
}

/** How well scores tell members from others. */
export interface MembershipAdvantage {
  readonly auc: number | null;
  readonly interval: Interval | null;
  /** Largest true-positive rate minus false-positive rate over all thresholds. */
  readonly advantage: number;
  /** True-positive rates at false-positive rates of at most 0.1 %, 1 % and 10 %. */
  readonly truePositiveRates: readonly [number, number, number];
}

const FALSE_POSITIVE_RATES = [0.001, 0.01, 0.1] as const;

/** Measures a membership attack over all thresholds. */
export function membershipAdvantage({ members, others }: MembershipScores): MembershipAdvantage {
  const scores = new Float64Array(members.length + others.length);
  scores.set(members);
  scores.set(others, members.length);
  const labels = new Uint8Array(scores.length).fill(1, 0, members.length);
  const { auc, interval } = rocAuc(scores, labels);
  const curve = rocCurve({ members, others });
  const advantage = curve.reduce((best, point) => Math.max(best, point.tpr - point.fpr), 0);
  const tprAt = (limit: number) =>
    curve.reduce((best, point) => (point.fpr <= limit ? Math.max(best, point.tpr) : best), 0);
  const [a, b, c] = FALSE_POSITIVE_RATES;
  return { auc, interval, advantage, truePositiveRates: [tprAt(a), tprAt(b), tprAt(c)] };
}

/** One threshold of a test "score ≥ threshold". */
interface CurvePoint {
  readonly threshold: number;
  readonly tpr: number;
  readonly fpr: number;
}

function rocCurve({ members, others }: MembershipScores): readonly CurvePoint[] {
  const [m, o] = [members.slice().sort(), others.slice().sort()];
  const thresholds = [...new Set([...m, ...o])];
  return thresholds.map((threshold) => ({
    threshold,
    tpr: shareAtLeast(m, threshold),
    fpr: shareAtLeast(o, threshold),
  }));
}

/** Share of ascending values that are at least the threshold. */
function shareAtLeast(sorted: Float64Array, threshold: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < threshold) low = middle + 1;
    else high = middle;
  }
  return (sorted.length - low) / sorted.length;
}

/** What a test on fresh rows says about the least epsilon. */
export interface EpsilonBound {
  readonly epsilonLower: number;
  readonly truePositives: number;
  readonly members: number;
  readonly falsePositives: number;
  readonly others: number;
}

/**
 * Lower bound of epsilon from counts of a membership test: ln(lower limit of TPR / upper limit of FPR), the same for the
 * opposite answer and for the test used the other way round, at least 0.
 * @param alpha allowed error of each Clopper–Pearson limit.
 * @source Jagielski, Ullman, Oprea, NeurIPS 2020, section 4.
 */
export function epsilonLowerBound(counts: Omit<EpsilonBound, 'epsilonLower'>, alpha: number, delta = 0): number {
  const positives = { successes: counts.truePositives, trials: counts.members };
  const alarms = { successes: counts.falsePositives, trials: counts.others };
  const [tprLow, tprHigh] = [binomialLowerLimit(positives, alpha), binomialUpperLimit(positives, alpha)];
  const [fprLow, fprHigh] = [binomialLowerLimit(alarms, alpha), binomialUpperLimit(alarms, alpha)];
  const bounds = [
    Math.log((tprLow - delta) / fprHigh),
    Math.log((1 - fprHigh - delta) / (1 - tprLow)),
    Math.log((fprLow - delta) / tprHigh),
    Math.log((1 - tprHigh - delta) / (1 - fprLow)),
  ];
  return Math.max(0, ...bounds.filter(Number.isFinite));
}

/** Thresholds that are tried: limits cost a hundred microseconds each. */
const MAX_THRESHOLDS = 400;
/** Allowed error of each limit: both hold together with 95 %. */
export const LIMIT_ALPHA = 0.025;

/**
 * Chooses the most telling threshold on the rows at even positions and tests it on those at odd positions, so that the
 * choice does not spoil the confidence.
 * @param alpha - allowed error of each Clopper–Pearson limit; both hold together with 95 % by default.
 */
export function empiricalEpsilon(scores: MembershipScores, alpha = LIMIT_ALPHA): EpsilonBound {
  const half = (values: Float64Array, parity: number) => values.filter((_, at) => at % 2 === parity);
  const chosen = { members: half(scores.members, 0), others: half(scores.others, 0) };
  const fresh = { members: half(scores.members, 1), others: half(scores.others, 1) };
  const curve = rocCurve(chosen);
  const step = Math.max(1, Math.ceil(curve.length / MAX_THRESHOLDS));
  const best = curve
    .filter((_, at) => at % step === 0 || at === curve.length - 1)
    .reduce(
      (found, { threshold, tpr, fpr }) => {
        const bound = epsilonLowerBound(countsOf(tpr, fpr, chosen), alpha);
        return bound > found.bound ? { bound, threshold } : found;
      },
      { bound: -1, threshold: 0 },
    );
  const count = (values: Float64Array) => values.reduce((n, score) => n + Number(score >= best.threshold), 0);
  const counts = {
    truePositives: count(fresh.members),
    members: fresh.members.length,
    falsePositives: count(fresh.others),
    others: fresh.others.length,
  };
  return { ...counts, epsilonLower: epsilonLowerBound(counts, alpha) };
}

function countsOf(tpr: number, fpr: number, { members, others }: MembershipScores) {
  return {
    truePositives: Math.round(tpr * members.length),
    members: members.length,
    falsePositives: Math.round(fpr * others.length),
    others: others.length,
  };
}

/**
 * Largest membership advantage that (epsilon, delta) allows: (e^ε − 1 + 2δ)/(e^ε + 1).
 * @source Kairouz, Oh, Viswanath, ICML 2015 (hypothesis-testing region).
 */
export function maxAdvantage(epsilon: number, delta: number): number {
  return Math.min(1, (Math.exp(epsilon) - 1 + 2 * delta) / (Math.exp(epsilon) + 1));
}
