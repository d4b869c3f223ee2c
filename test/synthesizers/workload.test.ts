import { describe, expect, it } from 'vitest';
import { countRounds, listCandidates, planAdaptiveRounds } from '../../src/synthesizers/adaptive-rounds.ts';
import type { PlanShape } from '../../src/synthesizers/synthesizer.ts';
import { readWorkload, workloadCandidates } from '../../src/synthesizers/workload.ts';

const shape = (workload?: string, more: Partial<PlanShape> = {}): PlanShape => ({
  columns: ['a', 'b', 'c', 'd'],
  target: 'd',
  unitRows: 1,
  options: workload === undefined ? {} : { workload },
  budget: { epsilon: 1, delta: 1e-9 },
  population: 20_000,
  ...more,
});

const candidates = (workload?: string) =>
  Object.fromEntries(listCandidates(shape(workload)).map(({ clique, weight }) => [clique.join(''), weight]));

/** Weights of the downward closure by their definition. */
function closureByHand(queries: readonly { clique: readonly number[]; weight: number }[], attributes: number) {
  const weights = new Map<string, number>();
  for (let bits = 1; bits < 2 ** attributes; bits++) {
    const clique = Array.from({ length: attributes }, (_, k) => k).filter((k) => (bits >> k) & 1);
    const isInside = queries.some((query) => clique.every((attribute) => query.clique.includes(attribute)));
    if (clique.length < 2 || !isInside) continue;
    const shared = (query: { clique: readonly number[] }) => clique.filter((k) => query.clique.includes(k)).length;
    weights.set(
      clique.join(''),
      queries.reduce((sum, query) => sum + query.weight * shared(query), 0),
    );
  }
  return weights;
}

describe('workload', () => {
  it('is all triples by default and the pairs inside them, weighed by size, those with the target double', () => {
    const all = candidates();
    expect(Object.keys(all)).toHaveLength(10);
    expect(all).toMatchObject({ '01': 2, '012': 3, '013': 6, '03': 4 });
    expect(candidates('3-way')).toEqual(all);
  });

  it('is all pairs by default from 25 columns on and at a weak signal, those with the target double', () => {
    const pairs = { '01': 1, '02': 1, '03': 2, '12': 1, '13': 2, '23': 2 };
    expect(candidates('2-way')).toEqual(pairs);
    const sizes = (more: Partial<PlanShape>) =>
      new Set(listCandidates(shape(undefined, more)).map(({ clique }) => clique.length));
    const wide = (count: number) => ({ columns: Array.from({ length: count }, (_, k) => `c${k}`) });
    expect(sizes(wide(24))).toEqual(new Set([2, 3]));
    expect(sizes(wide(25))).toEqual(new Set([2]));
    // 300 rows × epsilon per column and row of a unit are enough.
    expect(sizes({ population: 1200 })).toEqual(new Set([2, 3]));
    expect(sizes({ population: 1199 })).toEqual(new Set([2]));
    expect(sizes({ population: 2400, unitRows: 2 })).toEqual(new Set([2, 3]));
    expect(sizes({ population: 2399, unitRows: 2 })).toEqual(new Set([2]));
  });

  it('of the target pairs every other column with it, equally', () => {
    expect(candidates('target')).toEqual({ '03': 1, '13': 1, '23': 1 });
  });

  it('of listed queries is their downward closure with the weights of its definition, up to scale', () => {
    const queries = [
      { columns: ['c', 'a', 'b'], weight: 1 },
      { columns: ['b', 'd'], weight: 5 },
      { columns: ['a', 'b'], weight: 0.5 },
      { columns: ['a'], weight: 3 },
    ];
    const found = candidates(JSON.stringify(queries));
    const byHand = closureByHand(
      queries.map(({ columns, weight }) => ({ clique: columns.map((name) => 'abcd'.indexOf(name)), weight })),
      4,
    );
    expect(new Set(Object.keys(found))).toEqual(new Set(byHand.keys()));
    const largest = Math.max(...byHand.values());
    for (const [key, weight] of byHand) expect(found[key]).toBe(Math.round((1000 * weight) / largest));
  });

  it('gives a listed query the weight 1 when none is written', () => {
    expect(readWorkload(shape('[{"columns": ["a", "b"]}]'), '3-way')).toEqual({
      kind: 'queries',
      queries: [{ columns: ['a', 'b'], weight: 1 }],
    });
  });

  it('lists all ascending sets once', () => {
    const all = workloadCandidates({ kind: 'all', size: 3 }, { columns: ['a', 'b', 'c', 'd', 'e'] }, 2);
    expect(all).toHaveLength(10 + 10);
    expect(new Set(all.map(({ clique }) => clique.join())).size).toBe(20);
    expect(all.every(({ clique }) => clique.every((k, place) => place === 0 || k > clique[place - 1]!))).toBe(true);
  });

  it.each([
    ['an unknown name', '4-way', 'is no workload'],
    [
      'a column that is not modelled',
      '[{"columns": ["a", "zz"]}]',
      'column "zz" is not modelled; columns are a, b, c, d',
    ],
    ['a column named twice', '[{"columns": ["a", "a"]}]', 'twice'],
    ['a weight that is not positive', '[{"columns": ["a", "b"], "weight": 0}]', 'query 0.weight'],
    ['too many columns', '[{"columns": ["a", "b", "c", "d", "a"]}]', 'query 0.columns'],
    ['text that is not JSON', '[{"columns": ', 'not JSON'],
  ])('refuses %s before anything is spent', (_, workload, finding) => {
    expect(() => planAdaptiveRounds(shape(workload))).toThrow(finding);
  });

  it('refuses the target of a schema without one, and triples of very many columns', () => {
    const { target: _, ...untargeted } = shape('target');
    expect(() => planAdaptiveRounds(untargeted)).toThrow('the schema has none');
    const columns = Array.from({ length: 101 }, (_, k) => `c${k}`);
    expect(() => planAdaptiveRounds(shape('3-way', { columns }))).toThrow('at most 100 columns');
  });
});

