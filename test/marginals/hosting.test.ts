import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countCells } from '../../src/marginals/domain.ts';
import { isSubset } from '../../src/marginals/embedding.ts';
import { guestsFirst, planHosting } from '../../src/marginals/hosting.ts';
import { buildJunctionTree } from '../../src/marginals/junction-tree.ts';
import { allCliques } from '../../src/marginals/model-marginals.ts';
import { domainOf, randomCliques } from '../support/clique-sets.ts';

describe('planHosting', () => {
  it('hosts every clique in a table that contains it, in an order that serves guests before hosts', () => {
    fc.assert(
      fc.property(randomCliques, ({ domain, cliques }) => {
        const distinct = [...new Map(cliques.map((clique) => [String(clique), clique])).values()];
        const tree = buildJunctionTree(domain, distinct);
        const tables = planHosting(domain, tree.cliques, distinct);
        expect(tables.slice(0, distinct.length).map(({ clique }) => clique)).toEqual(distinct);
        const order = guestsFirst(tables);
        expect(new Set(order).size).toBe(tables.length);
        tables.forEach(({ clique, host }, index) => {
          const hostClique = host < 0 ? tree.cliques[-1 - host]! : tables[host]!.clique;
          expect(isSubset(clique, hostClique)).toBe(true);
          if (host >= 0) expect(order.indexOf(index)).toBeLessThan(order.indexOf(host));
        });
      }),
      { numRuns: 200, seed: 23 },
    );
  });

  it('visits far fewer cells than one pass over the tree table per clique', () => {
    const domain = domainOf([10, 10, 10, 10, 10]);
    const everything = [0, 1, 2, 3, 4];
    const pairs = allCliques(domain, 2);
    const visits = planHosting(domain, [everything], pairs).reduce((sum, { embedding }) => sum + embedding.cells, 0);
    expect(visits).toBeLessThan(0.5 * pairs.length * countCells(domain, everything));
  });
});
