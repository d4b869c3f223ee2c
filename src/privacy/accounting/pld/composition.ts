import type { PrivacyEvent } from '../../events.ts';
import { eventRho, exactParameter } from '../costs/event-cost.ts';
import { selectionRenyi } from '../costs/renyi.ts';
import { discreteGaussianPair } from './discrete-gaussian-pair.ts';
import type { Direction, DominatingPair } from './dominating-pair.ts';
import { boundedRangePair, gaussianPair, randomisedResponsePair } from './pairs.ts';
import type { Composition } from './parts.ts';
import { subsampledGaussianPair } from './subsampled-gaussian-pair.ts';

/** Events sorted by what their loss distribution is; direction is chosen when pairs are made. */
export interface SortedEvents {
  /** Σ (l2Sensitivity/sigma)² of continuous Gaussian noise: Gaussians compose exactly. */
  readonly gaussianSquare: number;
  /** Fixed pairs with their counts, equal ones together. */
  readonly pairs: readonly { readonly make: (direction: Direction) => DominatingPair; readonly count: number }[];
  /** Exponential mechanisms by epsilon, dearest kind first. */
  readonly selections: readonly { readonly range: number; readonly count: number }[];
  /** Concentrated cost of what has no pair. */
  readonly rho: number;
  /** Whether both directions cost the same. */
  readonly isSymmetric: boolean;
  /** Whether every loss is of a size that doubles hold well, and pairs are few; other compositions are left to other accountants. */
  readonly isModerate: boolean;
}

/** Largest typical loss of one event: exponentials of a few such losses must stay finite. */
const MOST_LOSS = 100;

/** Smallest: below it rounding errors of probabilities near 1 would outweigh the loss. */
const LEAST_LOSS = 1e-9;

/** Different pairs whose convolution still takes seconds; a stranger's certificate may list more, to keep a verifier busy. */
const MOST_PAIRS = 500;

/** Selections whose epsilons differ by less than this factor count as the dearest of them. */
const SAME_RANGE = 1.001;

/** A typical loss of one event: the mean or a deviation of its pair, whichever is larger. */
function typicalLoss(event: PrivacyEvent): number {
  switch (event.kind) {
    case 'gaussian':
      return deviationLoss((event.l2Sensitivity / event.sigma) ** 2);
    case 'discrete-gaussian':
    case 'stability-threshold':
      return deviationLoss(event.l2Sensitivity ** 2 / exactParameter(event.variance));
    case 'subsampled-gaussian':
      return deviationLoss(1 / event.noiseMultiplier ** 2);
    case 'discrete-laplace':
    case 'laplace-threshold':
      return event.l1Sensitivity / exactParameter(event.scale);
    case 'exponential':
      return exactParameter(event.epsilon);
    case 'zcdp':
      return deviationLoss(2 * event.rho);
    case 'pure':
      return event.epsilon;
  }
}

function deviationLoss(muSquared: number): number {
  return Math.max(muSquared / 2, Math.sqrt(muSquared));
}

function isModerate(event: PrivacyEvent): boolean {
  const loss = typicalLoss(event);
  if (!(loss >= LEAST_LOSS && loss <= MOST_LOSS)) return false;
  return event.kind !== 'subsampled-gaussian' || event.samplingRate >= LEAST_LOSS;
}

/** What one event adds to a composition. */
type Share =
  | { readonly as: 'gaussian'; readonly square: number }
  | {
      readonly as: 'pair';
      /** Equal for equal pairs. */
      readonly key: string;
      readonly count: number;
      readonly make: (direction: Direction) => DominatingPair;
    }
  | { readonly as: 'selection'; readonly range: number; readonly count: number }
  | { readonly as: 'concentrated'; readonly rho: number };

/** Sorts events; every kind must have a pair or a concentrated cost. */
export function sortEvents(events: readonly PrivacyEvent[]): SortedEvents {
  const pairs = new Map<string, { make: (direction: Direction) => DominatingPair; count: number }>();
  const ranges = new Map<number, number>();
  let [gaussianSquare, rho] = [0, 0];
  for (const share of events.map(shareOf)) {
    if (share.as === 'gaussian') gaussianSquare += share.square;
    else if (share.as === 'concentrated') rho += share.rho;
    else if (share.as === 'selection') ranges.set(share.range, (ranges.get(share.range) ?? 0) + share.count);
    else pairs.set(share.key, { make: share.make, count: (pairs.get(share.key)?.count ?? 0) + share.count });
  }
  const sortedPairs = [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair);
  const selections = mergeRanges(ranges);
  return {
    gaussianSquare,
    pairs: sortedPairs,
    selections,
    rho,
    isSymmetric: events.every((event) => event.kind !== 'subsampled-gaussian' || event.samplingRate === 1),
    isModerate: sortedPairs.length + selections.length <= MOST_PAIRS && events.every(isModerate),
  };
}

