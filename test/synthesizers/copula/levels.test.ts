import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseLevels, MOST_LEVELS } from '../../../src/synthesizers/copula/levels.ts';

const levelsOf = (shares: readonly number[], orderedCells: number, leastShare: number, axisLevels = 5) =>
  chooseLevels({ shares: Float64Array.from(shares), orderedCells, leastShare, axisLevels });
const codes = (...request: Parameters<typeof levelsOf>) => [...levelsOf(...request).recoding.codes];

describe('chooseLevels', () => {
  it('cuts an axis into levels of about equal share', () => {
    const even = Array.from({ length: 20 }, () => 0.05);
    expect(codes(even, 20, 0.01)).toEqual(even.map((_, cell) => Math.floor(cell / 4)));
  });

  it('gives a spike a level of its own and keeps thin tails together', () => {
    expect(codes([0.9, 0.02, 0.02, 0.02, 0.02, 0.02], 6, 0.05)).toEqual([0, 1, 1, 1, 1, 1]);
  });

  it('does not cut where a side would drown in noise', () => {
    expect(codes([0.98, 0.01, 0.01], 3, 0.05)).toEqual([0, 0, 0]);
  });

  it('keeps frequent categories apart and merges rare ones', () => {
    expect(codes([0.01, 0.5, 0.02, 0.3, 0.17], 0, 0.03)).toEqual([3, 0, 3, 1, 2]);
    expect(codes([0.01, 0.5, 0.01, 0.3, 0.18], 0, 0.1)).toEqual([2, 0, 2, 1, 2]);
  });

  it('leaves a nominal column two levels even when all is noise', () => {
    expect(levelsOf([0.4, 0.3, 0.3], 0, 1).recoding.size).toBe(2);
  });

  it('sets cells beside an axis apart when frequent, and adds them to the first level when not', () => {
    expect(codes([0.3, 0.3, 0.4], 2, 0.1)).toEqual([0, 1, 2]);
    expect(codes([0.5, 0.49, 0.01], 2, 0.1)).toEqual([0, 1, 0]);
  });

  it('gives missing values the last level to themselves, however rare they are', () => {
    const shares = Float64Array.of(0.5, 0.3, 0.19, 0.009, 0.001);
    const levels = chooseLevels({ shares, orderedCells: 0, missingCell: 4, leastShare: 0.1, axisLevels: 5 });
    expect([...levels.recoding.codes]).toEqual([0, 1, 2, 2, 3]);
    expect(levels).toMatchObject({ recoding: { size: 4 }, hasMissing: true });
    expect(levelsOf([0.5, 0.5], 2, 0.1).hasMissing).toBe(false);
  });

  it('uses every level, keeps the axis in order, and stays within the limits', () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(shares, fc.nat(), fc.double({ min: 0, max: 0.5, noNaN: true }), (raw, split, leastShare) => {
        const total = raw.reduce((a, b) => a + b, 1e-9);
        const orderedCells = split % (raw.length + 1);
        const { recoding, orderedLevels } = levelsOf(
          raw.map((share) => share / total),
          orderedCells,
          leastShare,
        );
        expect(new Set(recoding.codes)).toEqual(new Set(Array.from({ length: recoding.size }, (_, level) => level)));
        const axis = [...recoding.codes.subarray(0, orderedCells)];
        expect(axis).toEqual(axis.toSorted((a, b) => a - b));
        expect(orderedLevels).toBeLessThanOrEqual(5);
        expect(recoding.size).toBeLessThanOrEqual(MOST_LEVELS + orderedLevels);
      }),
    );
  });
});
