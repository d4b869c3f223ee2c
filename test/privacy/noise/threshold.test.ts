import { describe, expect, it } from 'vitest';
import { parseRational, rational } from '../../../src/math/rational.ts';
import { gaussianTail, laplaceTail } from '../../../src/privacy/noise/tails.ts';
import { stabilityDelta, stabilityThreshold, type ThresholdNoise } from '../../../src/privacy/noise/threshold.ts';
import reference from '../../reference/noise.json' with { type: 'json' };

const gaussian = (variance: number): ThresholdNoise => ({
  kind: 'discrete-gaussian',
  variance: rational(BigInt(variance)),
});

/** Sum of P[noise ≥ threshold - count] over every way to spread `rows` rows over keys: the truth the bound must cover. */
function worstSpread(tail: (x: number) => number, threshold: number, rows: number): number {
  const worst = (left: number, largest: number): number => {
    if (left === 0) return 0;
    let most = 0;
    for (let count = Math.min(left, largest); count >= 1; count--) {
      most = Math.max(most, tail(threshold - count) + worst(left - count, count));
    }
    return most;
  };
  return worst(rows, rows);
}

describe('tails', () => {
  it.each(reference.discreteGaussian)('Gaussian tail of variance $variance is exact to 1e-9 and never below', (row) => {
    const variance = { '0.01': '1/100', '0.25': '1/4' }[row.variance] ?? row.variance;
    const tail = gaussianTail(parseRational(variance));
    for (const [k, text] of Object.entries(row.tail)) {
      const exact = Number(text);
      if (Number(k) <= 0 || exact < 1e-290) continue;
      expect(tail.at(Number(k))).toBeGreaterThanOrEqual(exact);
      expect(tail.at(Number(k)) / exact - 1).toBeLessThan(1e-9);
    }
  });

  it.each(reference.discreteLaplace)('Laplace tail of scale $scale is exact to 1e-9 and never below', (row) => {
    const tail = laplaceTail(parseRational(row.scale === '0.5' ? '1/2' : row.scale));
    for (const [k, text] of Object.entries(row.tail)) {
      expect(tail.at(Number(k))).toBeGreaterThanOrEqual(Number(text));
      expect(tail.at(Number(k)) / Number(text) - 1).toBeLessThan(1e-9);
    }
  });

  it('tabulating by blocks stays above the fine table and within 0.5 % of it', () => {
    const coarse = gaussianTail(rational(2n ** 40n));
    // sigma = 2^20 against sigma = 2^10 at the same multiple of sigma: both close to the normal tail.
    const fine = gaussianTail(rational(2n ** 20n));
    for (const multiple of [1, 3, 5]) {
      const ratio = coarse.at(multiple * 2 ** 20) / fine.at(multiple * 2 ** 10);
      expect(ratio).toBeGreaterThan(0.99);
      expect(ratio).toBeLessThan(1.005);
    }
  });
});

describe('stabilityThreshold', () => {
  it.each(reference.gaussianThresholds)('variance $variance, delta $delta gives $threshold', (row) => {
    const found = stabilityThreshold(gaussian(row.variance), { delta: row.delta, maxRows: 1 });
    expect(found.threshold).toBe(row.threshold);
    expect(found.delta).toBeGreaterThanOrEqual(Number(row.achieved));
    expect(found.delta / Number(row.achieved) - 1).toBeLessThan(1e-9);
    expect(stabilityDelta(gaussian(row.variance), row.threshold - 1, 1), 'one less is too small').toBeGreaterThan(
      row.delta,
    );
  });

  it.each(reference.laplaceThresholds)('Laplace scale $scale, delta $delta gives $threshold', (row) => {
    const noise = { kind: 'discrete-laplace', scale: rational(BigInt(row.scale)) } as const;
    const found = stabilityThreshold(noise, { delta: row.delta, maxRows: 1 });
    expect(found.threshold).toBe(row.threshold);
    expect(found.delta / Number(row.achieved) - 1).toBeLessThan(1e-9);
  });

  it.each([1, 2, 3, 5, 8, 12])(
    'covers every way to spread %i rows over fresh keys, and no smaller one does',
    (maxRows) => {
      for (const variance of [1, 25, 400]) {
        const { threshold, delta } = stabilityThreshold(gaussian(variance), { delta: 1e-3, maxRows });
        const tail = gaussianTail(rational(BigInt(variance)));
        expect(worstSpread(tail.at, threshold, maxRows)).toBeLessThanOrEqual(delta);
        expect(delta).toBeLessThanOrEqual(1e-3);
        expect(stabilityDelta(gaussian(variance), threshold - 1, maxRows)).toBeGreaterThan(1e-3);
      }
    },
  );

  it('a threshold within the rows of one unit hides nothing', () => {
    expect(stabilityDelta(gaussian(1), 3, 3)).toBe(1);
  });

  it.each([0, -1, 0.5, 1, Number.NaN])('delta %d is refused', (delta) => {
    expect(() => stabilityThreshold(gaussian(1), { delta, maxRows: 1 })).toThrow(/between 0 and 0.5/);
  });

  it.each([0, 1.5, Number.NaN])('%d rows per unit are refused', (maxRows) => {
    expect(() => stabilityThreshold(gaussian(1), { delta: 0.1, maxRows })).toThrow(/positive integer/);
  });
});
