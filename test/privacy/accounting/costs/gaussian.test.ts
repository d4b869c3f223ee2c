import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalUpper } from '../../../../src/math/normal.ts';
import {
  gaussianDelta,
  gaussianEpsilon,
  gaussianMu,
  gaussianSigma,
} from '../../../../src/privacy/accounting/costs/gaussian.ts';
import reference from '../../../reference/accounting.json' with { type: 'json' };

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

const mus = fc.double({ min: -5, max: 1.2, noNaN: true }).map((exponent) => 10 ** exponent);

/** At least the 60-digit value, and within a billionth of it. */
function expectFromAbove(bound: number, exact: string | number): void {
  expect(bound).toBeGreaterThanOrEqual(Number(exact) * (1 - 1e-16));
  expect(bound / Number(exact) - 1).toBeLessThan(1e-9);
}

describe('analytic Gaussian', () => {
  it.each(reference.gaussianDelta)('delta at sigma $sigma, epsilon $epsilon is the 60-digit value, from above', (row) =>
    expectFromAbove(gaussianDelta(1 / row.sigma, row.epsilon), row.exact),
  );

  it.each(reference.gaussianEpsilon)('epsilon at sigma $sigma, delta $delta is the 60-digit value, from above', (row) =>
    expectFromAbove(gaussianEpsilon(1 / row.sigma, row.delta), row.exact),
  );

  it.each(reference.gaussianSigma)(
    'sigma for epsilon $epsilon, delta $delta is the 60-digit value, from above',
    (row) => {
      const sigma = gaussianSigma(row.epsilon, row.delta);
      expectFromAbove(sigma, row.exact);
      expect(gaussianDelta(1 / sigma, row.epsilon)).toBeLessThanOrEqual(row.delta);
    },
  );

  it.each(reference.gdpMu)(
    'the exact mu at epsilon $epsilon, delta $delta is above the one concentrated accounting implies',
    (row) => {
      const mu = gaussianMu(row.epsilon, row.delta);
      expect(mu / Number(row.mu)).toBeCloseTo(1, 9);
      expect(mu).toBeGreaterThan(row.muOfRho);
    },
  );

  it('is the integral of the positive part of the difference of densities', () => {
    for (const [mu, epsilon] of [
      [0.5, 0.2],
      [2, 1],
      [0.05, 0.01],
      [1, -0.3],
    ] as const) {
      let integral = 0;
      const width = 1e-4;
      for (let z = -10; z < 14; z += width) {
        const density = Math.exp(-((z - mu) ** 2) / 2) - Math.exp(epsilon - (z * z) / 2);
        integral += (Math.max(0, density) * width) / Math.sqrt(2 * Math.PI);
      }
      expect(gaussianDelta(mu, epsilon) / integral).toBeCloseTo(1, 5);
    }
  });

  it('keeps its digits where two tails nearly cancel', () => {
    // For tiny mu, delta(0) is 2Φ(mu/2) − 1 = mu/√(2π)·(1 − mu²/24 + …).
    for (const mu of [1e-3, 1e-5]) {
      expect(gaussianDelta(mu, 0) / ((mu / Math.sqrt(2 * Math.PI)) * (1 - (mu * mu) / 24))).toBeCloseTo(1, 9);
      const far = 5;
      const expected = mu * (Math.exp((-far * far) / 2) / Math.sqrt(2 * Math.PI) - far * normalUpper(far));
      expect(gaussianDelta(mu, far * mu) / expected).toBeCloseTo(1, 2);
    }
  });

  it('grows with mu, falls with epsilon, and inverts', () => {
    fc.assert(
      fc.property(mus, fc.double({ min: 1e-12, max: 0.3, noNaN: true }), (mu, delta) => {
        const epsilon = gaussianEpsilon(mu, delta);
        expect(gaussianDelta(mu, epsilon)).toBeLessThanOrEqual(delta);
        if (epsilon === 0) return;
        expect(gaussianDelta(mu * 1.001, epsilon)).toBeGreaterThan(delta);
        expect(gaussianDelta(mu, epsilon * 0.999)).toBeGreaterThan(delta);
        expect(gaussianMu(epsilon, delta) / mu).toBeCloseTo(1, 8);
      }),
    );
  });

  it('no noise needed or no delta left', () => {
    expect(gaussianDelta(0, 1)).toBe(0);
    expect(gaussianEpsilon(0, 1e-6)).toBe(0);
    expect(gaussianEpsilon(1, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