function shareOf(event: PrivacyEvent): Share {
  switch (event.kind) {
    case 'gaussian':
      return { as: 'gaussian', square: event.count * (event.l2Sensitivity / event.sigma) ** 2 };
    case 'discrete-gaussian':
    case 'stability-threshold':
      return discreteShare(event);
    case 'discrete-laplace':
    case 'laplace-threshold':
      return pureShare(event.l1Sensitivity / exactParameter(event.scale), event.count);
    case 'pure':
      return pureShare(event.epsilon, event.count);
    case 'exponential':
      return { as: 'selection', range: exactParameter(event.epsilon), count: event.count };
    case 'subsampled-gaussian':
      return sampledShare(event);
    case 'zcdp':
      return concentratedShare(event);
  }
}

function discreteShare(event: Extract<PrivacyEvent, { kind: 'discrete-gaussian' | 'stability-threshold' }>): Share {
  const shift = singleShift(event);
  if (shift === undefined) return concentratedShare(event);
  const { variance, count } = event;
  const make = () => discreteGaussianPair(exactParameter(variance), shift);
  return { as: 'pair', key: `dg ${variance} ${shift}`, count, make };
}

function pureShare(epsilon: number, count: number): Share {
  return { as: 'pair', key: `pure ${epsilon}`, count, make: () => randomisedResponsePair(epsilon) };
}

function sampledShare(event: Extract<PrivacyEvent, { kind: 'subsampled-gaussian' }>): Share {
  const { samplingRate, noiseMultiplier, steps } = event;
  if (samplingRate === 1) return { as: 'gaussian', square: steps / noiseMultiplier ** 2 };
  const make = (direction: Direction) => subsampledGaussianPair(samplingRate, noiseMultiplier, direction);
  return { as: 'pair', key: `sampled ${samplingRate} ${noiseMultiplier}`, count: steps, make };
}

function concentratedShare(event: PrivacyEvent): Share {
  return { as: 'concentrated', rho: eventRho(event) ?? Number.POSITIVE_INFINITY };
}

/**
 * How far one integer moves when no other does, or `undefined` when several cells may move. An integer vector of L2 norm
 * below √2 moves in one cell by 1.
 */
function singleShift(event: {
  readonly kind: string;
  readonly l2Sensitivity: number;
  readonly oneCell?: boolean;
}): number | undefined {
  if (event.l2Sensitivity ** 2 < 2 * (1 - 1e-9)) return 1;
  return event.oneCell === true ? Math.floor(event.l2Sensitivity * (1 + 1e-12)) : undefined;
}

function mergeRanges(ranges: ReadonlyMap<number, number>): { readonly range: number; readonly count: number }[] {
  const merged: { range: number; count: number }[] = [];
  for (const [range, count] of [...ranges].sort(([a], [b]) => b - a)) {
    const last = merged[merged.length - 1];
    if (last !== undefined && last.range <= range * SAME_RANGE) last.count += count;
    else merged.push({ range, count });
  }
  return merged.sort((a, b) => b.count * b.range ** 2 - a.count * a.range ** 2);
}

/**
 * The ways a sorted list may be composed in one direction, each valid; the smallest answer counts.
 *
 * Equal exponential mechanisms are played as a game against fixed pairs. Since two games do not commute, other kinds then
 * become fixed (looser) pairs; alternatively everything selected is charged by its Rényi divergence.
 */
export function compositionsOf(sorted: SortedEvents, direction: Direction): readonly Composition[] {
  const factors = sorted.pairs.map(({ make, count }) => ({ pair: make(direction), count }));
  if (sorted.gaussianSquare > 0) factors.push({ pair: gaussianPair(Math.sqrt(sorted.gaussianSquare)), count: 1 });
  const { selections, rho } = sorted;
  const [main, ...others] = selections;
  const divergence = (alpha: number) => alpha * rho;
  if (main === undefined) return [{ factors, rho, divergence }];
  const fixedOthers = others.map(({ range, count }) => ({ pair: boundedRangePair(range), count }));
  const isSingle = factors.length === 0 && others.length === 0 && main.count === 1 && rho === 0;
  if (isSingle) return [{ factors: [{ pair: boundedRangePair(main.range), count: 1 }], rho, divergence }];
  const charged: Composition = {
    factors,
    rho: rho + selections.reduce((sum, { range, count }) => sum + (count * range ** 2) / 8, 0) * (1 + 1e-12),
    divergence: (alpha) =>
      selections.reduce((sum, { range, count }) => sum + count * selectionRenyi(range, alpha), alpha * rho),
  };
  if (rho > 0) return [charged];
  const played: Composition = { factors: [...factors, ...fixedOthers], game: main, rho, divergence };
  return others.length === 0 ? [played] : [played, charged];
}
