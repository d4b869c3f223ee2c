import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clique, Domain } from '../../src/marginals/domain.ts';
import type { GraphicalModel } from '../../src/marginals/graphical-model.ts';
import { createMarginalOracle, type Factor } from '../../src/marginals/marginal-oracle.ts';
import {
  allCliques,
  modelMarginal,
  modelMarginals,
  modelMarginalsPausing,
} from '../../src/marginals/model-marginals.ts';
import { createPairWalk } from '../../src/marginals/pair-walk.ts';
import { maxDifference } from '../support/arrays.ts';
import { fullTable, marginalOf } from '../support/brute-force.ts';
import { createNumbers, domainOf, factorsOf, randomCliques } from '../support/clique-sets.ts';

function modelOf(domain: Domain, factors: readonly Factor[], total: number): GraphicalModel {
  const oracle = createMarginalOracle(domain, [], factors);
  oracle.evaluate(new Float64Array(0), total, new Float64Array(0));
  return { domain, total, tree: oracle.tree, beliefs: oracle.beliefs, potentials: [] };
}

/** Pairs in no common tree clique, by attribute. */
function targetsOf({ domain, tree }: GraphicalModel, source: number): number[] {
  const near = new Set(tree.cliques.filter((clique) => clique.includes(source)).flat());
  return domain.sizes
    .map((_, attribute) => attribute)
    .filter((attribute) => attribute !== source && !near.has(attribute));
}

/** A model of forty attributes whose tree has branches, wide cliques and two unconnected parts. */
function wideModel(total: number): GraphicalModel {
  const next = createNumbers(3, 1);
  const sizes = Array.from({ length: 40 }, () => 2 + Math.floor(2 * (1 + next())));
  const domain = domainOf(sizes);
  const cliques: Clique[] = sizes.flatMap((_, k) => {
    if (k === 0 || k === 25) return [];
    const parent = Math.max(k < 25 ? 0 : 25, k - 1 - Math.floor(3 * (1 + next())));
    return k % 5 === 0 && parent > 26 ? [[parent - 1, parent, k]] : [[parent, k]];
  });
  return modelOf(domain, factorsOf(domain, [...cliques, [1, 9], [3, 12]], 5), total);
}

describe('createPairWalk', () => {
  it('agrees with brute force from every attribute of random models, also for a total of 0', () => {
    fc.assert(
      fc.property(randomCliques, fc.constantFrom(0, 20), fc.integer({ min: 1 }), ({ domain, cliques }, total, seed) => {
        const factors = factorsOf(domain, cliques, seed);
        const model = modelOf(domain, factors, total);
        const table = fullTable(domain, factors, total);
        const walk = createPairWalk(model);
        for (const source of domain.sizes.keys()) {
          const targets = targetsOf(model, source);
          const found = walk(source, targets);
          expect([...found.keys()].sort()).toEqual(targets);
          for (const target of targets) {
            const pair = [source, target].sort((a, b) => a - b);
            const expected = marginalOf(domain, table, pair);
            const [rows, columns] = [domain.sizes[source]!, domain.sizes[target]!];
            const oriented = Float64Array.from(expected, (_, cell) => {
              const [row, column] = [Math.floor(cell / columns), cell % columns];
              return expected[source < target ? cell : column * rows + row]!;
            });
            expect(maxDifference(found.get(target)!, oriented)).toBeLessThan(1e-9 * Math.max(1, total));
          }
        }
      }),
      { numRuns: 30, seed: 23 },
    );
  });

  it('gives 0 where the separator is impossible', () => {
    const domain = domainOf([2, 2, 2]);
    const never: Factor = { clique: [1], values: Float64Array.of(0, -Infinity) };
    const factors = [
      never,
      ...factorsOf(
        domain,
        [
          [0, 1],
          [1, 2],
        ],
        4,
      ),
    ];
    const expected = marginalOf(domain, fullTable(domain, factors, 10), [0, 2]);
    expect(maxDifference(createPairWalk(modelOf(domain, factors, 10))(0, [2]).get(2)!, expected)).toBeLessThan(1e-12);
  });
});

describe('modelMarginals of many attributes', () => {
  it('answers every pair as variable elimination does one by one', async () => {
    const model = wideModel(500);
    const pairs = allCliques(model.domain, 2);
    const together = modelMarginals(model, pairs);
    pairs.forEach((pair, index) => {
      expect(maxDifference(together[index]!, modelMarginal(model, pair))).toBeLessThan(1e-9);
    });
    expect(await modelMarginalsPausing(model, pairs)).toEqual(together);
  });

  it('mixes pairs, single attributes and triples in any order', () => {
    const model = wideModel(500);
    const cliques = [[0, 39], [5], [0, 20, 39], [38, 39], [3, 30], [0, 39]];
    const together = modelMarginals(model, cliques);
    cliques.forEach((clique, index) => {
      expect(maxDifference(together[index]!, modelMarginal(model, clique))).toBeLessThan(1e-9);
    });
  });

  it('stops within a slice of time when aborted', async () => {
    const model = wideModel(500);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const pairs = allCliques(model.domain, 2);
    const many = Array.from({ length: 200 }).flatMap(() => pairs);
    await expect(modelMarginalsPausing(model, many, controller.signal)).rejects.toThrow(/abort/i);
  });
});
