import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteCell, writeDecimal } from '../../src/table/csv-cells.ts';
import { splitCsvLine } from '../../src/table/csv-header.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20261124 });

/** Text of one number as the writer puts it into a file. */
function written(value: number, decimals: number): string {
  const out = new Uint8Array(64);
  return new TextDecoder().decode(out.subarray(0, writeDecimal(value, decimals, 10 ** decimals, out, 0)));
}

describe('cells of CSV', () => {
  it('texts come back from a line, whatever separators, quotes and spaces they hold', () => {
    const text = fc.string({ unit: fc.constantFrom(',', '"', ' ', 'a', 'é', ';', '\t'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (cells) => {
        expect(splitCsvLine(cells.map(quoteCell).join(','), ',')).toEqual(cells);
      }),
    );
  });

  it('numbers are the shortest text of their declared decimals', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(10 ** 14), max: 10 ** 14 }),
        fc.integer({ min: 0, max: 6 }),
        (scaled, decimals) => {
          const value = scaled / 10 ** decimals;
          const text = written(value, decimals);
          expect(Number(text)).toBe(value === 0 ? 0 : value);
          expect(text).not.toMatch(/\.\d*0$|\.$|^-0$/);
        },
      ),
    );
  });

  it.each([
    [-0.004, 2, '0'],
    [0.005, 2, '0.01'],
    [2 ** 31 + 0.5, 1, '2147483648.5'],
    [1e300, 2, '1e+300'],
    [Number.NEGATIVE_INFINITY, 0, '-inf'],
  ])('%d with %d decimals is written as %s', (value, decimals, text) => {
    expect(written(value, decimals)).toBe(text);
  });
});
