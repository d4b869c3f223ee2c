import { describe, expect, it } from 'vitest';
import { discreteLaplaceTail, laplaceThreshold, worstUniqueKeyDeltaL1 } from '../../src/math/discrete-laplace-tail.ts';
import { rational } from '../../src/math/rational.ts';
import reference from '../reference/accounting.json' with { type: 'json' };

describe('discrete Laplace tail', () => {
  it('agrees with the sum of the probabilities, above and below zero', () => {
    for (const scale of [0.3, 1, 5, 40]) {
      const mass = (k: number) => Math.tanh(1 / (2 * scale)) * Math.exp(-Math.abs(k) / scale);
      for (const from of [-7, -1, 0, 1, 2, 13]) {
        let sum = 0;
        for (let k = from + 4000; k >= from; k--) sum += mass(k);
        expect(discreteLaplaceTail(scale, from) / sum).toBeCloseTo(1, 12);
      }
    }
  });

  it.each(reference.laplaceThreshold)('laplaceThreshold uses the discrete tail at scale $scale', (row) => {
    expect(laplaceThreshold(rational(BigInt(row.scale)), row.delta, 1)).toBe(row.threshold);
    expect(worstUniqueKeyDeltaL1(row.scale, row.threshold, 1) / Number(row.achieved)).toBeCloseTo(1, 12);
    expect(worstUniqueKeyDeltaL1(row.scale, row.threshold - 1, 1)).toBeGreaterThan(row.delta);
  });

  it('several keys of one unit are covered: the worst split of the sensitivity, by brute force', () => {
    const splits = [[4], [3, 1], [2, 2], [2, 1, 1], [1, 1, 1, 1]];
    for (const scale of [0.5, 3, 30]) {
      for (const threshold of [2, 12, 90]) {
        const tail = (c: number) => discreteLaplaceTail(scale, threshold - c);
        const worst = Math.max(...splits.map((split) => split.reduce((sum, c) => sum + tail(c), 0)));
        expect(worstUniqueKeyDeltaL1(scale, threshold, 4)).toBeCloseTo(Math.min(1, worst), 14);
      }
    }
  });

  it('large sensitivities get an upper bound that is not far above the best split', () => {
    const [exact, bound] = [300, 301].map((rows) => worstUniqueKeyDeltaL1(1000, 14_000, rows));
    expect(bound).toBeGreaterThanOrEqual(exact!);
    expect(bound).toBeLessThan(1.1 * exact!);
  });
});
