import fc from 'fast-check';
import { type Clique, countCells, createDomain, type Domain } from '../../src/marginals/domain.ts';
import type { Factor } from '../../src/marginals/marginal-oracle.ts';

/** Named shapes of clique sets over six attributes; every algorithm on cliques is tested on all of them. */
export const CLIQUE_SETS: Readonly<Record<string, readonly Clique[]>> = {
  none: [],
  'empty clique': [[]],
  'single attributes': [[0], [1], [2], [3], [4], [5]],
  chain: [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
  ],
  star: [
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
    [0, 5],
  ],
  cycle: [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [0, 5],
  ],
  grid: [
    [0, 1],
    [1, 2],
    [3, 4],
    [4, 5],
    [0, 3],
    [1, 4],
    [2, 5],
  ],
  disconnected: [
    [0, 1],
    [2, 3],
    [4, 5],
  ],
  'missing attributes': [
    [0, 2],
    [2, 4],
  ],
  nested: [[0, 1, 2], [0, 1], [1], [], [2, 3]],
  'overlapping triples': [
    [0, 1, 2],
    [1, 2, 3],
    [2, 3, 4],
    [0, 4, 5],
  ],
  complete: [[0, 1, 2, 3, 4, 5]],
};

/** Sizes with attributes of one value among them. */
export const SIZES: readonly (readonly number[])[] = [
  [2, 3, 2, 3, 2, 2],
  [1, 3, 2, 1, 4, 2],
  [1, 1, 1, 1, 1, 1],
];

/** The domain with attributes a0, a1, … of the given sizes. */
export function domainOf(sizes: readonly number[]): Domain {
  return createDomain(
    sizes.map((_, k) => `a${k}`),
    sizes,
  );
}

/** Numbers in [-scale, scale] from a fixed linear congruential sequence; the same for the same seed. */
export function createNumbers(seed: number, scale: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return scale * (state / 2 ** 31 - 1);
  };
}

/** One factor of fixed arbitrary log potentials per clique. */
export function factorsOf(domain: Domain, cliques: readonly Clique[], seed: number, scale = 2): Factor[] {
  const next = createNumbers(seed, scale);
  return cliques.map((clique) => ({ clique, values: Float64Array.from({ length: countCells(domain, clique) }, next) }));
}

/** Random clique sets over up to six small attributes, with repeats and nesting. */
export const randomCliques: fc.Arbitrary<{ readonly domain: Domain; readonly cliques: readonly Clique[] }> = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 })
  .chain((sizes) =>
    fc.record({
      domain: fc.constant(domainOf(sizes)),
      cliques: fc.array(
        fc.subarray(
          sizes.map((_, k) => k),
          { maxLength: Math.min(4, sizes.length) },
        ),
        { maxLength: 7 },
      ),
    }),
  );
