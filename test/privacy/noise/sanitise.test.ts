import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitiseInteger, sanitiseVector } from '../../../src/privacy/noise/sanitise.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20261124 });

const MOST = 2 ** 52;
const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(2 ** 60, -(2 ** 60), Number.NaN, MOST + 1));

describe('sanitised statistics', () => {
  it('are integers within ±2^52, whatever the caller computed, and integers in it stay', () => {
    fc.assert(
      fc.property(anyNumber, (value) => {
        const sanitised = sanitiseInteger(value);
        expect(Number.isSafeInteger(sanitised) && Math.abs(sanitised) <= MOST).toBe(true);
        if (Number.isInteger(value) && Math.abs(value) <= MOST) expect(sanitised).toBe(value);
      }),
    );
  });

  it('are no further apart than the integers they came from, so that a declared sensitivity survives', () => {
    const integers = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer({ min: -5, max: 5 }).map((offset) => MOST + offset),
    );
    fc.assert(
      fc.property(integers, integers, (a, b) => {
        expect(Math.abs(sanitiseInteger(a) - sanitiseInteger(b))).toBeLessThanOrEqual(Math.abs(a - b));
      }),
    );
  });

  it('have the public length and look at no other cell, whatever the length of what was computed', () => {
    fc.assert(
      fc.property(fc.array(anyNumber, { maxLength: 8 }), fc.integer({ min: 0, max: 8 }), (values, length) => {
        const expected = Array.from({ length }, (_, cell) =>
          cell < values.length ? sanitiseInteger(values[cell]!) : 0,
        );
        expect([...sanitiseVector(values, length)]).toEqual(expected);
      }),
    );
  });
});
