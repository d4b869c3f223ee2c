import { TabveilError } from '../../errors.ts';
import { stabilityThreshold } from '../../math/discrete-gaussian-tail.ts';
import { formatRational, rationalAtLeast, rationalAtMost } from '../../math/rational.ts';
import type { PrivacyEvent } from '../events.ts';
import type { PlannedEvent, PrivacyPlan } from '../mechanisms.ts';
import { failureDelta, noiseDelta } from './event-cost.ts';
import { tightestEpsilon } from './tightest.ts';
import { zcdpRho } from './zcdp.ts';

interface ShareBase {
  /** Unique within a plan. */
  readonly label: string;
  readonly purpose: string;
  /** Relative rho of *one* such event, > 0; only ratios between shares matter. */
  readonly weight: number;
  /** Number of such events under this label; 1 when absent. */
  readonly count?: number;
}

/** A share spent on discrete Gaussian noise; see `DiscreteGaussianEvent` for `oneCell`. */
export interface DiscreteGaussianShare extends ShareBase {
  readonly kind: 'discrete-gaussian';
  readonly l2Sensitivity: number;
  readonly oneCell: boolean;
}

/** A share spent on selections by the exponential mechanism. */
export interface ExponentialShare extends ShareBase {
  readonly kind: 'exponential';
}

/** A share spent on a histogram over unknown keys, with its own delta per event, taken out of the target's delta. */
export interface StabilityThresholdShare extends ShareBase {
  readonly kind: 'stability-threshold';
  readonly l2Sensitivity: number;
  readonly delta: number;
}

/** One line of a plan before its noise is known. */
export type PlanShare = DiscreteGaussianShare | ExponentialShare | StabilityThresholdShare;

/** What a whole plan may cost. */
export interface PlanTarget {
  readonly epsilon: number;
  readonly delta: number;
}

/** A plan whose accounted cost is at most the target's. */
export interface CalibratedPlan {
  readonly plan: PrivacyPlan;
  /** What the events of the plan cost at the target's delta; never above the target's epsilon. */
  readonly accountedEpsilon: number;
  readonly accountant: string;
}

/** How close to the target the found scale comes, relative; each further digit costs accountant runs and buys nothing. */
const SCALE_TOLERANCE = 1e-4;

/** Below this the noise variance of a plan of many events leaves the range of exact arithmetic; nothing is learned there anyway. */
const LEAST_EPSILON = 1e-4;
/** Above this the noise vanishes in rounding. */
const MOST_EPSILON = 1e4;
/** Trials of the scale; regula falsi on a nearly linear curve needs five or six. */
const MOST_TRIALS = 30;

/**
 * Chooses the noise of every share so that the whole plan costs at most the target: the largest scale R such that with
 * rho_i = weight_i·R per event (discrete Gaussian variance l2Sensitivity²/(2·rho_i) rounded up to a rational, exponential
 * epsilon √(8·rho_i) rounded down) the tightest accountant stays within epsilon at delta.
 *
 * @param shares one line per label; at least one.
 * @throws TabveilError when a share or the target makes no sense, or the thresholds' deltas use up the target's delta.
 * **Privacy**: reads no data; the accounted cost is that of the returned, rounded events.
 * @example calibratePlan([{ label: 'count', purpose: 'row count', kind: 'discrete-gaussian', weight: 1,
 *   l2Sensitivity: 1, oneCell: true }], { epsilon: 1, delta: 1e-9 })
 */
export function calibratePlan(shares: readonly PlanShare[], target: PlanTarget): CalibratedPlan {
  checkTarget(target);
  shares.forEach(checkShare);
  if (shares.length === 0) throw new TabveilError('usage', 'plan.empty', 'plan: there is nothing to calibrate.');
  const total = shares.reduce((sum, share) => sum + share.weight * (share.count ?? 1), 0);
  const start = zcdpRho(target.epsilon, zcdpShareOfDelta(shares, target)) / total;
  return growScale(start, (scale) => priceScale(shares, scale, target));
}

interface PricedPlan extends CalibratedPlan {
  /** Accounted over target epsilon; at most 1 when the plan may be used. */
  readonly use: number;
}

/** Prices the plan at one scale. */
function priceScale(shares: readonly PlanShare[], scale: number, target: PlanTarget): PricedPlan {
  const plan = shares.map((share) => plannedEvent(share, share.weight * scale));
  const { epsilon, accountant } = tightestEpsilon(
    plan.map((line) => line.event),
    target.delta,
  );
  return { plan, accountedEpsilon: epsilon, accountant, use: epsilon / target.epsilon };
}

/**
 * The largest priced scale within the target, from one that concentrated accounting already allows. Cost grows with the
 * scale (about like its root), so multiplicative steps followed by false position in log-log space converge fast.
 */
