import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { studentT } from '../../src/math/student-t.ts';

describe('studentT', () => {
  it('equals the printed tables', () => {
    // Two-sided 95 % and 99 %, NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
    const table: readonly (readonly [coverage: number, degrees: number, t: number])[] = [
      [0.95, 1, 12.706],
      [0.95, 2, 4.303],
      [0.95, 4, 2.776],
      [0.95, 30, 2.042],
      [0.99, 5, 4.032],
    ];
    for (const [coverage, degrees, t] of table) expect(studentT(coverage, degrees)).toBeCloseTo(t, 3);
  });

  it('tends to the normal quantile', () => {
    expect(studentT(0.95, 1e6)).toBeCloseTo(1.959966, 5);
  });

  it('has the closed forms of one and two degrees of freedom', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.999, noNaN: true }), (coverage) => {
        expect(studentT(coverage, 1) / Math.tan((Math.PI * coverage) / 2)).toBeCloseTo(1, 7);
        expect(studentT(coverage, 2) / (coverage * Math.sqrt(2 / (1 - coverage * coverage)))).toBeCloseTo(1, 7);
      }),
    );
  });
});
