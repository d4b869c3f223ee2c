import { parseRational, rationalToNumber } from '../../../math/rational.ts';
import type { PrivacyEvent } from '../../events.ts';

/** Covers the few roundings of one closed-form cost; costs are multiplied by it, so they round up. */
const ROUND_UP = 1 + 1e-15 * 8;

/** The nearest double of an exact parameter of an event. */
export function exactParameter(text: string): number {
  return rationalToNumber(parseRational(text));
}

/** Number of times an event happened. */
export function eventCount(event: PrivacyEvent): number {
  return event.kind === 'subsampled-gaussian' ? event.steps : event.count;
}

/**
 * Concentrated cost rho of an event with its count, rounded up, or `undefined` when the kind has none.
 *
 * Gaussian and discrete Gaussian: l2²/(2·variance) (any integer vectors). Exponential mechanism: epsilon²/8 by bounded
 * range. Discrete Laplace and pure: epsilon²/2. Thresholds: the noise of the shared keys; their delta comes on top
 * (`failureDelta`). Poisson-subsampled Gaussian: none, except without subsampling.
 *
 * @source Bun, Steinke 2016, Propositions 1.4 and 1.6; Canonne, Kamath, Steinke 2020, Theorem 14; Cesar, Rogers 2021,
 * Lemma 3.4 (bounded range).
 */
export function eventRho(event: PrivacyEvent): number | undefined {
  const single = singleRho(event);
  return single === undefined ? undefined : single * eventCount(event) * ROUND_UP;
}

function singleRho(event: PrivacyEvent): number | undefined {
  switch (event.kind) {
    case 'gaussian':
      return (event.l2Sensitivity / event.sigma) ** 2 / 2;
    case 'discrete-gaussian':
    case 'stability-threshold':
      return event.l2Sensitivity ** 2 / (2 * exactParameter(event.variance));
    case 'discrete-laplace':
    case 'laplace-threshold':
      return (event.l1Sensitivity / exactParameter(event.scale)) ** 2 / 2;
    case 'exponential':
      return exactParameter(event.epsilon) ** 2 / 8;
    case 'subsampled-gaussian':
      return event.samplingRate === 1 ? 1 / (2 * event.noiseMultiplier ** 2) : undefined;
    case 'zcdp':
      return event.rho;
    case 'pure':
      return event.epsilon ** 2 / 2;
    default:
      return undefined;
  }
}

/** Pure cost epsilon of an event with its count, rounded up, or `undefined` when the kind has none (a threshold fails at times). */
export function eventPureEpsilon(event: PrivacyEvent): number | undefined {
  const single = singlePureEpsilon(event);
  return single === undefined ? undefined : single * eventCount(event) * ROUND_UP;
}

/** Pure cost of one such event; the exponential mechanism's bounded range epsilon is also its pure epsilon. */
export function singlePureEpsilon(event: PrivacyEvent): number | undefined {
  switch (event.kind) {
    case 'discrete-laplace':
      return event.l1Sensitivity / exactParameter(event.scale);
    case 'exponential':
      return exactParameter(event.epsilon);
    case 'pure':
      return event.epsilon;
    default:
      return undefined;
  }
}

/** Pure cost of the noise of one such event, also where a threshold's own delta comes on top. */
export function singleNoiseEpsilon(event: PrivacyEvent): number | undefined {
  if (event.kind === 'laplace-threshold') return event.l1Sensitivity / exactParameter(event.scale);
  return singlePureEpsilon(event);
}

/**
 * Probability, over all events, that something outside the noise analysis happens: 1 − Π(1 − delta_i), rounded up.
 * Only thresholds have it; the guarantee is then delta + (1 − delta)·delta′ with delta′ from the noise.
 * @source Bun, Steinke 2016, Definition 8.1 and Lemma 8.8 (approximate concentrated privacy).
 */
export function failureDelta(events: readonly PrivacyEvent[]): number {
  let logSurvival = 0;
  for (const event of events) {
    if ('threshold' in event) logSurvival += event.count * Math.log1p(-event.delta);
  }
  return Math.abs(Math.expm1(logSurvival * ROUND_UP));
}

/** The delta left for the noise when `failure` is spent already, rounded down; ≤ 0 when nothing is left. */
export function noiseDelta(delta: number, failure: number): number {
  return failure === 0 ? delta : (delta * (1 - 1e-15) - failure) / (1 - failure);
}

/** Total delta of a noise part and a failure part, rounded up. */
export function totalDelta(noise: number, failure: number): number {
  return failure === 0 ? noise : Math.min(1, (failure + (1 - failure) * noise) * ROUND_UP);
}
