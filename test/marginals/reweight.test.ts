import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphicalModel } from '../../src/marginals/graphical-model.ts';
import { createMarginalOracle, type Factor } from '../../src/marginals/marginal-oracle.ts';
import { modelMarginals } from '../../src/marginals/model-marginals.ts';
import { reweightModel } from '../../src/marginals/reweight.ts';
import { maxDifference } from '../support/arrays.ts';
import { fullTable, marginalOf, subsetsOf } from '../support/brute-force.ts';
import { domainOf, factorsOf, randomCliques } from '../support/clique-sets.ts';

function modelOf(domain: GraphicalModel['domain'], factors: readonly Factor[], total: number): GraphicalModel {
  const oracle = createMarginalOracle(domain, [], factors);
  oracle.evaluate(new Float64Array(0), total, new Float64Array(0));
  return { domain, total, tree: oracle.tree, beliefs: oracle.beliefs, potentials: [] };
}

describe('reweightModel', () => {
  it('agrees with brute force for random weights, some of them excluding cells', () => {
    fc.assert(
      fc.property(randomCliques, fc.integer({ min: 1, max: 1e6 }), ({ domain, cliques }, seed) => {
        const half = Math.floor(cliques.length / 2);
        const factors = factorsOf(domain, cliques.slice(0, half), seed);
        const weights = factorsOf(domain, cliques.slice(half), seed + 1).map(({ clique, values }) => ({
          clique,
          values: values.map((value, cell) => (cell > 0 && value < -1.5 ? Number.NEGATIVE_INFINITY : value)),
        }));
        const found = reweightModel(modelOf(domain, factors, 10), weights, 70);
        const table = fullTable(domain, [...factors, ...weights], 70);
        const wanted = subsetsOf(domain.sizes.length, 3);
        modelMarginals(found, wanted).forEach((marginal, k) => {
          expect(maxDifference(marginal, marginalOf(domain, table, wanted[k]!))).toBeLessThan(1e-8);
        });
      }),
      { numRuns: 60, seed: 43 },
    );
  });

  it('conditions: what is excluded is gone, the rest keeps its proportions', () => {
    const domain = domainOf([2, 3]);
    const model = modelOf(domain, factorsOf(domain, [[0, 1]], 5), 100);
    const [before] = modelMarginals(model, [[0, 1]]);
    const only = reweightModel(model, [{ clique: [1], values: Float64Array.of(-Infinity, 0, -Infinity) }], 1);
    const kept = before![1]! + before![4]!;
    const [after] = modelMarginals(only, [[0, 1]]);
    expect(maxDifference(after!, [0, before![1]! / kept, 0, 0, before![4]! / kept, 0])).toBeLessThan(1e-12);
  });

  it('refuses weights that leave nothing', () => {
    const domain = domainOf([2]);
    const nothing: Factor = { clique: [0], values: Float64Array.of(-Infinity, -Infinity) };
    expect(() => reweightModel(modelOf(domain, [], 5), [nothing])).toThrow(/no combination of values is left/);
  });
});
