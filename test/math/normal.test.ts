import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erfcx, gaussianKernel, normalUpper, normalUpperQuantile } from '../../src/math/normal.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

describe('normal tails', () => {
  it.each([
    // From the continued fraction of Mills' ratio in 60-digit decimal arithmetic.
    [0, '0.5'],
    [3, '0.00134989803163009452665181476759'],
    [6, '9.86587645037698140700864132398e-10'],
    [10, '7.61985302416052606597334325160e-24'],
    [20, '2.75362411860623369507562278086e-89'],
    [37, '5.72557122252457682268319254827e-300'],
  ])('P[Z ≥ %d] to 14 digits', (x, digits) => {
    const exact = Number(digits);
    expect(Math.abs(normalUpper(x) / exact - 1)).toBeLessThan(2e-14);
    expect(normalUpper(-x)).toBeCloseTo(1 - exact, 15);
  });

  it.each([
    [0.5, 0.6156903441929259],
    [1, 0.427583576155807],
    [2, 0.2553956763105057],
    [10, 0.05614099274382259],
    [-1, 5.00898008076228],
  ])('erfcx(%d) to 14 digits', (x, exact) => {
    expect(Math.abs(erfcx(x) / exact - 1)).toBeLessThan(2e-14);
  });

  it('joins its two formulas and its two strips without a step', () => {
    for (const seam of [1, 2 * Math.PI]) {
      const slope = 2 * seam * erfcx(seam) - 2 / Math.sqrt(Math.PI);
      expect(erfcx(seam + 1e-6) - erfcx(seam - 1e-6)).toBeCloseTo(2e-6 * slope, 14);
    }
  });

  it('the tail is the integral of the kernel', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 30, noNaN: true }), (x) => {
        const width = 1e-3;
        const middle = (gaussianKernel(x + width / 2) * width) / Math.sqrt(2 * Math.PI);
        const piece = normalUpper(x) - normalUpper(x + width);
        fc.pre(middle > 1e-290);
        expect(Math.abs(piece / middle - 1)).toBeLessThan(1e-4);
      }),
    );
  });

  it('quantiles invert tails', () => {
    fc.assert(
      fc.property(fc.double({ min: -250, max: -0.35, noNaN: true }), (exponent) => {
        const probability = 10 ** exponent;
        expect(Math.abs(Math.log(normalUpper(normalUpperQuantile(probability)) / probability))).toBeLessThan(1e-11);
      }),
    );
    expect(normalUpperQuantile(0.99)).toBeCloseTo(-2.3263478740408408, 12);
  });

  it('ends are exact', () => {
    expect(normalUpper(Number.POSITIVE_INFINITY)).toBe(0);
    expect(normalUpper(Number.NEGATIVE_INFINITY)).toBe(1);
  });
});
