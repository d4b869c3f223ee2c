import { describe, expect, it } from 'vitest';
import { estimate } from '../../src/marginals/estimate.ts';
import {
  type GraphicalModelData,
  loadGraphicalModel,
  saveGraphicalModel,
} from '../../src/marginals/graphical-model.ts';
import { modelMarginal } from '../../src/marginals/model-marginals.ts';
import { domainOf } from '../support/clique-sets.ts';

const domain = domainOf([2, 3, 2, 2]);
const good = async (): Promise<GraphicalModelData> => {
  const counts = Float64Array.of(5, 1, 2, 3, 4, 6);
  const model = await estimate(
    domain,
    [
      { clique: [0, 1], counts, variance: 1 },
      { clique: [1, 2], counts, variance: 1 },
    ],
    { total: 21 },
  );
  return saveGraphicalModel(model);
};

describe('loadGraphicalModel', () => {
  it('gives back a model with the same marginals, through plain data', async () => {
    const data = await good();
    const copy: GraphicalModelData = JSON.parse(
      JSON.stringify({ ...data, beliefs: data.beliefs.map((belief) => [...belief]) }),
    );
    const model = loadGraphicalModel(domain, { ...copy, beliefs: copy.beliefs.map((list) => Float64Array.from(list)) });
    const original = loadGraphicalModel(domain, data);
    expect(modelMarginal(model, [0, 2])).toEqual(modelMarginal(original, [0, 2]));
    expect(model.tree).toEqual(original.tree);
  });

  it('refuses every kind of broken data by name', async () => {
    const data = await good();
    const attempt = (change: Partial<GraphicalModelData>) => () => loadGraphicalModel(domain, { ...data, ...change });
    const withCell = (value: number) =>
      data.beliefs.map((belief) => belief.map((old, cell) => (cell === 0 ? value : old)));
    expect(attempt({ total: Number.NaN })).toThrow(/total is NaN/);
    expect(attempt({ total: 22 })).toThrow(/sums to the total 22/);
    expect(attempt({ beliefs: withCell(Number.NaN) })).toThrow(/negative or not a number/);
    expect(attempt({ beliefs: withCell(-1) })).toThrow(/negative or not a number/);
    expect(attempt({ beliefs: withCell(Number.POSITIVE_INFINITY) })).toThrow(/sums to Infinity/);
    expect(attempt({ beliefs: data.beliefs.map((belief) => belief.slice(1)) })).toThrow(/its clique has/);
    expect(attempt({ beliefs: [] })).toThrow(/one of each per clique/);
    expect(attempt({ cliques: [], parents: [], beliefs: [] })).toThrow(/0 cliques/);
    expect(attempt({ parents: data.parents.map(() => -1) })).toThrow(/root comes first/);
    expect(attempt({ parents: data.parents.map((_, k) => k) })).toThrow(/root comes first/);
    const swap = (from: number, to: number) => data.cliques.map((clique) => clique.map((k) => (k === from ? to : k)));
    expect(attempt({ cliques: swap(3, 9) })).toThrow(/ascending attribute numbers below 4/);
    expect(attempt({ cliques: swap(3, 0.5) })).toThrow(/ascending attribute numbers below 4/);
    expect(attempt({ cliques: swap(3, 2) })).toThrow(/unconnected parts|attributes occur/);
  });

  it('refuses neighbours that disagree on what they share, and attributes in unconnected parts', () => {
    const small = domainOf([2, 2, 2]);
    const cliques = [
      [0, 1],
      [1, 2],
    ];
    const half = Float64Array.of(1, 1, 1, 1);
    const skewed = Float64Array.of(2, 1, 1, 0);
    expect(() => loadGraphicalModel(small, { total: 4, cliques, parents: [-1, 0], beliefs: [half, skewed] })).toThrow(
      /tables 1 and 0 differ by 1/,
    );
    const loop = [[0, 1], [2], [1]];
    const beliefs = [half, Float64Array.of(2, 2), Float64Array.of(2, 2)];
    expect(() => loadGraphicalModel(small, { total: 4, cliques: loop, parents: [-1, 0, 1], beliefs })).toThrow(
      /attribute 1 occurs in unconnected parts/,
    );
    expect(() => loadGraphicalModel(small, { total: 4, cliques: [[0, 1]], parents: [-1], beliefs: [half] })).toThrow(
      /2 of 3 attributes occur/,
    );
  });
});
