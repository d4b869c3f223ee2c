import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LatentTable, splitShares, splitTables } from '../../../src/synthesizers/copula/latent-tables.ts';
import type { Levels } from '../../../src/synthesizers/copula/levels.ts';

const levelsOf = (size: number, hasMissing: boolean): Levels => ({
  recoding: { size, codes: Int32Array.from({ length: size }, (_, code) => code) },
  orderedLevels: 0,
  hasMissing,
});

/** Rows of three columns of 3, 4 and 2 levels; the last level of the first two is missing. */
const LEVELS = [levelsOf(3, true), levelsOf(4, true), levelsOf(2, false)];
const LAYOUT = { columns: 3, indicators: [0, 1] };
const rows = fc.array(fc.tuple(fc.nat(2), fc.nat(3), fc.nat(1)), { maxLength: 40 });

function countPair(list: readonly (readonly number[])[], first: number, second: number): Float64Array {
  const width = LEVELS[second]!.recoding.size;
  const counts = new Float64Array(LEVELS[first]!.recoding.size * width);
  for (const row of list) counts[row[first]! * width + row[second]!]!++;
  return counts;
}

/** A latent variable of a row: its level, or whether it is missing; undefined where a value is missing. */
function latentOf(row: readonly number[], latent: number): number | undefined {
  const column = LAYOUT.indicators[latent - 3] ?? latent;
  const isMissing = LEVELS[column]!.hasMissing && row[column] === LEVELS[column]!.recoding.size - 1;
  if (latent >= 3) return isMissing ? 1 : 0;
  return isMissing ? undefined : row[column];
}

describe('splitTables', () => {
  it('counts every pair of latent variables over the rows that have both, as counting the rows does', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const pairs = [
          [0, 1],
          [0, 2],
          [1, 2],
        ] as const;
        const tables = pairs.map(([first, second]) => ({
          first,
          second,
          counts: countPair(list, first, second),
          variance: 2,
        }));
        const split = splitTables(tables, LEVELS, LAYOUT);
        const all: LatentTable[] = [...split.values, ...split.presence, ...split.missing];
        expect(all.map(({ first, second }) => `${first} ${second}`).sort()).toEqual(
          ['0 1', '0 2', '1 2', '3 1', '4 0', '3 2', '4 2', '3 4'].sort(),
        );
        for (const { first, second, counts } of all) {
          const width = second >= 3 ? 2 : LEVELS[second]!.recoding.size - (LEVELS[second]!.hasMissing ? 1 : 0);
          const expected = new Float64Array(counts.length);
          for (const row of list) {
            const [a, b] = [latentOf(row, first), latentOf(row, second)];
            if (a !== undefined && b !== undefined) expected[a * width + b]!++;
          }
          expect(counts).toEqual(expected);
        }
      }),
    );
  });

  it('adds up the noise of the cells that it sums', () => {
    const tables = [{ first: 0, second: 1, counts: new Float64Array(12), variance: 5 }];
    const { values, presence, missing } = splitTables(tables, LEVELS, LAYOUT);
    expect([...values[0]!.variances]).toEqual(new Array(6).fill(5));
    // Present rows of the first column hold two levels, of the second three.
    expect([...presence[0]!.variances]).toEqual([10, 10, 10, 5, 5, 5]);
    expect([...presence[1]!.variances]).toEqual([15, 15, 5, 5]);
    expect([...missing[0]!.variances]).toEqual([30, 10, 15, 5]);
  });
});

describe('splitShares', () => {
  it('tells shares of present levels from the share that is missing', () => {
    const { shares, missing } = splitShares(Float64Array.of(0.2, 0.6, 0.2), LEVELS[0]!);
    expect(shares[0]).toBeCloseTo(0.25, 12);
    expect(missing).toBeCloseTo(0.2, 12);
    expect(splitShares(Float64Array.of(0, 0, 1), LEVELS[0]!)).toEqual({
      shares: Float64Array.of(0.5, 0.5),
      orderedLevels: 0,
      missing: 1,
    });
    expect(splitShares(Float64Array.of(0.5, 0.5), LEVELS[2]!).missing).toBeUndefined();
  });
});
