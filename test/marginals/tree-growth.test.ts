import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clique, countCells, type Domain } from '../../src/marginals/domain.ts';
import { buildJunctionTree, findHost, junctionTreeCells } from '../../src/marginals/junction-tree.ts';
import { allCliques } from '../../src/marginals/model-marginals.ts';
import { candidatesWithin, createPairBound, growTree } from '../../src/marginals/tree-growth.ts';
import { createNumbers, domainOf, randomCliques } from '../support/clique-sets.ts';

/** Fewest cells of any junction tree: the best of all elimination orders, for up to six attributes. */
function fewestCells(sizes: readonly number[], cliques: readonly (readonly number[])[]): number {
  const start = sizes.map(
    (_, a) =>
      new Set(
        cliques
          .filter((c) => c.includes(a))
          .flat()
          .filter((b) => b !== a),
      ),
  );
  let best = Number.POSITIVE_INFINITY;
  const visit = (graph: readonly ReadonlySet<number>[], left: readonly number[], made: readonly number[][]): void => {
    if (left.length === 0) {
      const maximal = made.filter(
        (c, k) => !made.some((o, j) => j !== k && c.every((a) => o.includes(a)) && (o.length > c.length || j < k)),
      );
      const cells = maximal.reduce((sum, c) => sum + c.reduce((product, a) => product * sizes[a]!, 1), 0);
      best = Math.min(best, cells);
      return;
    }
    for (const vertex of left) {
      const next = graph.map((set, a) => {
        if (!graph[vertex]!.has(a)) return set;
        return new Set([...set, ...graph[vertex]!].filter((b) => b !== a && b !== vertex));
      });
      visit(
        next,
        left.filter((a) => a !== vertex),
        [...made, [vertex, ...graph[vertex]!]],
      );
    }
  };
  visit(
    start,
    sizes.map((_, a) => a),
    [],
  );
  return best;
}

/** Sixty attributes in a chain with some chords. */
function chordedChain() {
  const next = createNumbers(9, 1);
  const sizes = Array.from({ length: 60 }, () => 2 + Math.floor(4 * (1 + next())));
  const domain = domainOf(sizes);
  const cliques = sizes.flatMap((_, k) => (k === 0 ? [] : [[Math.max(0, k - 1 - Math.floor(3 * (1 + next()))), k]]));
  const chords = Array.from({ length: 15 }, (_, k) => [k * 3, k * 3 + 8]);
  return { domain, measured: [...cliques, ...chords] };
}

const grownFrom = (domain: Domain, cliques: readonly Clique[]) => ({
  cliques,
  tree: buildJunctionTree(domain, cliques),
});

const cellsOf = (domain: Domain, cliques: readonly Clique[]) =>
  cliques.reduce((cells, clique) => cells + countCells(domain, clique), 0);

