import { TabveilError } from '../errors.ts';

/** An exact rational number in lowest terms; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Greatest common divisor of the absolute values; `gcd(0n, 0n)` is `0n`. */
export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/**
 * The rational `numerator / denominator` in lowest terms.
 * @throws TabveilError when the denominator is zero.
 * @example rational(6n, -4n) // { numerator: -3n, denominator: 2n }
 */
export function rational(numerator: bigint, denominator = 1n): Rational {
  if (denominator === 0n)
    throw new TabveilError('usage', 'rational.zero-denominator', `rational: ${numerator}/0 is not a number.`);
  const sign = denominator < 0n ? -1n : 1n;
  const divisor = gcd(numerator, denominator) * sign;
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/**
 * The rational exactly equal to a finite double.
 * @throws TabveilError when the value is NaN or infinite.
 */
export function rationalFromNumber(value: number): Rational {
  if (!Number.isFinite(value))
    throw new TabveilError('usage', 'rational.not-finite', `rational: ${value} is not finite.`);
  let [scaled, denominator] = [value, 1n];
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return rational(BigInt(scaled), denominator);
}

/**
 * The smallest multiple of `2^-bits` that is at least `value`: use it for noise scales, which must not shrink.
 * @param bits binary digits after the point.
 */
export function rationalAtLeast(value: number, bits = 20): Rational {
  const exact = rationalFromNumber(value);
  const unit = 1n << BigInt(bits);
  const scaled = exact.numerator * unit;
  const floor = scaled / exact.denominator;
  const isRoundedDown = scaled > 0n && scaled % exact.denominator !== 0n;
  return rational(isRoundedDown ? floor + 1n : floor, unit);
}

/**
 * The largest multiple of `2^-bits` that is at most the non-negative `value`: use it for epsilons, which must not grow.
 * @param bits binary digits after the point.
 */
export function rationalAtMost(value: number, bits = 40): Rational {
  const exact = rationalFromNumber(value);
  const unit = 1n << BigInt(bits);
  return rational((exact.numerator * unit) / exact.denominator, unit);
}

/** The nearest double; also where numerator or denominator are beyond the range of doubles. */
export function rationalToNumber({ numerator, denominator }: Rational): number {
  const isExact = numerator <= MOST_EXACT && numerator >= -MOST_EXACT && denominator <= MOST_EXACT;
  if (isExact) return Number(numerator) / Number(denominator);
  const magnitude = numerator < 0n ? -numerator : numerator;
  // 64 significant bits of the quotient, the last one sticky, so that the final rounding is the only one.
  const shift = bitLength(denominator) - bitLength(magnitude) + 64;
  const dividend = shift > 0 ? magnitude << BigInt(shift) : magnitude;
  const divisor = shift > 0 ? denominator : denominator << BigInt(-shift);
  const quotient = dividend / divisor;
  const sticky = quotient * divisor === dividend ? quotient : quotient | 1n;
  const half = Math.trunc(shift / 2);
  return ((numerator < 0n ? -1 : 1) * Number(sticky) * 2 ** -half) / 2 ** (shift - half);
}

/** Largest integer up to which every integer is a double. */
const MOST_EXACT = 2n ** 53n;

function bitLength(positive: bigint): number {
  return positive.toString(2).length;
}

/** The text `n/d` (or `n` for integers), as stored in ledgers and certificates. */
export function formatRational({ numerator, denominator }: Rational): string {
  return denominator === 1n ? `${numerator}` : `${numerator}/${denominator}`;
}

/**
 * Reads `n` or `n/d`.
 * @throws TabveilError when the text is anything else.
 */
export function parseRational(text: string): Rational {
  const match = /^(-?\d{1,400})(?:\/(\d{1,400}))?$/.exec(text);
  if (match?.[1] === undefined) {
    throw new TabveilError(
      'input',
      'rational.malformed',
      `"${text.slice(0, 40)}" is not a rational number; write n or n/d, for example 3/2.`,
    );
  }
  return rational(BigInt(match[1]), BigInt(match[2] ?? '1'));
}

/**
 * Reads a number as people type it, exactly: `3/2`, `12`, `0.25`, `1e-3`.
 * @throws TabveilError when the text is anything else or has more than 40 digits or an exponent beyond ±40.
 * @example formatRational(rationalFromText('0.25')) // '1/4'
 */
export function rationalFromText(text: string): Rational {
  if (text.includes('/')) return parseRational(text);
  const match = /^(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text);
  const exponent = Number(match?.[3] ?? 0);
  if (match?.[1] === undefined || Math.abs(exponent) > 40) {
    throw new TabveilError(
      'input',
      'rational.malformed',
      `"${text.slice(0, 40)}" is not a number; write it like 3/2, 12, 0.25 or 1e-3.`,
    );
  }
  const fraction = match[2] ?? '';
  const power = exponent - fraction.length;
  const digits = BigInt(match[1] + fraction);
  return power >= 0 ? rational(digits * 10n ** BigInt(power)) : rational(digits, 10n ** BigInt(-power));
}
