import { describe, expect, it } from 'vitest';
import {
  discreteGaussianTail,
  stabilityThreshold,
  worstUniqueKeyDelta,
} from '../../src/math/discrete-gaussian-tail.ts';
import { rational } from '../../src/math/rational.ts';
import reference from '../reference/accounting.json' with { type: 'json' };

describe('discrete Gaussian tail', () => {
  it.each(reference.discreteGaussianTail)(
    'variance $variance agrees with 25 digits at every tabulated point',
    (row) => {
      for (const [from, exact] of Object.entries(row.tail)) {
        const tail = discreteGaussianTail(row.variance, Number(from));
        if (Number(exact) < 1e-300) expect(tail).toBeLessThan(1e-290);
        else expect(Math.abs(tail / Number(exact) - 1)).toBeLessThan(1e-11);
      }
    },
  );

  it('the integral used for very wide noise joins the sum smoothly', () => {
    const sigma = 20_000;
    for (const z of [0.3, 1, 4, 6]) {
      const summed = discreteGaussianTail(sigma ** 2, Math.round(z * sigma));
      const integrated = discreteGaussianTail(sigma ** 2 * (1 + 1e-12), Math.round(z * sigma));
      expect(Math.abs(integrated / summed - 1)).toBeLessThan(1e-9);
    }
  });

  it.each(reference.stabilityThreshold)('stabilityThreshold uses the discrete tail at variance $variance', (row) => {
    expect(stabilityThreshold(rational(BigInt(row.variance)), row.delta, 1)).toBe(row.threshold);
    expect(worstUniqueKeyDelta(row.variance, row.threshold, 1) / Number(row.achieved)).toBeCloseTo(1, 10);
    expect(worstUniqueKeyDelta(row.variance, row.threshold - 1, 1) / Number(row.previous)).toBeCloseTo(1, 10);
  });

  it('several keys of one unit are covered: the worst split of the sensitivity, by brute force', () => {
    const [variance, threshold] = [9, 12];
    const tail = (c: number) => discreteGaussianTail(variance, threshold - c);
    const splits = [[3], [2, 2, 1], [2, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]];
    const worst = Math.max(...splits.map((split) => split.reduce((sum, c) => sum + tail(c), 0)));
    expect(worstUniqueKeyDelta(variance, threshold, 3)).toBeCloseTo(worst, 14);
  });

  it('large sensitivities get an upper bound, in no time, that is not far above the best split', () => {
    for (const [variance, threshold] of [
      [400, 130],
      [10_000, 700],
    ] as const) {
      const exact = worstUniqueKeyDelta(variance, threshold, 30);
      const bound = worstUniqueKeyDelta(variance, threshold, Math.sqrt(901));
      expect(bound).toBeGreaterThanOrEqual(exact);
      expect(bound).toBeLessThan(3 * exact);
    }
    const threshold = stabilityThreshold(rational(10n ** 8n), 1e-9, 10_000);
    expect(threshold).toBeGreaterThan(10_000 + 5 * 10_000);
    expect(threshold).toBeLessThan(10_000 + 9 * 10_000);
  });
});
