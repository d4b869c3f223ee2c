import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutProbabilities } from '../../src/math/bivariate-normal.ts';
import { polychoricCorrelation } from '../../src/math/polychoric.ts';
import { createStream } from '../../src/random/stream.ts';

const CUTS = { rowCuts: Float64Array.of(-1, 0, 0.8), columnCuts: Float64Array.of(-0.4, 1.1) };
const QUADRANTS = { rowCuts: Float64Array.of(0), columnCuts: Float64Array.of(0) };

const expected = (cuts: typeof CUTS, rho: number, total: number) =>
  cutProbabilities(cuts, rho).probabilities.map((probability) => total * probability);

describe('polychoricCorrelation', () => {
  it('recovers the correlation of a table without noise', () => {
    fc.assert(
      fc.property(fc.double({ min: -0.97, max: 0.97, noNaN: true }), (rho) => {
        const counts = expected(CUTS, rho, 1e6);
        const { correlation } = polychoricCorrelation({ ...CUTS, counts, total: 1e6, variance: 1 });
        expect(correlation).toBeCloseTo(rho, 4);
      }),
      { numRuns: 60 },
    );
  });

  it('inverts quadrant counts as sin(2π(p11 − ¼))', () => {
    const counts = Float64Array.of(350, 150, 150, 350);
    const { correlation } = polychoricCorrelation({ ...QUADRANTS, counts, total: 1000, variance: 1 });
    expect(correlation).toBeCloseTo(Math.sin(2 * Math.PI * 0.1), 6);
  });

  it('states a standard error that its deviations keep, with noise far above and far below sampling', () => {
    for (const variance of [1, 10_000]) {
      const stream = createStream(4, `polychoric ${variance}`);
      const total = 20_000;
      const scores = Array.from({ length: 300 }, () => {
        const counts = expected(CUTS, 0.4, total).map(
          (mean) => mean + Math.sqrt(mean + variance) * stream.nextNormal(),
        );
        const { correlation, standardError } = polychoricCorrelation({ ...CUTS, counts, total, variance });
        return (correlation - 0.4) / standardError;
      });
      const meanSquare = scores.reduce((sum, score) => sum + score * score, 0) / scores.length;
      // 300·meanSquare is about chi-square with 300 degrees: sd 0.082, five of them on either side.
      expect(meanSquare).toBeGreaterThan(0.6);
      expect(meanSquare).toBeLessThan(1.45);
    }
  });

  it('says nothing about a column of one level', () => {
    const table = { rowCuts: new Float64Array(0), columnCuts: Float64Array.of(0), counts: Float64Array.of(5, 7) };
    expect(polychoricCorrelation({ ...table, total: 12, variance: 1 })).toEqual({ correlation: 0, standardError: 1 });
  });

  it('stays inside (−1, 1) with a finite error whatever noise does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 12, maxLength: 12 }), (counts) => {
        const table = { ...CUTS, counts: Float64Array.from(counts), total: 100, variance: 1e4 };
        const { correlation, standardError } = polychoricCorrelation(table);
        expect(Math.abs(correlation)).toBeLessThan(0.99);
        expect(standardError).toBeGreaterThan(0);
        expect(Number.isFinite(standardError)).toBe(true);
      }),
    );
  });
});
