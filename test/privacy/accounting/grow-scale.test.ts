import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growScale } from '../../../src/privacy/accounting/grow-scale.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

describe('growScale', () => {
  it('finds the end of any growing power from any start', () => {
    const cases = fc.tuple(
      fc.double({ min: 0.3, max: 3, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
    );
    fc.assert(
      fc.property(cases, ([power, end, start]) => {
        const found = growScale(start * end, 1, (scale) => ({ use: (scale / end) ** power, result: scale }));
        expect(found).toBeLessThanOrEqual(end);
        expect((found! / end) ** power).toBeGreaterThan(1 - 3e-4);
      }),
    );
  });

  it('copes with jumps and infinite costs', () => {
    const jump = growScale(1, 1, (scale) => ({
      use: scale < 3 ? scale / 10 : Number.POSITIVE_INFINITY,
      result: scale,
    }));
    expect(jump).toBeLessThan(3);
    expect(jump).toBeGreaterThan(2.99);
  });

  it('uses few trials near a good start', () => {
    let trials = 0;
    growScale(0.9, 0.6, (scale) => {
      trials++;
      return { use: scale ** 0.55, result: scale };
    });
    expect(trials).toBeLessThanOrEqual(4);
  });

  it('says when nothing is allowed', () => {
    expect(growScale(1, 1, (scale) => ({ use: 2, result: scale }))).toBeUndefined();
  });
});
