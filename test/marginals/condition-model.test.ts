import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionModel } from '../../src/marginals/condition-model.ts';
import type { Domain } from '../../src/marginals/domain.ts';
import { loadGraphicalModel, saveGraphicalModel } from '../../src/marginals/graphical-model.ts';
import { createMarginalOracle, type Factor } from '../../src/marginals/marginal-oracle.ts';
import { fullTable, marginalOf } from '../support/brute-force.ts';
import { CLIQUE_SETS, domainOf, factorsOf } from '../support/clique-sets.ts';

const TOTAL = 50;

function modelOf(domain: Domain, factors: readonly Factor[]) {
  const oracle = createMarginalOracle(domain, [], factors);
  oracle.evaluate(new Float64Array(0), TOTAL, new Float64Array(0));
  const beliefs = oracle.beliefs.map((belief) => belief.slice());
  return { domain, total: TOTAL, tree: oracle.tree, beliefs, potentials: [] };
}

/** The full table with every cell times the weights of its codes. */
function reweigh(domain: Domain, table: Float64Array, evidence: ReadonlyMap<number, Float64Array>): Float64Array {
  return table.map((value, cell) => {
    let [rest, product] = [cell, value];
    for (let attribute = domain.sizes.length - 1; attribute >= 0; attribute--) {
      const size = domain.sizes[attribute]!;
      product *= evidence.get(attribute)?.[rest % size] ?? 1;
      rest = Math.floor(rest / size);
    }
    return product;
  });
}

describe('conditionModel', () => {
  it.each(Object.keys(CLIQUE_SETS))('agrees with the reweighted full table: %s', (name) => {
    const sizes = [2, 3, 2, 1, 3, 2];
    const domain = domainOf(sizes);
    const factors = factorsOf(domain, CLIQUE_SETS[name]!, 3);
    const model = modelOf(domain, factors);
    const full = fullTable(domain, factors, TOTAL);
    const weight = fc.constantFrom(0, 0.001, 0.3, 1, 1);
    const evidences = fc.tuple(
      ...sizes.map((size) => fc.option(fc.array(weight, { minLength: size, maxLength: size }), { nil: undefined })),
    );
    fc.assert(
      fc.property(evidences, (weights) => {
        const evidence = new Map<number, Float64Array>();
        for (const [attribute, list] of weights.entries()) {
          if (list !== undefined) evidence.set(attribute, Float64Array.from(list as number[]));
        }
        const expected = reweigh(domain, full, evidence);
        const mass = expected.reduce((sum, value) => sum + value, 0);
        const conditioned = conditionModel(model, evidence);
        if (mass === 0) {
          expect(conditioned).toBeUndefined();
          return;
        }
        expect(conditioned!.probability).toBeCloseTo(mass / TOTAL, 10);
        conditioned!.model.tree.cliques.forEach((clique, index) => {
          const marginal = marginalOf(domain, expected, clique).map((value) => (value * TOTAL) / mass);
          conditioned!.model.beliefs[index]!.forEach((value, cell) => {
            expect(value).toBeCloseTo(marginal[cell]!, 8);
          });
        });
        loadGraphicalModel(domain, saveGraphicalModel(conditioned!.model));
      }),
      { numRuns: 25, seed: 5 },
    );
  });

  it('leaves the model it came from as it was', () => {
    const domain = domainOf([2, 3, 2, 1, 3, 2]);
    const model = modelOf(domain, factorsOf(domain, Object.values(CLIQUE_SETS)[0]!, 1));
    const before = model.beliefs.map((belief) => belief.slice());
    conditionModel(model, new Map([[0, Float64Array.from({ length: 2 }, (_, code) => code % 2)]]));
    expect(model.beliefs).toEqual(before);
  });
});