describe('rounds', () => {
  it('are none when only single columns are asked for, and all is spent on them', () => {
    for (const workload of ['1-way', '[{"columns": ["a"]}]']) {
      expect(countRounds(shape(workload))).toBe(0);
      const shares = planAdaptiveRounds(shape(workload));
      expect(shares.map(({ label }) => label)).toEqual(['measure:a', 'measure:b', 'measure:c', 'measure:d']);
    }
  });

  it('are no more than a short list of queries has marginals', () => {
    expect(countRounds(shape('[{"columns": ["a", "b"]}]'))).toBe(1);
    expect(countRounds(shape('target'))).toBe(3);
  });

  it('are none where pairs cannot stand out of noise, few and careful where only some do, unless asked for', () => {
    const faint = { population: 390, budget: { epsilon: 0.1, delta: 1e-9 } };
    expect(countRounds(shape(undefined, faint))).toBe(0);
    expect(countRounds(shape(undefined, { ...faint, options: { rounds: 7 } }))).toBe(7);
    const heaviest = (population: number) =>
      Math.max(...listCandidates(shape('2-way', { population })).map(({ weight }) => weight));
    expect([countRounds(shape(undefined, { population: 200 })), heaviest(200)]).toEqual([5, 8]);
    expect([countRounds(shape(undefined, { population: 390 })), heaviest(390)]).toEqual([8, 4]);
    expect(countRounds(shape(undefined))).toBeGreaterThan(5);
  });

  it('spend the whole budget whatever the workload', () => {
    for (const workload of [undefined, '1-way', '2-way', 'target', '[{"columns": ["a", "b", "c"], "weight": 2}]']) {
      const total = planAdaptiveRounds(shape(workload)).reduce((sum, { weight }) => sum + weight, 0);
      expect(total).toBeCloseTo(1, 12);
    }
  });
});
