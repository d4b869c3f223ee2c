import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTails, fitUpperTail, paretoShares, settleTails } from '../../src/encode/pareto-tail.ts';

const ENDS = Float64Array.of(0, 10, 20, 40, 80, 160, 1000);

/** Rows of a survival function 8000·(10/x)^-exponent above 10, 2000 below. */
function paretoRows(exponent: number): Float64Array {
  const beyond = (x: number) => (x <= 0 ? 10_000 : x < 10 ? 10_000 : 8000 * (10 / x) ** exponent);
  return Float64Array.from({ length: 6 }, (_, bin) => beyond(ENDS[bin]!) - (bin === 5 ? 0 : beyond(ENDS[bin + 1]!)));
}

describe('fitUpperTail', () => {
  it.each([2, 2.5, 4])('finds the exponent %d that rows were made with', (exponent) => {
    const fit = fitUpperTail(ENDS, paretoRows(exponent), 5);
    expect(fit?.exponent).toBeCloseTo(exponent, 10);
  });

  it('begins the tail at the outermost edge whose rows beyond stand out', () => {
    const rows = Float64Array.of(5000, 900, 200, 40, 3, -2);
    expect(fitUpperTail(ENDS, rows, 5)).toMatchObject({ firstBin: 3, rows: 41 });
    expect(fitUpperTail(ENDS, rows, 1000)).toBeUndefined();
  });

  it('says nothing of an axis without two positive edges', () => {
    expect(fitUpperTail([-20, -10, 0, 10], [100, 100, 100], 1)).toBeUndefined();
  });
});

describe('paretoShares', () => {
  it('sum to 1 and fall by the power law', () => {
    const shares = paretoShares([1, 2, 4], 0, 2);
    expect(shares[0]! + shares[1]!).toBeCloseTo(1, 12);
    expect(shares[0]! / shares[1]!).toBeCloseTo((1 - 1 / 4) / (1 / 4 - 1 / 16), 10);
  });
});

describe('settleTails', () => {
  it('takes noise out of the outermost bins and keeps the rows of the tail', () => {
    const noisy = Float64Array.of(5000, 900, 200, 40, -6, 8, 77);
    const settled = settleTails(noisy, ENDS, 5);
    expect([...settled.subarray(0, 3)]).toEqual([5000, 900, 200]);
    expect(settled[6]).toBe(77);
    expect(settled[3]! + settled[4]! + settled[5]!).toBeCloseTo(42, 9);
    expect(settled[5]!).toBeLessThan(2);
    expect(findTails(noisy, ENDS, 5)).toEqual([{ first: 3, end: 6 }]);
  });

  it('does the same on the negative side', () => {
    const ends = ENDS.map((end) => -end).reverse();
    const noisy = Float64Array.of(8, -6, 40, 200, 900, 5000);
    const settled = settleTails(noisy, ends, 5);
    expect([...settled].reverse().slice(0, 3)).toEqual([5000, 900, 200]);
    expect(settled[0]!).toBeLessThan(2);
    expect(findTails(noisy, ends, 5)).toEqual([{ first: 0, end: 3 }]);
  });

  it('leaves axes alone whose outer bins stand out or are no wider than the rest', () => {
    const rows = Float64Array.of(5000, 900, 200, 90, 60, 50);
    expect(settleTails(rows, ENDS, 5)).toEqual(rows);
    const narrow = Float64Array.from({ length: 7 }, (_, edge) => 1000 + edge);
    const noisy = Float64Array.of(500, 400, 300, 40, 3, 1);
    expect(settleTails(noisy, narrow, 5)).toEqual(noisy);
  });

  it('never makes a tail negative and never changes the total of an axis', () => {
    const counts = fc.array(fc.integer({ min: -50, max: 2000 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(counts, fc.double({ min: 0.5, max: 40, noNaN: true }), (list, sigma) => {
        const noisy = Float64Array.from(list);
        const settled = settleTails(noisy, ENDS, sigma);
        const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
        expect(sum(settled)).toBeCloseTo(sum(noisy), 6);
        for (const { first, end } of findTails(noisy, ENDS, sigma)) {
          expect(Math.min(...settled.subarray(first, end))).toBeGreaterThanOrEqual(0);
        }
      }),
      { seed: 3 },
    );
  });
});
