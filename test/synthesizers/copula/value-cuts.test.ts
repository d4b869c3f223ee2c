import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bivariateNormalLower } from '../../../src/math/bivariate-normal.ts';
import { normalQuantile } from '../../../src/math/normal-quantile.ts';
import { selectedCuts } from '../../../src/synthesizers/copula/value-cuts.ts';

describe('selectedCuts', () => {
  it('give every cell its share among rows that have a value, however the two go together', () => {
    const cells = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(
        cells.filter((list) => list.some((rows) => rows > 0)),
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (list, correlation, present) => {
          const rows = list.reduce((sum, value) => sum + value, 0);
          const shares = Float64Array.from(list, (value) => (value * present) / rows);
          const presenceCut = normalQuantile(present);
          const cuts = selectedCuts({ shares, presenceCut, correlation });
          expect(cuts).toHaveLength(list.length - 1);
          let below = 0;
          cuts.forEach((cut, cell) => {
            below += shares[cell]!;
            const found = Number.isFinite(cut)
              ? bivariateNormalLower(cut, presenceCut, correlation)
              : cut > 0
                ? present
                : 0;
            expect(found).toBeCloseTo(below, 8);
          });
        },
      ),
    );
  });

  it('are plain quantiles where the value and its being there are independent', () => {
    const cuts = selectedCuts({ shares: Float64Array.of(0.2, 0.2, 0.4), presenceCut: 0.84, correlation: 0 });
    expect(cuts[0]).toBeCloseTo(normalQuantile(0.25), 10);
    expect(cuts[1]).toBeCloseTo(0, 10);
  });

  it('of a column without values leave it nothing but its last cell', () => {
    const request = { shares: new Float64Array(3), presenceCut: Number.NEGATIVE_INFINITY };
    for (const correlation of [0, 0.5]) {
      expect([...selectedCuts({ ...request, correlation })].every((cut) => cut === Number.NEGATIVE_INFINITY)).toBe(
        true,
      );
    }
  });
});
