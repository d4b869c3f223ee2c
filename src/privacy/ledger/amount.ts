import { type Rational, rational, rationalFromNumber, rationalToNumber } from '../../math/rational.ts';

/** No budget at all. */
export const ZERO: Rational = rational(0n);

/**
 * The decimal number a person wrote, exactly: 0.1 becomes 1/10, so that 0.1 + 0.2 is 0.3 and a grant can be used up.
 * Doubles are read by their shortest decimal text, which differs from the double by less than one unit in its last place.
 * @param value finite, ≥ 0.
 * @example exactDecimal(1e-9) // { numerator: 1n, denominator: 1000000000n }
 */
export function exactDecimal(value: number): Rational {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? rational(digits * 10n ** BigInt(shift)) : rational(digits, 10n ** BigInt(-shift));
}

/** Exact sum. */
export function addAmounts(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

/** Exact difference. */
export function subtractAmounts(a: Rational, b: Rational): Rational {
  return addAmounts(a, { numerator: -b.numerator, denominator: b.denominator });
}

/** Negative when a < b, zero when equal, positive when a > b. */
export function compareAmounts(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The smaller of two amounts. */
export function smallerAmount(a: Rational, b: Rational): Rational {
  return compareAmounts(a, b) <= 0 ? a : b;
}

/** Digits kept of a remainder or a cost in messages and tables. */
const SHOWN_DIGITS = 6;

/**
 * A cost or remainder as a number for people: `up` never shows less than the amount, `down` never more.
 * **Numerics**: exact when the amount is the decimal of a double; otherwise rounded outward to six significant digits.
 */
export function amountToNumber(amount: Rational, direction: 'up' | 'down'): number {
  const nearest = rationalToNumber(amount);
  if (!(nearest > 0)) return 0;
  if (compareAmounts(exactDecimal(nearest), amount) === 0) return nearest;
  const rounded = Number(nearest.toPrecision(SHOWN_DIGITS));
  const sign = direction === 'up' ? 1 : -1;
  if (sign * compareAmounts(exactDecimal(rounded), amount) >= 0) return rounded;
  const step = 10 ** (Math.floor(Math.log10(nearest)) - SHOWN_DIGITS + 1);
  return Number((rounded + sign * step).toPrecision(SHOWN_DIGITS));
}

/** Rounds a positive double outward to six significant decimal digits; other values stay as they are. */
export function roundDecimal(value: number, direction: 'up' | 'down'): number {
  return value > 0 && Number.isFinite(value) ? amountToNumber(rationalFromNumber(value), direction) : value;
}

/** An amount in a message: whole numbers keep one decimal, as in `1.0`. */
export function formatAmount(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e6 && value !== 0 ? value.toFixed(1) : String(value);
}
