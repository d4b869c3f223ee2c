import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coarsen } from '../../src/marginals/coarsen.ts';
import type { Codes, CountSource, Recoding } from '../../src/marginals/count-source.ts';
import { type Clique, countCells, createDomain, type Domain } from '../../src/marginals/domain.ts';
import { createCodes, createCountSource } from '../../src/marginals/memory-count-source.ts';
import { maxDifference } from '../support/arrays.ts';

interface Coded {
  readonly domain: Domain;
  readonly codes: readonly Codes[];
  readonly rows: number;
}

const coded: fc.Arbitrary<Coded> = fc
  .tuple(
    fc.array(fc.constantFrom(1, 2, 3, 7, 300), { minLength: 1, maxLength: 5 }),
    fc.constantFrom(0, 1, 2, 3, 50, 65_535, 65_536, 65_537),
    fc.integer(),
  )
  .map(([sizes, rows, seed]) => {
    const domain = createDomain(
      sizes.map((_, k) => `a${k}`),
      sizes,
    );
    let state = seed | 1;
    const codes = sizes.map((size) => {
      const column = createCodes(size, rows);
      for (let row = 0; row < rows; row++) {
        state = Math.imul(state, 1664525) + 1013904223;
        column[row] = (state >>> 8) % size;
      }
      return column;
    });
    return { domain, codes, rows };
  });

const subsets = (count: number, maxSize: number): Clique[] =>
  Array.from({ length: 2 ** count }, (_, bits) => [...Array(count).keys()].filter((k) => (bits >> k) & 1)).filter(
    (clique) => clique.length <= maxSize,
  );

function countByHand({ domain, codes, rows }: Coded, clique: Clique): Float64Array {
  const counts = new Float64Array(countCells(domain, clique));
  for (let row = 0; row < rows; row++) {
    counts[clique.reduce((key, k) => key * domain.sizes[k]! + codes[k]![row]!, 0)]! += 1;
  }
  return counts;
}

describe('createCountSource', () => {
  it('counts every clique of zero to four attributes exactly, for row counts around the block size', async () => {
    await fc.assert(
      fc.asyncProperty(coded, async (table) => {
        const cliques = subsets(table.codes.length, 4).filter((clique) => countCells(table.domain, clique) < 1e6);
        const counted = await createCountSource(table.domain, table.codes).count(cliques);
        cliques.forEach((clique, index) => {
          expect(maxDifference(counted[index]!, countByHand(table, clique))).toBe(0);
        });
      }),
      { numRuns: 30, seed: 3 },
    );
  });

  it('refuses columns that do not fit the domain', () => {
    const domain = createDomain(['a', 'b'], [2, 2]);
    expect(() => createCountSource(domain, [Uint8Array.of(0)])).toThrow(/1 columns for 2 attributes/);
    expect(() => createCountSource(domain, [Uint8Array.of(0), Uint8Array.of(0, 1)])).toThrow(/equally long/);
    expect(() => createCountSource(domain, [Uint8Array.of(0), Uint8Array.of(2)])).toThrow(
      /"b" holds a code outside 0 … 1/,
    );
    expect(() => createCountSource(domain, [Uint8Array.of(0), Int32Array.of(-1)])).toThrow(/"b"/);
  });

  it('refuses a marginal too large to count instead of exhausting memory', async () => {
    const domain = createDomain(['a', 'b'], [100_000, 100_000]);
    const source = createCountSource(domain, [Int32Array.of(1), Int32Array.of(2)]);
    await expect(source.count([[0, 1]])).rejects.toThrow(/10000000000 cells/);
  });
});

describe('coarsen', () => {
  const withRecodings = coded.chain((table) =>
    fc.record({
      table: fc.constant(table),
      recodings: fc.tuple(
        ...table.domain.sizes.map((size) =>
          fc.option(
            fc
              .integer({ min: 1, max: 4 })
              .chain((coarse) =>
                fc
                  .array(fc.integer({ min: 0, max: coarse - 1 }), { minLength: size, maxLength: size })
                  .map((map): Recoding => ({ size: coarse, codes: Int32Array.from(map) })),
              ),
            { nil: undefined },
          ),
        ),
      ),
    }),
  );

  it('counts as if the rows had been recoded, by the source itself or by summing fine counts', async () => {
    await fc.assert(
      fc.asyncProperty(withRecodings, async ({ table, recodings }) => {
        const codes = table.codes.map((column, k) =>
          Int32Array.from(column, (code) => recodings[k]?.codes[code] ?? code),
        );
        const sizes = table.domain.sizes.map((size, k) => recodings[k]?.size ?? size);
        const byHand = createCountSource(createDomain(table.domain.names, sizes), codes);
        const source = createCountSource(table.domain, table.codes);
        const plain: CountSource = { domain: source.domain, count: (cliques) => source.count(cliques) };
        const cliques = subsets(codes.length, 2);
        const expected = await byHand.count(cliques);
        for (const either of [source, plain]) {
          const counts = await coarsen(either, recodings).count(cliques);
          counts.forEach((found, index) => {
            expect(maxDifference(found, expected[index]!)).toBe(0);
          });
        }
      }),
      { numRuns: 25, seed: 5 },
    );
  });

  it('refuses maps that do not cover an attribute or leave their size', () => {
    const source = createCountSource(createDomain(['a'], [3]), [Uint8Array.of(0, 1, 2)]);
    expect(() => coarsen(source, [])).toThrow(/0 maps for 1 attributes/);
    expect(() => coarsen(source, [{ size: 2, codes: Int32Array.of(0, 1) }])).toThrow(/each of 3 codes into 0 … 1/);
    expect(() => coarsen(source, [{ size: 2, codes: Int32Array.of(0, 1, 2) }])).toThrow(/"a"/);
  });
});
