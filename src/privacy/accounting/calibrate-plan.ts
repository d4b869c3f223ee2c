import { TabveilError } from '../../errors.ts';
import { stabilityThreshold } from '../../math/discrete-gaussian-tail.ts';
import { formatRational, rationalAtLeast, rationalAtMost } from '../../math/rational.ts';
import type { PrivacyEvent } from '../events.ts';
import type { PlannedEvent, PrivacyPlan } from '../mechanisms.ts';
import { failureDelta, noiseDelta } from './costs/event-cost.ts';
import { gaussianEpsilon, gaussianMu } from './costs/gaussian.ts';
import { growScale, type Priced } from './grow-scale.ts';
import { tightestEpsilon } from './tightest.ts';

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

/**
 * A share spent on DP-SGD. Its weight is that of all steps together, as the Gaussian release they resemble: many steps of
 * rate q and multiplier s cost about mu² = q²·steps·(exp(1/s²) − 1), rho = mu²/2. What they really cost is accounted.
 */
export interface SubsampledGaussianShare extends ShareBase {
  readonly kind: 'subsampled-gaussian';
  readonly samplingRate: number;
  /** Steps of one such event; several under one label become one event of all their steps. */
  readonly steps: number;
}

/** One line of a plan before its noise is known. */
export type PlanShare = DiscreteGaussianShare | ExponentialShare | StabilityThresholdShare | SubsampledGaussianShare;

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

/** Below this the noise variance of a plan of many events leaves the range of exact arithmetic; nothing is learned there anyway. */
const LEAST_EPSILON = 1e-4;
/** Above this the noise vanishes in rounding. */
const MOST_EPSILON = 1e4;

/** Share of the Gaussian mu to start from: rounding onto grids costs about this much. */
const FIRST_GUESS = 0.9999;

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
  if (shares.length === 0) {
    throw new TabveilError('usage', 'plan.empty', 'plan: it has 0 shares; a plan has at least one.');
  }
  const total = shares.reduce((sum, share) => sum + share.weight * (share.count ?? 1), 0);
  const noise = noiseShareOfDelta(shares, target);
  // Many small events cost about what one Gaussian of the same rho does; from there two or three trials are enough.
  const mu = gaussianMu(target.epsilon, noise) * FIRST_GUESS;
  const elasticity = Math.log(gaussianEpsilon(mu * 1.01, noise) / gaussianEpsilon(mu, noise)) / (2 * Math.log(1.01));
  const calibrated = growScale((mu * mu) / 2 / total, elasticity, (scale) => priceScale(shares, scale, target));
  if (calibrated !== undefined) return calibrated;
  throw new TabveilError(
    'bug',
    'plan.no-scale',
    `plan: no noise scale met epsilon ${target.epsilon} at delta ${target.delta}; the accountants disagree.`,
  );
}

/** Prices the plan at one scale. */
function priceScale(shares: readonly PlanShare[], scale: number, target: PlanTarget): Priced<CalibratedPlan> {
  const plan = shares.map((share) => plannedEvent(share, share.weight * scale));
  const { epsilon, accountant } = tightestEpsilon(
    plan.map((line) => line.event),
    target.delta,
  );
  return { use: epsilon / target.epsilon, result: { plan, accountedEpsilon: epsilon, accountant } };
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
  if (share.kind === 'subsampled-gaussian') {
    const { samplingRate, steps } = share;
    const moment = (2 * rho) / (samplingRate * samplingRate * steps);
    const noiseMultiplier = samplingRate === 1 ? 1 / Math.sqrt(moment) : 1 / Math.sqrt(Math.log1p(moment));
    return { kind: 'subsampled-gaussian', samplingRate, noiseMultiplier, steps: steps * count };
  }
  const { l2Sensitivity } = share;
  const variance = rationalAtLeast(l2Sensitivity ** 2 / (2 * rho));
  const noise = { variance: formatRational(variance), l2Sensitivity, count };
  if (share.kind === 'discrete-gaussian') return { kind: 'discrete-gaussian', ...noise, oneCell: share.oneCell };
  const threshold = stabilityThreshold(variance, share.delta, l2Sensitivity);
  return { kind: 'stability-threshold', ...noise, threshold, delta: share.delta };
}

/** The delta that remains for the noise after the thresholds' own. */
function noiseShareOfDelta(shares: readonly PlanShare[], target: PlanTarget): number {
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
  const sensitivity = 'l2Sensitivity' in share ? share.l2Sensitivity : 1;
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
