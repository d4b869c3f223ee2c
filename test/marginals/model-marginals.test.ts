import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clique, Domain } from '../../src/marginals/domain.ts';
import type { GraphicalModel } from '../../src/marginals/graphical-model.ts';
import { createMarginalOracle, type Factor } from '../../src/marginals/marginal-oracle.ts';
import { allCliques, modelMarginal, modelMarginals } from '../../src/marginals/model-marginals.ts';
import { maxDifference } from '../support/arrays.ts';
import { fullTable, marginalOf, subsetsOf } from '../support/brute-force.ts';
import { CLIQUE_SETS, domainOf, factorsOf, randomCliques, SIZES } from '../support/clique-sets.ts';

function modelOf(domain: Domain, factors: readonly Factor[], total: number): GraphicalModel {
  const oracle = createMarginalOracle(domain, [], factors);
  oracle.evaluate(new Float64Array(0), total, new Float64Array(0));
  return { domain, total, tree: oracle.tree, beliefs: oracle.beliefs, potentials: [] };
}

function expectAll(domain: Domain, cliques: readonly Clique[], seed: number, total: number): void {
  const factors = factorsOf(domain, cliques, seed);
  const model = modelOf(domain, factors, total);
  const table = fullTable(domain, factors, total);
  const wanted = subsetsOf(domain.sizes.length, 4);
  const found = modelMarginals(model, wanted);
  wanted.forEach((clique, index) => {
    const expected = marginalOf(domain, table, clique);
    expect(maxDifference(found[index]!, expected)).toBeLessThan(1e-9 * Math.max(1, total));
  });
  const clique = wanted.at(-1)!;
  expect(maxDifference(modelMarginal(model, clique), marginalOf(domain, table, clique))).toBeLessThan(1e-6);
}

describe('modelMarginals agrees with brute force for every clique of up to four attributes', () => {
  for (const [name, cliques] of Object.entries(CLIQUE_SETS)) {
    it(`on ${name}`, () => {
      SIZES.forEach((sizes, seed) => {
        expectAll(domainOf(sizes), cliques, seed + 1, 1000);
      });
    });
  }

  it('on random clique sets and for a total of 0', () => {
    fc.assert(
      fc.property(randomCliques, fc.constantFrom(0, 20), fc.integer({ min: 1 }), ({ domain, cliques }, total, seed) => {
        expectAll(domain, cliques, seed, total);
      }),
      { numRuns: 25, seed: 19 },
    );
  });

  it('with impossible combinations', () => {
    const domain = domainOf([2, 3, 2, 2]);
    const impossible: Factor = { clique: [1, 2], values: Float64Array.of(0, -Infinity, -Infinity, -Infinity, 0, 0) };
    const factors = [
      impossible,
      ...factorsOf(
        domain,
        [
          [0, 1],
          [2, 3],
        ],
        4,
      ),
    ];
    const table = fullTable(domain, factors, 10);
    const found = modelMarginal(modelOf(domain, factors, 10), [0, 3]);
    expect(maxDifference(found, marginalOf(domain, table, [0, 3]))).toBeLessThan(1e-12);
  });
});

describe('allCliques', () => {
  it('lists every set of the size once, in lexicographic order', () => {
    const domain = domainOf([2, 2, 2, 2]);
    expect(allCliques(domain, 1)).toEqual([[0], [1], [2], [3]]);
    expect(allCliques(domain, 2)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
    expect(allCliques(domain, 3)).toEqual([
      [0, 1, 2],
      [0, 1, 3],
      [0, 2, 3],
      [1, 2, 3],
    ]);
  });
});
