import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInterval, formatValue } from '../../src/report/format.ts';

describe('numbers for people', () => {
  it.each([
    [null, '–'],
    [Number.NaN, '–'],
    [0, '0'],
    [1, '1'],
    [0.12345, '0.123'],
    [-0.5, '-0.500'],
    [12.345, '12.35'],
    [123.456, '123.5'],
    [12_345.6, '12,346'],
    [0.0004, '0.0004'],
    [-0.00002, '-0.00002'],
    [1e-12, '0'],
  ])('%s reads %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it('only what nobody tells from zero reads as zero, and no number as minus zero', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-7, max: 0.5, noNaN: true }), fc.boolean(), (size, isNegative) => {
        const value = isNegative ? -size : size;
        expect(Math.sign(Number(formatValue(value)))).toBe(Math.sign(value));
      }),
    );
    expect(formatInterval([-0.0001, 0.0002])).toBe('-0.0001 to 0.0002');
    expect(formatInterval(null)).toBe('');
  });
});
