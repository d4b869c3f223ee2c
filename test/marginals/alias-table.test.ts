import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAliasTables } from '../../src/marginals/alias-table.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20261124 });

/** What each cell of a row is drawn with, read off thresholds and aliases. */
function probabilities(rows: Float64Array, size: number): Float64Array {
  const { thresholds, aliases } = createAliasTables(rows, size);
  const found = new Float64Array(rows.length);
  for (let cell = 0; cell < rows.length; cell++) {
    const kept = thresholds[cell]! / 2 ** 32;
    const alias = cell - (cell % size) + aliases[cell]!;
    found[cell] = found[cell]! + kept / size;
    if (kept < 1) found[alias] = found[alias]! + (1 - kept) / size;
  }
  return found;
}

describe('alias tables', () => {
  it('give every cell of every row its probability, and impossible cells none', () => {
    const weights = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1, noNaN: true })), {
      minLength: 6,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1, maxLength: 4 }), (raw) => {
        fc.pre(raw.every((row) => row.some((weight) => weight > 0)));
        const rows = Float64Array.from(
          raw.flatMap((row) => row.map((weight) => weight / row.reduce((sum, part) => sum + part, 0))),
        );
        const found = probabilities(rows, 6);
        for (let cell = 0; cell < rows.length; cell++) {
          expect(Math.abs(found[cell]! - rows[cell]!)).toBeLessThan(2 ** -31);
          if (rows[cell] === 0) expect(found[cell]).toBe(0);
        }
      }),
    );
  });
});
