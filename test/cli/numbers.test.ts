import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseCount,
  parseDelta,
  parseNonNegativeNumber,
  parsePositiveNumber,
  parseRows,
  parseSeed,
  parseShare,
} from '../../src/cli/numbers.ts';

const NOT_NUMBERS = [
  '',
  ' ',
  'abc',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e400',
  '0x10',
  '1,5',
  '1 ',
  '1_000',
  '--',
  '1e',
  '.',
];

describe('option numbers', () => {
  it.each([
    ['parsePositiveNumber', parsePositiveNumber],
    ['parseNonNegativeNumber', parseNonNegativeNumber],
    ['parseDelta', parseDelta],
    ['parseShare', parseShare],
    ['parseCount', parseCount],
    ['parseRows', parseRows],
    ['parseSeed', parseSeed],
  ])('%s refuses what is no plain decimal number', (_name, parse) => {
    for (const text of NOT_NUMBERS) expect(() => parse(text), JSON.stringify(text)).toThrow(InvalidArgumentError);
  });

  it('every positive double that JavaScript prints is read back exactly', () => {
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parsePositiveNumber(String(value))).toBe(value);
      }),
    );
  });

  it('bounds are exclusive where the quantity demands it', () => {
    for (const text of ['0', '-0', '-1', '1e-999']) expect(() => parsePositiveNumber(text), text).toThrow('positive');
    for (const text of ['0', '1', '1.5', '-1e-9'])
      expect(() => parseDelta(text), text).toThrow('strictly between 0 and 1');
    expect(parseDelta('1e-9')).toBe(1e-9);
    expect(parseNonNegativeNumber('0')).toBe(0);
    expect(() => parseNonNegativeNumber('-1e-9')).toThrow('at least 0');
    expect([parseShare('0'), parseShare('1')]).toEqual([0, 1]);
    expect(() => parseShare('1.0001')).toThrow('from 0 to 1');
  });

  it('rows and counts are whole, at least 1 and exactly representable', () => {
    expect(parseRows('1e6')).toBe(1_000_000);
    for (const text of ['0', '-5', '1.5', '9007199254740993e9'])
      expect(() => parseRows(text), text).toThrow('whole number');
    for (const text of ['-1', '0.5', '1e300']) expect(() => parseSeed(text), text).toThrow('whole number');
    expect(parseSeed('0')).toBe(0);
  });
});
