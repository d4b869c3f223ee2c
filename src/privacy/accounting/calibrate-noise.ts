import { TabveilError } from '../../errors.ts';
import { eventCount } from './costs/event-cost.ts';
import { gaussianMu, gaussianSigma } from './costs/gaussian.ts';
import { zcdpRho } from './costs/zcdp.ts';
import { growScale } from './grow-scale.ts';
import { pldAccountant } from './pld-accountant.ts';
import { validateEvent } from './validate-event.ts';
import { zcdpAccountant } from './zcdp-accountant.ts';

/** What the calibrated mechanism may cost. */
export interface NoiseTarget {
  readonly epsilon: number;
  readonly delta: number;
}

/**
 * The smallest standard deviation per unit of L2 sensitivity for which `count` Gaussian releases meet the target.
 * @throws TabveilError when the target or the count makes no sense.
 * **Numerics**: exact formula, rounded up: the composition of the returned noise is within the target.
 * @example calibrateGaussian({ epsilon: 1, delta: 1e-5 }, 1) // 3.7306316348
 */
export function calibrateGaussian(target: NoiseTarget, count: number): number {
  requireTarget(target);
  const event = (sigma: number) =>
    validateEvent({ kind: 'gaussian', sigma, l2Sensitivity: 1, count }, { where: 'calibration', kind: 'usage' });
  let sigma = gaussianSigma(target.epsilon, target.delta) * Math.sqrt(eventCount(event(1)));
  // The accountant has roundings of its own; what it says about the result is what counts.
  while (pldAccountant.epsilon([event(sigma)], target.delta) > target.epsilon) sigma *= 1 + 2 ** -50;
  return sigma;
}

/**
 * The largest rho whose tight conversion meets the target, rounded down.
 * @throws TabveilError when the target makes no sense.
 */
export function calibrateZcdp(target: NoiseTarget): number {
  requireTarget(target);
  let rho = zcdpRho(target.epsilon, target.delta);
  while (zcdpAccountant.epsilon([{ kind: 'zcdp', rho, count: 1 }], target.delta) > target.epsilon) rho *= 1 - 2 ** -50;
  return rho;
}

/**
 * The noise multiplier with which DP-SGD of a public sampling rate and number of steps meets the target: within a relative
 * 2e-4 of epsilon, never above it, by the loss-distribution accountant in both directions.
 * @param rate Poisson sampling rate in (0, 1].
 * @throws TabveilError when the target, rate or steps make no sense, or no multiplier meets the target.
 */
export function calibrateDpSgd(target: NoiseTarget, rate: number, steps: number): number {
  requireTarget(target);
  const event = (noiseMultiplier: number) =>
    validateEvent(
      { kind: 'subsampled-gaussian', samplingRate: rate, noiseMultiplier, steps },
      { where: 'calibration', kind: 'usage' },
    );
  const count = eventCount(event(1));
  if (rate === 1) return calibrateGaussian(target, steps);
  // Central limit: mu² = q²·T·(e^(1/sigma²) − 1), which is right within a few percent when epsilon is moderate.
  const mu = gaussianMu(target.epsilon, target.delta);
  const guess = Math.sqrt(Math.log1p((mu * mu) / (rate * rate * count)));
  const found = growScale(guess, 1, (scale) => {
    const noiseMultiplier = 1 / scale;
    return {
      use: pldAccountant.epsilon([event(noiseMultiplier)], target.delta) / target.epsilon,
      result: noiseMultiplier,
    };
  });
  if (found !== undefined) return found;
  throw new TabveilError(
    'usage',
    'calibrate.out-of-reach',
    `no noise multiplier was found for epsilon ${target.epsilon}, delta ${target.delta}, rate ${rate}, ${steps} steps; ask for a less extreme target.`,
  );
}

function requireTarget({ epsilon, delta }: NoiseTarget): void {
  if (!(epsilon > 0 && epsilon <= 1e4)) {
    throw new TabveilError(
      'usage',
      'calibrate.epsilon',
      `epsilon is ${epsilon}; it must be a positive number up to 10000.`,
    );
  }
  if (!(delta > 0 && delta < 1)) {
    throw new TabveilError('usage', 'calibrate.delta', `delta is ${delta}; it must lie strictly between 0 and 1.`);
  }
}
