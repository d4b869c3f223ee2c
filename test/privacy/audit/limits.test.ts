import { describe, expect, it } from 'vitest';
import { logGamma, regularizedBeta } from '../../../src/math/beta.ts';
import { binomialLowerLimit, binomialUpperLimit } from '../../../src/privacy/audit/binomial-limits.ts';
import { expectedBound, expectedEpsilonBound } from '../../../src/privacy/audit/power.ts';
import { deltaNeeded, epsilonNeeded, muNeeded } from '../../../src/privacy/audit/rates.ts';
import reference from '../../reference/audit-power.json' with { type: 'json' };

/** P[at least k of n] by direct summation. */
function atLeast(k: number, n: number, rate: number): number {
  let total = 0;
  for (let hits = k; hits <= n; hits++) {
    const logChoose = logFactorial(n) - logFactorial(hits) - logFactorial(n - hits);
    total += Math.exp(logChoose + hits * Math.log(rate) + (n - hits) * Math.log1p(-rate));
  }
  return total;
}

const logFactorial = (n: number) =>
  Array.from({ length: n }, (_, k) => Math.log(k + 1)).reduce((sum, log) => sum + log, 0);

describe('logGamma', () => {
  it.each([
    [0.5, Math.log(Math.PI) / 2],
    [1, 0],
    [2, 0],
    [5, Math.log(24)],
    [100, logFactorial(99)],
    [1e-3, 6.907178885383854],
  ])('ln Γ(%d)', (x, expected) => {
    expect(Math.abs(logGamma(x) - expected)).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected)));
  });
});

describe('regularizedBeta', () => {
  it('is the binomial tail', () => {
    for (const n of [1, 5, 40, 300]) {
      for (const k of [1, Math.ceil(n / 3), n]) {
        for (const rate of [0.001, 0.2, 0.5, 0.97]) {
          const exact = atLeast(k, n, rate);
          const found = regularizedBeta(rate, k, n - k + 1);
          if (exact < 1e-290) expect(found).toBeLessThan(1e-280);
          else expect(Math.abs(found / exact - 1)).toBeLessThan(1e-9);
        }
      }
    }
  });

  it('ends at 0 and 1', () => {
    expect(regularizedBeta(0, 2, 3)).toBe(0);
    expect(regularizedBeta(1, 2, 3)).toBe(1);
    expect(regularizedBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 12);
  });
});

describe('Clopper–Pearson limits', () => {
  it('are the rates at which the observation becomes as unlikely as alpha', () => {
    for (const [successes, trials] of [
      [3, 10],
      [50, 60],
      [1, 200],
      [199, 200],
    ] as const) {
      for (const alpha of [0.05, 1e-3, 1e-6]) {
        const lower = binomialLowerLimit({ successes, trials }, alpha);
        expect(atLeast(successes, trials, lower) / alpha).toBeCloseTo(1, 6);
        const upper = binomialUpperLimit({ successes, trials }, alpha);
        expect((1 - atLeast(successes + 1, trials, upper)) / alpha).toBeCloseTo(1, 4);
      }
    }
  });

  it('no success and no failure have closed forms', () => {
    expect(binomialLowerLimit({ successes: 0, trials: 10 }, 0.01)).toBe(0);
    expect(binomialUpperLimit({ successes: 10, trials: 10 }, 0.01)).toBe(1);
    expect(binomialUpperLimit({ successes: 0, trials: 10 }, 0.01)).toBeCloseTo(1 - 0.01 ** (1 / 10), 12);
    expect(binomialLowerLimit({ successes: 10, trials: 10 }, 0.01)).toBeCloseTo(0.01 ** (1 / 10), 12);
  });
});

describe('what rates prove', () => {
  it('epsilon from either direction, mu and delta', () => {
    expect(epsilonNeeded({ truePositive: 0.4, falsePositive: 0.1 }, 0)).toBeCloseTo(Math.log(4), 12);
    expect(epsilonNeeded({ truePositive: 0.9, falsePositive: 0.6 }, 0)).toBeCloseTo(Math.log(4), 12);
    expect(epsilonNeeded({ truePositive: 0.4, falsePositive: 0.1 }, 0.2)).toBeCloseTo(Math.log(2), 12);
    expect(muNeeded({ truePositive: 0.8413447460685429, falsePositive: 0.5 })).toBeCloseTo(1, 10);
    expect(deltaNeeded({ truePositive: 0.4, falsePositive: 0.1 })).toBeCloseTo(0.3, 12);
  });

  it('nothing from rates that are no better than guessing', () => {
    const blind = { truePositive: 0.2, falsePositive: 0.3 };
    expect([epsilonNeeded(blind, 0), epsilonNeeded(blind, 0.5), muNeeded(blind), deltaNeeded(blind)]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(muNeeded({ truePositive: 0, falsePositive: 1 })).toBe(0);
  });
});

describe('power', () => {
  it.each(reference.gaussian)('mu $mu at $runsPerSide runs a side proves what the reference expects', (row) => {
    const effort = { runsPerSide: row.runsPerSide, alpha: 1e-3 };
    expect(Math.abs(expectedBound('gaussian', row.mu, effort) - row.muLowerBound)).toBeLessThan(0.02);
    for (const [delta, epsilon] of Object.entries(row.epsilonLowerBounds)) {
      expect(Math.abs(expectedEpsilonBound(row.mu, Number(delta), effort) - epsilon)).toBeLessThan(
        0.02 + 0.03 * epsilon,
      );
    }
  });

  it.each(reference.pure)('epsilon $epsilon at $runsPerSide runs a side proves what the reference expects', (row) => {
    const effort = { runsPerSide: row.runsPerSide, alpha: 1e-3 };
    expect(Math.abs(expectedBound('pure', row.epsilon, effort) - row.lowerBound)).toBeLessThan(0.005 * row.epsilon);
  });
});
