import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expNonPositive } from '../../src/marginals/exp.ts';

describe('expNonPositive', () => {
  it('agrees with Math.exp to 1e-15 relative on [-700, 0]', () => {
    fc.assert(
      fc.property(fc.double({ min: -699.99, max: 0, noNaN: true }), (x) => {
        expect(Math.abs(expNonPositive(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
      }),
      { numRuns: 20_000, seed: 1 },
    );
  });

  it('is exact at the ends: 1 at zero, 0 far below and at minus infinity', () => {
    expect(expNonPositive(0)).toBe(1);
    expect(expNonPositive(-0)).toBe(1);
    expect(expNonPositive(-701)).toBe(0);
    expect(expNonPositive(Number.NEGATIVE_INFINITY)).toBe(0);
  });

  it('never decreases by more than rounding as x grows', () => {
    for (let x = -40; x < -0.001; x += 0.000_37) {
      expect(expNonPositive(x + 0.000_37)).toBeGreaterThan(expNonPositive(x));
    }
  });
});
