import { describe, expect, it } from 'vitest';
import { calibrateDpSgd, calibrateGaussian, calibrateZcdp } from '../../../src/privacy/accounting/calibrate-noise.ts';
import { gaussianDelta } from '../../../src/privacy/accounting/costs/gaussian.ts';
import { zcdpEpsilon } from '../../../src/privacy/accounting/costs/zcdp.ts';
import { tightestEpsilon } from '../../../src/privacy/accounting/tightest.ts';
import reference from '../../reference/accounting.json' with { type: 'json' };

describe('calibration', () => {
  it.each(reference.dpsgdSigma)(
    'DP-SGD q=$q steps=$steps epsilon=$epsilon: meets the target with the least noise',
    (row) => {
      const noiseMultiplier = calibrateDpSgd(row, row.q, row.steps);
      const event = { kind: 'subsampled-gaussian', samplingRate: row.q, noiseMultiplier, steps: row.steps } as const;
      const { epsilon } = tightestEpsilon([event], row.delta);
      expect(epsilon).toBeLessThanOrEqual(row.epsilon);
      expect(epsilon).toBeGreaterThan(row.epsilon * 0.9995);
      expect(noiseMultiplier).toBeLessThan(row.sigmaRdp);
      expect(Math.abs(noiseMultiplier / row.sigma - 1)).toBeLessThan(2e-3);
    },
  );

  it('without subsampling it is the exact Gaussian', () => {
    const target = { epsilon: 1, delta: 1e-6 };
    expect(calibrateDpSgd(target, 1, 25)).toBe(calibrateGaussian(target, 25));
  });

  it('Gaussian noise for several releases composes to the target', () => {
    for (const count of [1, 7, 1000]) {
      const sigma = calibrateGaussian({ epsilon: 0.7, delta: 1e-8 }, count);
      const event = { kind: 'gaussian', sigma, l2Sensitivity: 1, count } as const;
      expect(tightestEpsilon([event], 1e-8).epsilon).toBeLessThanOrEqual(0.7);
      expect(gaussianDelta(Math.sqrt(count) / (sigma * (1 - 1e-9)), 0.7)).toBeGreaterThan(1e-8);
    }
  });

  it.each(reference.budgetSplits)('rho for epsilon $epsilon, delta $delta', (row) => {
    const rho = calibrateZcdp(row);
    expect(zcdpEpsilon(rho, row.delta)).toBeLessThanOrEqual(row.epsilon);
    expect(tightestEpsilon([{ kind: 'zcdp', rho, count: 1 }], row.delta).epsilon).toBeLessThanOrEqual(row.epsilon);
    expect(rho / row.rho).toBeCloseTo(1, 9);
  });

  it.each([
    [{ epsilon: 0, delta: 1e-6 }, 'epsilon is 0'],
    [{ epsilon: Number.NaN, delta: 1e-6 }, 'epsilon is NaN'],
    [{ epsilon: 1e9, delta: 1e-6 }, 'epsilon is 1000000000'],
    [{ epsilon: 1, delta: 0 }, 'delta is 0'],
    [{ epsilon: 1, delta: 1 }, 'delta is 1'],
  ])('refuses %o', (target, words) => {
    expect(() => calibrateZcdp(target)).toThrow(words);
    expect(() => calibrateGaussian(target, 1)).toThrow(words);
    expect(() => calibrateDpSgd(target, 0.1, 10)).toThrow(words);
  });

  it('refuses rates above 1 and absurd counts', () => {
    const target = { epsilon: 1, delta: 1e-6 };
    expect(() => calibrateDpSgd(target, 1.5, 10)).toThrow('samplingRate is 1.5');
    expect(() => calibrateDpSgd(target, 0.5, 1e12)).toThrow('steps is 1000000000000');
    expect(() => calibrateGaussian(target, 0)).toThrow('count is 0');
  });
});
