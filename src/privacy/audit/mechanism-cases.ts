import { stabilityThreshold, worstUniqueKeyDelta } from '../../math/discrete-gaussian-tail.ts';
import { laplaceThreshold, worstUniqueKeyDeltaL1 } from '../../math/discrete-laplace-tail.ts';
import { parseRational, rational, rationalToNumber } from '../../math/rational.ts';
import type { PrivacyEvent } from '../events.ts';
import type { Mechanisms, PrivacyPlan } from '../mechanisms.ts';
import { noiseExponent } from '../noise/subsampled-gaussian.ts';
import { Private } from '../private.ts';
import type { AuditSubject, Side } from './audit.ts';
import { claimOf } from './claim.ts';
import type { AuditTest } from './power.ts';

/** Makes fresh mechanisms for a plan; one call per run. */
export type MechanismFactory = (plan: PrivacyPlan) => Mechanisms;

/** A mechanism with the neighbours that use up its claim. */
interface MechanismCase {
  readonly name: string;
  readonly setting: string;
  readonly test: AuditTest;
  readonly events: readonly PrivacyEvent[];
  readonly run: (mechanisms: Mechanisms, side: Side) => Promise<number>;
}

const label = (index: number) => `event-${index}`;
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

/** Discrete Gaussian noise on `count` vectors of which the unit moves one cell each: the score is the sum of those cells. */
function gaussianCase(variance: string, l2Sensitivity: number, count: number): MechanismCase {
  return {
    name: count === 1 ? `discrete Gaussian, variance ${variance}` : `${count} discrete Gaussians, variance ${variance}`,
    setting: `counts of 0 against ${l2Sensitivity} in ${count} of ${count + 1} cells; score: their noisy sum`,
    test: 'gaussian',
    events: [{ kind: 'discrete-gaussian', variance, l2Sensitivity, oneCell: true, count }],
    run: async (mechanisms, side) => {
      const counts = new Float64Array(count + 1).fill(side === 'with' ? l2Sensitivity : 0, 0, count);
      const request = { label: label(0), cells: count + 1 };
      const { value } = await mechanisms.discreteGaussian(Private.seal(counts), request);
      return sum(value.subarray(0, count));
    },
  };
}

/** Discrete Laplace noise: the log-likelihood ratio saturates outside 0 … sensitivity. */
function laplaceCase(scale: string, l1Sensitivity: number): MechanismCase {
  return {
    name: `discrete Laplace, scale ${scale}`,
    setting: `a count of 0 against ${l1Sensitivity}; score: the noisy count within this range`,
    test: 'pure',
    events: [{ kind: 'discrete-laplace', scale, l1Sensitivity, count: 1 }],
    run: async (mechanisms, side) => {
      const counts = Private.seal(Float64Array.of(side === 'with' ? l1Sensitivity : 0));
      const { value } = await mechanisms.discreteLaplace(counts, { label: label(0), cells: 1 });
      return Math.max(0, Math.min(l1Sensitivity, value[0]!));
    },
  };
}

/** One selection among many: when one score rises and all others fall, its probability grows by nearly exp(epsilon). */
function selectionCase(epsilon: string, candidates: number): MechanismCase {
  return {
    name: `exponential mechanism, epsilon ${epsilon}, ${candidates} candidates`,
    setting: 'equal scores against one up by 1, all others down by 1; score: whether that one is chosen',
    test: 'pure',
    events: [{ kind: 'exponential', epsilon, count: 1 }],
    run: async (mechanisms, side) => {
      const scores = new Float64Array(candidates).fill(side === 'with' ? -1 : 0);
      if (side === 'with') scores[0] = 1;
      const request = { label: label(0), candidates, sensitivity: rational(1n) };
      return (await mechanisms.exponential(Private.seal(scores), request)).value === 0 ? 1 : 0;
    },
  };
}

/** Many selections between two candidates: what separates the exponential mechanism from permute-and-flip. */
function selectionsCase(epsilon: string, rounds: number): MechanismCase {
  return {
    name: `${rounds} exponential mechanisms, epsilon ${epsilon}`,
    setting: 'each: scores 0, 0 against 1, -1; score: how often the first is chosen',
    test: 'gaussian',
    events: Array.from({ length: rounds }, () => ({ kind: 'exponential', epsilon, count: 1 })),
    run: async (mechanisms, side) => {
      const scores = Private.seal(side === 'with' ? Float64Array.of(1, -1) : new Float64Array(2));
      let first = 0;
      for (let round = 0; round < rounds; round++) {
        const request = { label: label(round), candidates: 2, sensitivity: rational(1n) };
        if ((await mechanisms.exponential(scores, request)).value === 0) first++;
      }
      return first;
    },
  };
}

