import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatRational,
  parseRational,
  rational,
  rationalAtLeast,
  rationalAtMost,
  rationalFromNumber,
  rationalFromText,
  rationalToNumber,
} from '../../src/math/rational.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

const positives = fc.double({ min: 1e-9, max: 1e9, noNaN: true });

describe('rationals', () => {
  it('are in lowest terms with a positive denominator', () => {
    expect(rational(6n, -4n)).toEqual({ numerator: -3n, denominator: 2n });
    expect(() => rational(1n, 0n)).toThrow('1/0');
  });

  it('hold doubles exactly', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), (value) => {
        expect(rationalToNumber(rationalFromNumber(value)) === value).toBe(true);
      }),
    );
    expect(() => rationalFromNumber(Number.NaN)).toThrow('not finite');
  });

  it('round noise up and epsilons down, by less than a unit', () => {
    fc.assert(
      fc.property(positives, (value) => {
        const [up, down] = [rationalAtLeast(value), rationalAtMost(value)];
        const exact = rationalFromNumber(value);
        const compare = (a: typeof up, b: typeof up) => a.numerator * b.denominator - b.numerator * a.denominator;
        expect(compare(up, exact) >= 0n).toBe(true);
        expect(compare(exact, down) >= 0n).toBe(true);
        expect(rationalToNumber(up) - value).toBeLessThanOrEqual(2 ** -20);
        expect(value - rationalToNumber(down)).toBeLessThanOrEqual(2 ** -40 + value * 2 ** -52);
      }),
    );
  });

  it('survive their text', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 50n), 10n ** 50n), fc.bigInt(1n, 10n ** 50n), (n, d) => {
        expect(parseRational(formatRational(rational(n, d)))).toEqual(rational(n, d));
      }),
    );
    for (const text of ['', '1.5', '1/', '/2', '1/2/3', ' 1', '1e3', '0x1', '9'.repeat(401)]) {
      expect(() => parseRational(text)).toThrow('not a rational');
    }
  });

  it.each([
    ['0.25', '1/4'],
    ['12', '12'],
    ['3/2', '3/2'],
    ['1e-3', '1/1000'],
    ['2.50E2', '250'],
    ['0.1', '1/10'],
    ['1e+2', '100'],
  ])('read %s as people type it', (text, exact) => {
    expect(formatRational(rationalFromText(text))).toBe(exact);
  });

  it.each(['', '-1', 'x', '1e99', '.5', '1.', '0x10', '1e', 'Infinity', 'NaN', '1/0'])('refuse %j', (text) => {
    expect(() => rationalFromText(text)).toThrow();
  });
});
