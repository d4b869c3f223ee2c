import { TabveilError } from '../errors.ts';
import { type Clique, countCells, type Domain } from '../marginals/domain.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { parseRational, rational, rationalToNumber } from '../math/rational.ts';
import type { PrivacyEvent } from '../privacy/events.ts';
import type { FitInput } from './synthesizer.ts';

/** The planned event of a label. @throws TabveilError (bug) when the plan has no such line. */
export function plannedEvent(input: Pick<FitInput, 'plan'>, label: string): PrivacyEvent {
  const planned = input.plan.find((line) => line.label === label);
  if (planned === undefined) throw new TabveilError('bug', 'plan.label', `plan: no event is labelled "${label}".`);
  return planned.event;
}

/** Noise variance per cell of a planned discrete Gaussian. */
export function plannedVariance(input: Pick<FitInput, 'plan'>, label: string): number {
  const event = plannedEvent(input, label);
  if (event.kind !== 'discrete-gaussian' && event.kind !== 'stability-threshold') {
    throw new TabveilError('bug', 'plan.kind', `plan: event "${label}" is ${event.kind}; it has no variance.`);
  }
  return rationalToNumber(parseRational(event.variance));
}

/** Epsilon of a planned exponential mechanism. */
export function plannedEpsilon(input: Pick<FitInput, 'plan'>, label: string): number {
  const event = plannedEvent(input, label);
  if (event.kind !== 'exponential') {
    throw new TabveilError('bug', 'plan.kind', `plan: event "${label}" is ${event.kind}; it has no epsilon.`);
  }
  return rationalToNumber(parseRational(event.epsilon));
}

/**
 * Releases one marginal with the noise planned under `label`.
 *
 * **Privacy**: one unit of at most k rows changes the counts by at most k in L2 (k rows in one cell), which is the
 * sensitivity of the planned event.
 */
export async function measureMarginal(input: FitInput, clique: Clique, label: string): Promise<Measurement> {
  const counts = input.source.map(async (source) => (await source.count([clique]))[0]!);
  const released = await input.mechanisms.discreteGaussian(counts, { label, cells: countCells(input.domain, clique) });
  return { clique, counts: released.value, variance: plannedVariance(input, label) };
}

/** Candidates of a selection round with how much each is worth. */
export interface SelectionRequest {
  readonly label: string;
  readonly cliques: readonly Clique[];
  /** Integer weight of each candidate's score; the sensitivity grows with the largest. */
  readonly weights: readonly number[];
  /** Released model answer of each candidate, rounded to integers inside. */
  readonly estimates: readonly Float64Array[];
  /** Subtracted from each weighted error: the error expected from noise alone, in units of rows. */
  readonly penalties: readonly number[];
}

/**
 * Chooses the candidate whose true counts are furthest from the model, by the exact exponential mechanism.
 *
 * Score i is the integer weightᵢ·(‖countsᵢ − round(estimateᵢ)‖₁ − round(penaltyᵢ)).
 * **Privacy**: one row changes one count by one, hence each L1 distance by at most one; a unit of k rows moves score i by
 * at most k·weightᵢ. Everything else in the score is public or released.
 * @source McKenna et al. 2021 (MST) algorithm 2; McKenna et al. 2022 (AIM) algorithm 2. Rounding the estimate first makes
 * the scores exact integers.
 */
export async function selectWorst(input: FitInput, request: SelectionRequest): Promise<number> {
  const penalties = request.penalties.map(Math.round);
  const scores = input.source.map(async (source) => {
    const counts = await source.count(request.cliques);
    return Float64Array.from(counts, (exact, candidate) => {
      const distance = roundedDistance(exact, request.estimates[candidate]!);
      return request.weights[candidate]! * (distance - penalties[candidate]!);
    });
  });
  const largest = request.weights.reduce((most, weight) => Math.max(most, weight), 1);
  const released = await input.mechanisms.exponential(scores, {
    label: request.label,
    candidates: request.cliques.length,
    sensitivity: rational(BigInt(largest * input.unitRows)),
  });
  return released.value;
}

/** Sum of absolute differences between exact counts and estimates rounded to integers: an integer. */
function roundedDistance(counts: Float64Array, estimate: Float64Array): number {
  let distance = 0;
  for (let cell = 0; cell < counts.length; cell++) distance += Math.abs(counts[cell]! - Math.round(estimate[cell]!));
  return distance;
}

/**
 * Released estimate of the number of rows: the mean of the measured totals weighted by their precision.
 *
 * **Privacy**: post-processing. The sum of a noisy marginal with c cells has variance c·variance.
 * @returns a non-negative integer.
 */
export function estimateRows(measurements: readonly Measurement[]): number {
  let [weighted, weights] = [0, 0];
  for (const { counts, variance } of measurements) {
    const weight = 1 / (variance * counts.length);
    weighted += weight * counts.reduce((sum, count) => sum + count, 0);
    weights += weight;
  }
  return weights > 0 ? Math.max(0, Math.round(weighted / weights)) : 0;
}

/** One-element cliques of all attributes. */
export function oneWayCliques(domain: Domain): Clique[] {
  return domain.names.map((_, attribute) => [attribute]);
}

/** All pairs of attributes. */
export function pairCliques(domain: Domain): Clique[] {
  const count = domain.names.length;
  return Array.from({ length: count }, (_, a) =>
    Array.from({ length: count - a - 1 }, (_, k) => [a, a + k + 1]),
  ).flat();
}