function growScale(start: number, price: (scale: number) => PricedPlan): CalibratedPlan {
  let best: { scale: number; priced: PricedPlan } | undefined;
  let above: { scale: number; use: number } | undefined;
  let scale = start;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const priced = price(scale);
    if (priced.use <= 1) best = { scale, priced };
    else above = { scale, use: priced.use };
    if (best !== undefined && best.priced.use > 1 - SCALE_TOLERANCE / 2) break;
    if (best !== undefined && above !== undefined && above.scale / best.scale < 1 + SCALE_TOLERANCE) break;
    scale = nextScale(scale, priced.use, best, above);
  }
  if (best === undefined) {
    throw new TabveilError('bug', 'plan.no-scale', 'plan: no noise scale met the target; the accountants disagree.');
  }
  const { plan, accountedEpsilon, accountant } = best.priced;
  return { plan, accountedEpsilon, accountant };
}

function nextScale(
  scale: number,
  use: number,
  best: { scale: number; priced: PricedPlan } | undefined,
  above: { scale: number; use: number } | undefined,
): number {
  // Epsilon grows like scale^(1/2) to scale^1, so use^-1.5 undershoots or overshoots by little; aim just inside.
  const guess = scale * ((1 - SCALE_TOLERANCE / 4) / use) ** 1.5;
  if (best === undefined || above === undefined) return guess;
  const [left, right] = [Math.log(best.priced.use), Math.log(above.use)];
  const share = (Math.log(1 - SCALE_TOLERANCE / 4) - left) / (right - left);
  // Kept off the ends so that the bracket shrinks even where the curve bends.
  return best.scale * (above.scale / best.scale) ** Math.min(0.95, Math.max(0.05, share));
}

/** The event a share buys for a concentrated cost `rho` per event, with its parameters rounded towards less cost. */
function plannedEvent(share: PlanShare, rho: number): PlannedEvent {
  return { label: share.label, purpose: share.purpose, event: eventFor(share, rho) };
}

function eventFor(share: PlanShare, rho: number): PrivacyEvent {
  const count = share.count ?? 1;
  if (share.kind === 'exponential') {
    const epsilon = rationalAtMost(Math.sqrt(8 * rho));
    if (epsilon.numerator === 0n) {
      throw new TabveilError('usage', 'plan.too-small', `plan: nothing is left for "${share.label}"; raise epsilon.`);
    }
    return { kind: 'exponential', epsilon: formatRational(epsilon), count };
  }
  const { l2Sensitivity } = share;
  const variance = rationalAtLeast(l2Sensitivity ** 2 / (2 * rho));
  const noise = { variance: formatRational(variance), l2Sensitivity, count };
  if (share.kind === 'discrete-gaussian') return { kind: 'discrete-gaussian', ...noise, oneCell: share.oneCell };
  const threshold = stabilityThreshold(variance, share.delta, l2Sensitivity);
  return { kind: 'stability-threshold', ...noise, threshold, delta: share.delta };
}

/** The delta that remains for the noise after the thresholds' own. */
function zcdpShareOfDelta(shares: readonly PlanShare[], target: PlanTarget): number {
  const failures = shares.flatMap((share): PrivacyEvent[] =>
    share.kind === 'stability-threshold'
      ? [
          {
            kind: share.kind,
            variance: '1',
            threshold: 1,
            l2Sensitivity: 1,
            delta: share.delta,
            count: share.count ?? 1,
          },
        ]
      : [],
  );
  const remaining = noiseDelta(target.delta, failureDelta(failures));
  if (remaining > 0) return remaining;
  throw new TabveilError(
    'usage',
    'plan.delta-used-up',
    `plan: thresholds of unknown keys take delta ${failureDelta(failures)}, the target has ${target.delta}; lower their delta.`,
  );
}

function checkTarget({ epsilon, delta }: PlanTarget): void {
  if (!(epsilon >= LEAST_EPSILON && epsilon <= MOST_EPSILON)) {
    throw new TabveilError(
      'usage',
      'plan.epsilon',
      `epsilon is ${epsilon}; it must be a number from ${LEAST_EPSILON} to ${MOST_EPSILON}.`,
    );
  }
  if (!(delta > 0 && delta < 1)) {
    throw new TabveilError('usage', 'plan.delta', `delta is ${delta}; it must lie strictly between 0 and 1.`);
  }
}

function checkShare(share: PlanShare): void {
  const count = share.count ?? 1;
  const sensitivity = share.kind === 'exponential' ? 1 : share.l2Sensitivity;
  const delta = share.kind === 'stability-threshold' ? share.delta : 0.5;
  const isUsable =
    share.weight > 0 && Number.isFinite(share.weight) && Number.isSafeInteger(count) && count >= 1 && sensitivity > 0;
  if (isUsable && Number.isFinite(sensitivity) && delta > 0 && delta < 1) return;
  throw new TabveilError(
    'usage',
    'plan.share',
    `plan: share "${share.label}" has weight ${share.weight}, count ${count}, sensitivity ${sensitivity}; all must be positive and finite, delta between 0 and 1.`,
  );
}