describe('createPairBound', () => {
  it('is never below the best junction tree and equals the present one for pairs that share a clique', () => {
    fc.assert(
      fc.property(randomCliques, ({ domain, cliques }) => {
        const tree = buildJunctionTree(domain, cliques);
        const bound = createPairBound(domain, tree);
        for (const [a, b] of allCliques(domain, 2)) {
          const cells = bound(a!, b!);
          expect(cells).toBeGreaterThanOrEqual(fewestCells(domain.sizes, [...cliques, [a!, b!]]));
          if (tree.cliques.some((clique) => clique.includes(a!) && clique.includes(b!))) {
            expect(cells).toBe(junctionTreeCells(domain, cliques));
          }
        }
      }),
      { numRuns: 40, seed: 31 },
    );
  });

  it('is exact on a chain: the ends are joined by carrying one through the separators', () => {
    const domain = domainOf([2, 3, 4, 5]);
    const tree = buildJunctionTree(domain, [
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    // Cliques 01 and 12 become 012 beside 01 … : carry 0 past 12 (takes it in: 2·12 − 12) to 3 (bypass 0-2-3: 4·2·5).
    const byHand = 6 + 12 + 20 + 12 + Math.min(20, 4 * 2 * 5);
    expect(createPairBound(domain, tree)(0, 3)).toBe(byHand);
  });

  it('joins unconnected parts by the pair alone', () => {
    const domain = domainOf([2, 3, 4, 5]);
    expect(
      createPairBound(
        domain,
        buildJunctionTree(domain, [
          [0, 1],
          [2, 3],
        ]),
      )(1, 2),
    ).toBe(6 + 20 + 12);
  });
});

describe('candidatesWithin', () => {
  it('takes all that the tree holds and is exact for the others when attributes are few', () => {
    fc.assert(
      fc.property(randomCliques, fc.integer({ min: 1, max: 300 }), ({ domain, cliques }, limit) => {
        const candidates = [...allCliques(domain, 2), ...allCliques(domain, 3)];
        const tree = buildJunctionTree(domain, cliques);
        const expected = candidates.map(
          (candidate) =>
            findHost(domain, tree.cliques, candidate) >= 0 ||
            junctionTreeCells(domain, [...cliques, candidate]) <= limit,
        );
        expect(candidatesWithin(domain, { cliques, tree }, candidates, limit)).toEqual(expected);
      }),
      { numRuns: 60, seed: 37 },
    );
  });

  it('for many attributes agrees with exact sizes on most pairs', () => {
    const { domain, measured } = chordedChain();
    const pairs = allCliques(domain, 2);
    const limit = 2 * junctionTreeCells(domain, measured);
    const found = candidatesWithin(domain, grownFrom(domain, measured), pairs, limit);
    const exact = pairs.map((pair) => junctionTreeCells(domain, [...measured, pair]));
    const agree = found.filter((within, k) => within === exact[k]! <= limit).length;
    expect(agree / pairs.length).toBeGreaterThan(0.85);
  });
});

describe('growTree', () => {
  it('keeps to what was promised for every pair, however greedy elimination fares, and holds all cliques', () => {
    const { domain, measured } = chordedChain();
    const start = grownFrom(domain, measured);
    const bound = createPairBound(domain, start.tree);
    for (const pair of allCliques(domain, 2).filter((_, k) => k % 7 === 0)) {
      const { tree, cliques } = growTree(domain, start, pair);
      expect(cellsOf(domain, tree.cliques)).toBeLessThanOrEqual(bound(pair[0]!, pair[1]!));
      for (const clique of cliques) expect(findHost(domain, tree.cliques, clique)).toBeGreaterThanOrEqual(0);
    }
  });

  it('never passes a limit by accepted pairs, over many rounds', () => {
    const { domain, measured } = chordedChain();
    const pairs = allCliques(domain, 2);
    const limit = 3 * junctionTreeCells(domain, measured);
    let grown = grownFrom(domain, measured);
    let greedy = 0;
    for (let round = 0; round < 25; round++) {
      const within = candidatesWithin(domain, grown, pairs, limit);
      const open = pairs.filter((pair, k) => within[k] && !grown.cliques.includes(pair));
      const next = open[(round * 7919) % open.length]!;
      grown = growTree(domain, grown, next);
      expect(cellsOf(domain, grown.tree.cliques)).toBeLessThanOrEqual(limit);
      greedy = Math.max(greedy, junctionTreeCells(domain, grown.cliques));
    }
    // A tree built anew would have passed it: growing is what keeps the limit.
    expect(greedy).toBeGreaterThan(limit);
  });

  it('builds small domains and larger cliques anew', () => {
    const domain = domainOf([2, 3, 4, 5]);
    const start = grownFrom(domain, [
      [0, 1],
      [1, 2],
    ]);
    expect(growTree(domain, start, [2, 3]).tree).toEqual(buildJunctionTree(domain, [...start.cliques, [2, 3]]));
    expect(growTree(domain, start, [1, 2, 3]).tree).toEqual(buildJunctionTree(domain, [...start.cliques, [1, 2, 3]]));
  });

  it('keeps a tree that holds the clique, and counts the clique', () => {
    const domain = domainOf([2, 3, 4, 5]);
    const start = grownFrom(domain, [
      [0, 1, 2],
      [2, 3],
    ]);
    const { tree, cliques } = growTree(domain, start, [0, 2]);
    expect(tree).toBe(start.tree);
    expect(cliques).toEqual([...start.cliques, [0, 2]]);
  });
});
