import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundedRangeRenyi,
  randomisedResponseRenyi,
  renyiCurve,
  subsampledGaussianRenyi,
} from '../../../src/privacy/accounting/costs/renyi.ts';
import { zcdpEpsilon } from '../../../src/privacy/accounting/costs/zcdp.ts';
import { renyiAccountant } from '../../../src/privacy/accounting/renyi-accountant.ts';
import type { PrivacyEvent } from '../../../src/privacy/events.ts';
import reference from '../../reference/accounting.json' with { type: 'json' };

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

const sampled = (samplingRate: number, noiseMultiplier: number, steps: number): PrivacyEvent => ({
  kind: 'subsampled-gaussian',
  samplingRate,
  noiseMultiplier,
  steps,
});

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
        expect(subsampledGaussianRenyi(rate, sigma)(alpha)).toBeCloseTo(exact, 11);
        expect(addDirection(rate, sigma, alpha)).toBeLessThanOrEqual(
          subsampledGaussianRenyi(rate, sigma)(alpha) * (1 + 1e-9),
        );
      }
    }
  });

  it('too few nodes for the quadrature cost what no sampling does, never less', () => {
    const event = sampled(0.01, 0.2, 7);
    for (const alpha of [1.1, 2, 5]) {
      expect(renyiCurve(event, 100)!(alpha)).toBeCloseTo((7 * alpha) / (2 * 0.2 ** 2), 6);
      expect(renyiCurve(event, 100)!(alpha)).toBeGreaterThan(renyiCurve(event)!(alpha));
    }
  });

  it('subsampling with rate 1 is no subsampling, at any order', () => {
    for (const alpha of [1.3, 2.5, 17.2]) {
      expect(subsampledGaussianRenyi(1, 2)(alpha)).toBeCloseTo(alpha / 8, 9);
    }
  });
});

describe('Rényi accountant', () => {
  it.each(reference.dpsgd)('DP-SGD q=$q sigma=$sigma steps=$steps: as tight as the reference, above its PLD', (row) => {
    const epsilon = renyiAccountant.epsilon([sampled(row.q, row.sigma, row.steps)], row.delta);
    expect(epsilon).toBeGreaterThanOrEqual(row.atLeast);
    expect(epsilon).toBeLessThanOrEqual(row.rdp * (1 + 1e-9));
  });

  it('is the tight zCDP conversion when all is concentrated', () => {
    for (const rho of [1e-6, 0.01, 2]) {
      const epsilon = renyiAccountant.epsilon([{ kind: 'zcdp', rho, count: 1 }], 1e-7);
      expect(epsilon / zcdpEpsilon(rho, 1e-7)).toBeCloseTo(1, 8);
    }
  });

  it('finds the best order: no order of a fine grid proves less, also where quadrature ends', () => {
    const compositions: readonly (readonly PrivacyEvent[])[] = [
      [sampled(0.01, 1.1, 5000), { kind: 'exponential', epsilon: '1/10', count: 20 }],
      // Amplification breaks down just above the best order.
      [sampled(1e-4, 0.4, 3)],
      // So little cost that the best order lies beyond 2048, where sampling is not counted.
      [sampled(0.999, 1000, 1)],
      [sampled(0.3, 0.1, 2), { kind: 'zcdp', rho: 1e-7, count: 1 }],
      [{ kind: 'pure', epsilon: 3, count: 2 }, sampled(0.02, 30, 100)],
    ];
    const excesses = Array.from({ length: 425 }, (_, step) => Math.exp(-5.2 + 0.05 * step));
    for (const events of compositions) {
      const curves = events.map((event) => renyiCurve(event)!);
      const divergences = excesses.map((excess) => curves.reduce((sum, curve) => sum + curve(1 + excess), 0));
      for (const delta of [1e-3, 1e-12]) {
        const proven = excesses.map(
          (excess, order) =>
            divergences[order]! - Math.log1p(1 / excess) - (Math.log(delta) + Math.log1p(excess)) / excess,
        );
        const least = Math.max(0, Math.min(...proven));
        expect(renyiAccountant.epsilon(events, delta)).toBeLessThanOrEqual(least * (1 + 1e-9) + 1e-12);
      }
    }
  });

  it('different events cost between as many of the cheapest and as many of the dearest', () => {
    const cost = (noise: (index: number) => number): number =>
      renyiAccountant.epsilon(
        Array.from({ length: 300 }, (_, index) => sampled(0.01, noise(index), 1)),
        1e-6,
      );
    const epsilon = cost((index) => 1 + index / 3000);
    expect(epsilon).toBeLessThan(cost(() => 1));
    expect(epsilon).toBeGreaterThan(cost(() => 1.1));
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