/** The tightest threshold that a variance and a delta allow. */
function thresholdEvent(variance: string, delta: number): PrivacyEvent & { readonly kind: 'stability-threshold' } {
  const exact = parseRational(variance);
  const threshold = stabilityThreshold(exact, delta, 1);
  const achieved = worstUniqueKeyDelta(rationalToNumber(exact), threshold, 1);
  return { kind: 'stability-threshold', variance, threshold, l2Sensitivity: 1, delta: achieved, count: 1 };
}

function laplaceThresholdEvent(scale: string, delta: number): PrivacyEvent & { readonly kind: 'laplace-threshold' } {
  const exact = parseRational(scale);
  const threshold = laplaceThreshold(exact, delta, 1);
  const achieved = worstUniqueKeyDeltaL1(rationalToNumber(exact), threshold, 1);
  return { kind: 'laplace-threshold', scale, threshold, l1Sensitivity: 1, delta: achieved, count: 1 };
}

/** A key that only one unit holds: it may be shown with probability delta and no more. */
function uniqueKeyCase(event: PrivacyEvent & { readonly threshold: number }): MechanismCase {
  const noise = event.kind === 'laplace-threshold' ? 'Laplace ' : '';
  return {
    name: `${noise}stability threshold ${event.threshold}, a key of one row`,
    setting: 'no key against one key of one row; score: whether it is shown',
    test: 'failure',
    events: [event],
    run: async (mechanisms, side) => {
      const keys = new Map(side === 'with' ? [['only', 1]] : []);
      const { value } = await mechanisms.stabilityHistogram(Private.seal(keys), { label: label(0) });
      return value.size;
    },
  };
}

/** A key that many hold: its noisy count is a discrete Gaussian release. */
function sharedKeyCase(variance: string, delta: number): MechanismCase {
  return {
    name: `stability threshold, a shared key, variance ${variance}`,
    setting: 'a key of 1000 rows against 1001; score: its noisy count',
    test: 'gaussian',
    events: [thresholdEvent(variance, delta)],
    run: async (mechanisms, side) => {
      const keys = new Map([['shared', side === 'with' ? 1001 : 1000]]);
      const { value } = await mechanisms.stabilityHistogram(Private.seal(keys), { label: label(0) });
      return value.get('shared') ?? 0;
    },
  };
}

/** Norm of the gradient in the case below. */
const GRADIENT_NORM = 1000;

/** DP-SGD: a gradient as long as clipping allows, against none; the exact log-likelihood ratio of all noisy sums. */
function gradientCase(samplingRate: number, noiseMultiplier: number, steps: number): MechanismCase {
  const sigma = 2 ** (noiseExponent(noiseMultiplier, GRADIENT_NORM) ?? 0);
  return {
    name: `${steps} subsampled Gaussians, rate ${samplingRate}, multiplier ${noiseMultiplier}`,
    setting:
      'no rows against one whose gradient is as long as clipping allows; score: log-likelihood ratio of all sums',
    test: 'gaussian',
    events: [{ kind: 'subsampled-gaussian', samplingRate, noiseMultiplier, steps }],
    run: async (mechanisms, side) => {
      const sumOf = (drawn: Int32Array) => Float64Array.of(GRADIENT_NORM * drawn.length);
      const rows = Private.seal({ rows: side === 'with' ? 1 : 0, sum: sumOf });
      const request = { label: label(0), coordinates: 1, l2Bound: GRADIENT_NORM };
      let score = 0;
      for (let step = 0; step < steps; step++) {
        const { value } = await mechanisms.subsampledGaussian(rows, request);
        const gain = (GRADIENT_NORM * (2 * value[0]! - GRADIENT_NORM)) / (2 * sigma * sigma);
        score += Math.log1p(samplingRate * Math.expm1(gain));
      }
      return score;
    },
  };
}

/**
 * Every mechanism on neighbours that use up its claim as far as one pair can, with the log-likelihood ratio (or a
 * function of it) as score.
 *
 * **Privacy**: all tables are made up; nothing private is read.
 */
export function mechanismSubjects(createMechanisms: MechanismFactory): AuditSubject[] {
  const cases = [
    gaussianCase('1', 1, 1),
    gaussianCase('25', 5, 1),
    gaussianCase('16', 1, 9),
    laplaceCase('1', 1),
    laplaceCase('3', 3),
    selectionCase('1', 16),
    selectionsCase('1/2', 20),
    uniqueKeyCase(thresholdEvent('4', 0.05)),
    uniqueKeyCase(laplaceThresholdEvent('2', 0.05)),
    sharedKeyCase('1', 1e-6),
    gradientCase(0.5, 1, 6),
  ];
  return cases.map(({ events, run, ...described }) => {
    const plan = events.map((event, index) => ({ label: label(index), purpose: 'audit', event }));
    return { ...described, claim: claimOf(events), run: (side) => run(createMechanisms(plan), side) };
  });
}
