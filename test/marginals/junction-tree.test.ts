import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clique, countCells, type Domain } from '../../src/marginals/domain.ts';
import { isSubset } from '../../src/marginals/embedding.ts';
import {
  buildJunctionTree,
  findHost,
  type JunctionTree,
  junctionTreeCells,
  junctionTreeCellsWith,
} from '../../src/marginals/junction-tree.ts';
import { CLIQUE_SETS, domainOf, randomCliques, SIZES } from '../support/clique-sets.ts';

function expectJunctionTree(domain: Domain, cliques: readonly Clique[], tree: JunctionTree): void {
  for (const clique of cliques) expect(findHost(domain, tree.cliques, clique)).toBeGreaterThanOrEqual(0);
  expect(new Set(tree.cliques.flat()).size).toBe(domain.sizes.length);
  expect(tree.parents[0]).toBe(-1);
  const seen = new Set(tree.cliques[0]);
  for (let index = 1; index < tree.cliques.length; index++) {
    const clique = tree.cliques[index]!;
    const parent = tree.parents[index]!;
    expect(parent).toBeGreaterThanOrEqual(0);
    expect(parent).toBeLessThan(index);
    const shared = clique.filter((attribute) => seen.has(attribute));
    expect(tree.separators[index]).toEqual(shared);
    expect(isSubset(shared, tree.cliques[parent]!)).toBe(true);
    for (const attribute of clique) seen.add(attribute);
  }
  tree.cliques.forEach((clique, index) => {
    tree.cliques.forEach((other, k) => {
      if (k !== index) expect(isSubset(clique, other)).toBe(false);
    });
    expect([...clique].sort((a, b) => a - b)).toEqual(clique);
  });
}

describe('buildJunctionTree', () => {
  for (const [name, cliques] of Object.entries(CLIQUE_SETS)) {
    it(`${name}: covers cliques and attributes, has the running intersection property and no nested cliques`, () => {
      for (const sizes of SIZES) {
        const domain = domainOf(sizes);
        expectJunctionTree(domain, cliques, buildJunctionTree(domain, cliques));
      }
    });
  }

  it('holds for random clique sets', () => {
    fc.assert(
      fc.property(randomCliques, ({ domain, cliques }) => {
        expectJunctionTree(domain, cliques, buildJunctionTree(domain, cliques));
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  it('holds beyond 32 attributes, where bit rows take several words', () => {
    const domain = domainOf(Array.from({ length: 100 }, (_, k) => 2 + (k % 3)));
    const chords = Array.from({ length: 130 }, (_, k) => [k % 100, (k * 37 + 11) % 100].sort((a, b) => a - b));
    const cliques = chords.filter(([a, b]) => a !== b && Math.abs(a! - b!) < 30);
    expectJunctionTree(domain, cliques, buildJunctionTree(domain, cliques));
  });

  it('adds no fill to sets that are already trees of cliques', () => {
    const domain = domainOf(SIZES[0]!);
    for (const name of ['chain', 'star', 'complete', 'disconnected'] as const) {
      const cliques = CLIQUE_SETS[name]!;
      const tree = buildJunctionTree(domain, cliques);
      expect([...tree.cliques].map(String).sort()).toEqual(cliques.map(String).sort());
    }
  });
});

describe('junctionTreeCells', () => {
  it('is the number of cells of the tree that would be built', () => {
    fc.assert(
      fc.property(randomCliques, ({ domain, cliques }) => {
        const tree = buildJunctionTree(domain, cliques);
        const cells = tree.cliques.reduce((sum, clique) => sum + countCells(domain, clique), 0);
        expect(junctionTreeCells(domain, cliques)).toBe(cells);
      }),
      { numRuns: 100, seed: 12 },
    );
  });

  it('with candidates equals the cells of each extended set', () => {
    fc.assert(
      fc.property(randomCliques, randomCliques, ({ domain, cliques }, other) => {
        const candidates = [...cliques, ...other.cliques].filter((clique) =>
          clique.every((k) => k < domain.sizes.length),
        );
        const expected = candidates.map((candidate) => junctionTreeCells(domain, [...cliques, candidate]));
        expect([...junctionTreeCellsWith(domain, cliques, candidates)]).toEqual(expected);
      }),
      { numRuns: 100, seed: 14 },
    );
  });
});
