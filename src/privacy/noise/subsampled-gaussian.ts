import type { BitSource } from '../../random/bit-source.ts';
import type { RowSum } from '../mechanisms.ts';
import { poissonSample } from './poisson-sample.ts';
import { addRoundedGaussian, SIGMA_EXPONENTS } from './rounded-gaussian.ts';
import { sanitiseVector } from './sanitise.ts';

/** One step of DP-SGD: which rows are drawn, and how much noise their sum gets. */
export interface SubsampledStep {
  readonly samplingRate: number;
  readonly coordinates: number;
  /** log2 of the standard deviation of the noise, see `noiseExponent`. */
  readonly exponent: number;
}

/**
 * The standard deviation that covers vectors of norm `l2Bound` at a noise multiplier: the smallest power of two that is at
 * least their product, as its exponent; undefined when it is out of the sampler's range.
 */
export function noiseExponent(noiseMultiplier: number, l2Bound: number): number | undefined {
  const exponent = Math.max(SIGMA_EXPONENTS.least, Math.ceil(Math.log2(noiseMultiplier * l2Bound)) - 1);
  // Powers of two are exact; the logarithm may be a step off.
  const fitting = [exponent, exponent + 1, exponent + 2].find((e) => 2 ** e >= noiseMultiplier * l2Bound);
  return fitting !== undefined && fitting <= SIGMA_EXPONENTS.most ? fitting : undefined;
}

/**
 * The largest integer norm of at most `most` for which the noise is not rounded up: 2^exponent / noiseMultiplier.
 * Vectors scaled to it get exactly the noise that was calibrated, up to one grid unit.
 */
export function l2BoundFor(noiseMultiplier: number, most: number): number {
  const exponent = Math.min(SIGMA_EXPONENTS.most, Math.floor(Math.log2(noiseMultiplier * most)));
  let bound = Math.min(most, Math.floor(2 ** exponent / noiseMultiplier));
  // The quotient may have been rounded up.
  while (bound > 1 && bound * noiseMultiplier > 2 ** exponent) bound--;
  return Math.max(1, bound);
}

/**
 * Draws rows, sums their vectors and adds noise.
 *
 * **Privacy**: the caller vouches that every row adds an integer vector of L2 norm at most the bound behind `exponent`, and
 * that it depends on this row and public values alone. Then the sum is a Poisson-subsampled Gaussian release: integers plus
 * rounded Gaussian noise are a rounding of the continuous mechanism.
 */
export async function releaseSubsampledSum(bits: BitSource, rows: RowSum, step: SubsampledStep): Promise<Float64Array> {
  const drawn = poissonSample(bits, Math.max(0, Math.trunc(rows.rows) || 0), step.samplingRate);
  const sum = sanitiseVector(await rows.sum(drawn), step.coordinates);
  drawn.fill(0);
  addRoundedGaussian(bits, sum, step.exponent);
  return sum;
}
