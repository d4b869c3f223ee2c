import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageRanks, sortNumbers } from '../../src/evaluation/sorted-numbers.ts';

/** Whole numbers in a narrow range are counted, all others sorted: both ways must agree with the plain definition. */
const COLUMNS = fc.oneof(
  fc.array(fc.integer({ min: -5, max: 12 }), { maxLength: 60 }),
  fc.array(fc.double({ noNaN: true }), { maxLength: 60 }),
  fc.array(fc.constantFrom(-0, 0, 0.5, 1e300, -7, 7), { maxLength: 60 }),
);

/** The mean of the places a value takes when all values are put in order. */
function plainRanks(values: readonly number[]): readonly number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

describe('sortNumbers and averageRanks', () => {
  it('agree with the definitions on whole numbers, fractions, ties and extremes', () => {
    fc.assert(
      fc.property(COLUMNS, (values) => {
        const column = Float64Array.from(values);
        const plain = values.toSorted((a, b) => a - b);
        expect([...sortNumbers(column)].every((value, at) => value === plain[at])).toBe(true);
        expect([...averageRanks(column)]).toEqual(plainRanks(values));
        expect([...column]).toEqual(values);
      }),
    );
  });

  it('take an empty column and one without any present value', () => {
    expect([...sortNumbers(new Float64Array())]).toEqual([]);
    expect(sortNumbers(Float64Array.of(Number.NaN))).toHaveLength(1);
  });
});
