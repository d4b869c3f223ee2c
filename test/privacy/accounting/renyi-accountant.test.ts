import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedRangeRenyi,
  randomisedResponseRenyi,
  subsampledGaussianRenyi,
} from '../../../src/privacy/accounting/renyi.ts';
import { renyiAccountant } from '../../../src/privacy/accounting/renyi-accountant.ts';
import { zcdpEpsilon } from '../../../src/privacy/accounting/zcdp.ts';
import type { PrivacyEvent } from '../../../src/privacy/events.ts';
import reference from '../../reference/accounting.json' with { type: 'json' };

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

/** ln Σ first^alpha·second^(1−alpha) / (alpha − 1). */
function divergence(first: readonly number[], second: readonly number[], alpha: number): number {
  const moment = first.reduce((sum, p, i) => sum + p ** alpha * second[i]! ** (1 - alpha), 0);
  return Math.log(moment) / (alpha - 1);
}

describe('Rényi divergences', () => {
  it('randomised response is the two-point sum, from above', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 3, noNaN: true }),
        fc.double({ min: 1.1, max: 50, noNaN: true }),
        (epsilon, alpha) => {
          const p = 1 / (1 + Math.exp(-epsilon));
          const exact = divergence([p, 1 - p], [1 - p, p], alpha);
          const bound = randomisedResponseRenyi(epsilon, alpha);
          expect(bound).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
          expect(bound).toBeLessThanOrEqual(exact + 1e-12);
        },
      ),
    );
  });

  it('bounded range is the worst of the two-point pairs of that range, and of real exponential mechanisms', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 3, noNaN: true }),
        fc.double({ min: 1.1, max: 30, noNaN: true }),
        (range, alpha) => {
          const bound = boundedRangeRenyi(range, alpha);
          let worst = 0;
          for (let t = range / 400; t < range * 0.999; t += range / 400) {
            const high = (Math.exp(range) - Math.exp(t)) / Math.expm1(range);
            worst = Math.max(
              worst,
              divergence([high, 1 - high], [high * Math.exp(-t), 1 - high * Math.exp(-t)], alpha),
            );
          }
          expect(bound).toBeGreaterThanOrEqual(worst * (1 - 1e-9));
          expect(bound).toBeLessThanOrEqual(worst * 1.001 + 1e-9);
          expect(bound).toBeLessThanOrEqual((alpha * range * range) / 8 + 1e-9);
        },
      ),
    );
  });

  it('permute-and-flip is refused its price: its divergence exceeds what an exponential mechanism pays', () => {
    // Scores (0, 0) against (1, −1), epsilon 1: permute-and-flip picks with these probabilities.
    const keep = Math.exp(-1);
    const permuteAndFlip = divergence([0.5, 0.5], [1 - keep / 2, keep / 2], 2);
    expect(Math.max(permuteAndFlip, divergence([1 - keep / 2, keep / 2], [0.5, 0.5], 2))).toBeGreaterThan(
      boundedRangeRenyi(1, 2) * 2,
    );
  });

  it('the subsampled Gaussian at whole orders is the binomial sum, and removing is the dearer direction', () => {
    for (const [rate, sigma] of [
      [0.01, 1],
      [0.2, 0.6],
      [1e-4, 4],
      [0.5, 20],
    ] as const) {
      for (const alpha of [2, 3, 8]) {
        let moment = 0;
        let choose = 1;
        for (let k = 0; k <= alpha; k++) {
          moment += choose * rate ** k * (1 - rate) ** (alpha - k) * Math.exp((k * k - k) / (2 * sigma * sigma));
          choose *= (alpha - k) / (k + 1);
        }
        const exact = Math.log1p(moment - 1) / (alpha - 1);
        expect(subsampledGaussianRenyi(rate, sigma, alpha)).toBeCloseTo(exact, 11);
        expect(addDirection(rate, sigma, alpha)).toBeLessThanOrEqual(
          subsampledGaussianRenyi(rate, sigma, alpha) * (1 + 1e-9),
        );
      }
    }
  });

  it('subsampling with rate 1 is no subsampling, at any order', () => {
    for (const alpha of [1.3, 2.5, 17.2]) {
      expect(subsampledGaussianRenyi(1, 2, alpha)).toBeCloseTo(alpha / 8, 9);
    }
  });
});

describe('Rényi accountant', () => {
  it.each(reference.dpsgd)('DP-SGD q=$q sigma=$sigma steps=$steps: as tight as the reference, above its PLD', (row) => {
    const event: PrivacyEvent = {
      kind: 'subsampled-gaussian',
      samplingRate: row.q,
      noiseMultiplier: row.sigma,
      steps: row.steps,
    };
    const epsilon = renyiAccountant.epsilon([event], row.delta);
    expect(epsilon).toBeGreaterThanOrEqual(row.atLeast);
    expect(epsilon).toBeLessThanOrEqual(row.rdp * (1 + 1e-9));
  });

  it('is the tight zCDP conversion when all is concentrated', () => {
    for (const rho of [1e-6, 0.01, 2]) {
      const epsilon = renyiAccountant.epsilon([{ kind: 'zcdp', rho, count: 1 }], 1e-7);
      expect(epsilon / zcdpEpsilon(rho, 1e-7)).toBeCloseTo(1, 8);
    }
  });

  it('charges every selection of a counted event', () => {
    for (const row of reference.exponentialKfold) {
      const epsilon = renyiAccountant.epsilon(
        [{ kind: 'exponential', epsilon: row.epsilon, count: row.count }],
        row.delta,
      );
      expect(epsilon).toBeGreaterThan(6 * row.wrong);
      expect(epsilon).toBeLessThanOrEqual(row.rdp * 1.0001);
    }
  });
});

/** Divergence of order alpha of N(0, sigma²) from the mixture, by a fine sum. */
function addDirection(rate: number, sigma: number, alpha: number): number {
  const width = sigma / 50;
  let moment = 0;
  for (let x = -12 * sigma - alpha; x < 12 * sigma + alpha; x += width) {
    const base = Math.exp(-(x * x) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI));
    const ratio = 1 - rate + rate * Math.exp((2 * x - 1) / (2 * sigma * sigma));
    moment += width * base * ratio ** (1 - alpha);
  }
  return Math.log(moment) / (alpha - 1);
}
