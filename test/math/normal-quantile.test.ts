import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalLower, normalQuantile } from '../../src/math/normal-quantile.ts';
import { createNormalTable } from '../../src/math/normal-table.ts';

describe('normalQuantile', () => {
  it('inverts the distribution function from one tail to the other', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 8, noNaN: true }), (x) => {
        const probability = normalLower(x);
        const back = normalLower(normalQuantile(probability));
        expect(Math.abs(back / probability - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  it('gives the quantile that every table prints, and infinities at the ends', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 15);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe('createNormalTable', () => {
  const toNormals = createNormalTable();
  const at = (word: number) => {
    const out = new Float64Array(1);
    toNormals(Uint32Array.of(word), out, 1);
    return { found: out[0]!, exact: normalQuantile((word + 0.5) / 2 ** 32) };
  };

  it('is within 2e-5 of the exact quantile in the body and within 1e-2 in the tails', () => {
    for (let k = 0; k < 5000; k++) {
      const { found, exact } = at(Math.floor(((k + 0.37) / 5000) * 2 ** 32));
      expect(Math.abs(found - exact)).toBeLessThan(Math.abs(exact) < 2.5 ? 2e-5 : 1e-2);
    }
  });

  it('is exact for the smallest and the largest words', () => {
    for (const word of [0, 1, 1000, 2 ** 19 - 1, 2 ** 32 - 1]) {
      const { found, exact } = at(word);
      expect(found).toBeCloseTo(exact, 12);
    }
  });
});
