import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bivariateNormalDensity, bivariateNormalLower, cutProbabilities } from '../../src/math/bivariate-normal.ts';
import { normalDensity, normalLower } from '../../src/math/normal-quantile.ts';

/** P[X ≤ a, Y ≤ b] by Simpson's rule over X of the conditional probability of Y. */
function bruteForce(a: number, b: number, correlation: number): number {
  const [low, steps] = [-9, 4000];
  const width = (a - low) / steps;
  const sigma = Math.sqrt(1 - correlation ** 2);
  let sum = 0;
  for (let step = 0; step <= steps; step++) {
    const x = low + step * width;
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
    sum += weight * normalDensity(x) * normalLower((b - correlation * x) / sigma);
  }
  return (sum * width) / 3;
}

const cut = fc.double({ min: -3, max: 3, noNaN: true });
const correlation = fc.double({ min: -0.95, max: 0.95, noNaN: true });

describe('bivariateNormalLower', () => {
  it('agrees with integration of the conditional distribution', () => {
    fc.assert(
      fc.property(cut, cut, correlation, (a, b, rho) => {
        expect(Math.abs(bivariateNormalLower(a, b, rho) - bruteForce(a, b, rho))).toBeLessThan(1e-9);
      }),
      { numRuns: 40 },
    );
  });

  it('gives a quadrant its closed form ¼ + arcsin(rho)/2π', () => {
    for (const rho of [-0.9, -0.3, 0, 0.5, 0.95]) {
      expect(bivariateNormalLower(0, 0, rho)).toBeCloseTo(0.25 + Math.asin(rho) / (2 * Math.PI), 10);
    }
  });

  it('has the density as its slope in the correlation', () => {
    fc.assert(
      fc.property(cut, cut, fc.double({ min: -0.9, max: 0.9, noNaN: true }), (a, b, rho) => {
        const slope = (bivariateNormalLower(a, b, rho + 1e-5) - bivariateNormalLower(a, b, rho - 1e-5)) / 2e-5;
        expect(bivariateNormalDensity(a, b, rho)).toBeCloseTo(slope, 6);
      }),
    );
  });
});

describe('cutProbabilities', () => {
  const table = { rowCuts: Float64Array.of(-1, 0.2), columnCuts: Float64Array.of(-0.5, 0.5, 2) };

  it('sums to the marginals of both columns', () => {
    const { probabilities, slopes } = cutProbabilities(table, 0.6);
    const rowSums = [0, 1, 2].map((row) => probabilities.slice(4 * row, 4 * row + 4).reduce((a, b) => a + b));
    expect(rowSums[0]).toBeCloseTo(normalLower(-1), 12);
    expect(rowSums[2]).toBeCloseTo(normalLower(-0.2), 12);
    expect(probabilities[0]! + probabilities[4]! + probabilities[8]!).toBeCloseTo(normalLower(-0.5), 12);
    expect(slopes.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
  });

  it('takes cuts at infinity as empty cells', () => {
    const cuts = Float64Array.of(Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY);
    const { probabilities } = cutProbabilities({ rowCuts: cuts, columnCuts: Float64Array.of(0) }, 0.5);
    expect(probabilities[0]).toBeCloseTo(0, 12);
    expect(probabilities[2]).toBeCloseTo(1 / 3, 10);
    expect(probabilities[6]).toBeCloseTo(0, 12);
  });
});
