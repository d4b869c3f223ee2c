import { InvalidArgumentError } from 'commander';

/** Plain decimal notation, with an optional exponent; refuses hexadecimal, blanks, `Infinity` and `NaN`. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads a plain decimal number; NaN when the text is anything else or overflows. */
function readDecimal(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/**
 * Parses an option that is a positive, finite number, such as `--epsilon`.
 *
 * @throws InvalidArgumentError (exit code 2) for anything else.
 */
export function parsePositiveNumber(text: string): number {
  const value = readDecimal(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a positive number, for example 1 or 0.5.');
  return value;
}

/**
 * Parses an option that is a number of at least 0, such as an epsilon that may be left out of a grant.
 *
 * @throws InvalidArgumentError (exit code 2) for anything else.
 */
export function parseNonNegativeNumber(text: string): number {
  const value = readDecimal(text);
  if (!(value >= 0)) throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}

/**
 * Parses `--delta`: strictly between 0 and 1.
 *
 * @throws InvalidArgumentError (exit code 2) for anything else.
 */
export function parseDelta(text: string): number {
  const value = readDecimal(text);
  if (!(value > 0 && value < 1)) {
    throw new InvalidArgumentError('It must lie strictly between 0 and 1, for example 1e-9.');
  }
  return value;
}

/**
 * Parses an option that is a number from 0 to 1, both included, such as a sampling rate.
 *
 * @throws InvalidArgumentError (exit code 2) for anything else.
 */
export function parseShare(text: string): number {
  const value = readDecimal(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

/**
 * Parses an option that counts something, such as `--steps`: a whole number of at least 1 below 2^53. `1e6` is accepted.
 *
 * @throws InvalidArgumentError (exit code 2) for anything else.
 */
export function parseCount(text: string): number {
  const value = readDecimal(text);
  if (!(Number.isSafeInteger(value) && value >= 1)) {
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  }
  return value;
}

/**
 * Parses `--rows`: a whole number of at least 1 below 2^53. `1e6` is accepted.
 *
 * @throws InvalidArgumentError (exit code 2) for anything else.
 */
export function parseRows(text: string): number {
  return parseCount(text);
}

/**
 * Parses `--seed`: a whole number from 0 to 2^53 - 1.
 *
 * @throws InvalidArgumentError (exit code 2) for anything else.
 */
export function parseSeed(text: string): number {
  const value = readDecimal(text);
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 9007199254740991.');
  }
  return value;
}
