import { describe, expect, it } from 'vitest';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import { groupScores, kMarginalScore } from '../../../src/evaluation/fidelity/k-marginal.ts';
import { readRuler, subsampleRuler } from '../../../src/evaluation/fidelity/subsample-ruler.ts';
import { shuffledRows } from '../../../src/evaluation/sampling.ts';
import { hasReference, readCase, readReference } from '../../support/reference-cases.ts';
import { smallEvaluation } from '../../support/small-tables.ts';

interface Reference {
  readonly kmarginal_2way: { readonly score: number };
  readonly kmarginal_2way_holdout_as_deid: { readonly score: number };
  readonly kmarginal_grouped_by_sex: GroupedReference;
  readonly kmarginal_grouped_by_race: GroupedReference;
}
type GroupedReference = Readonly<
  Record<'syn' | 'holdout', { readonly group_scores: Readonly<Record<string, number>> }>
>;

describe('k-marginal score', () => {
  for (const name of ['copies', 'dphist'] as const) {
    it.skipIf(!hasReference)(`${name}: whole table and groups as NIST (skipped when ../shared is absent)`, () => {
      const { schema, tables } = readCase(name);
      const { quantileBinned } = prepareEvaluation(schema, tables);
      const reference = readReference<Reference>(`nist_${name}.json`);
      expect(kMarginalScore(quantileBinned, 'synthetic')).toBeCloseTo(reference.kmarginal_2way.score, 7);
      expect(kMarginalScore(quantileBinned, 'holdout')).toBeCloseTo(reference.kmarginal_2way_holdout_as_deid.score, 7);
      for (const column of ['sex', 'race'] as const) {
        const index = quantileBinned.columns.findIndex((candidate) => candidate.name === column);
        for (const [role, key] of [
          ['synthetic', 'syn'],
          ['holdout', 'holdout'],
        ] as const) {
          const expected = reference[`kmarginal_grouped_by_${column}`][key].group_scores;
          const scores = new Map(groupScores(quantileBinned, index, role).map(({ group, score }) => [group, score]));
          for (const [group, score] of Object.entries(expected)) expect(scores.get(group)).toBeCloseTo(score, 7);
        }
      }
    });
  }

  it('gives no score to a group without real rows', () => {
    const { schema, tables } = smallEvaluation();
    const { quantileBinned } = prepareEvaluation(schema, tables);
    const columns = quantileBinned.columns.map((column, index) =>
      index === 1 ? { ...column, codes: { ...column.codes, real: new Int32Array(120) } } : column,
    );
    const scores = groupScores({ ...quantileBinned, columns }, 1, 'synthetic');
    expect(scores[1]?.score).toBeNull();
    expect(scores[0]?.score).toBeGreaterThan(0);
  });
});

describe('the score of a group that the other table lost', () => {
  it('is zero and no rounding below it', () => {
    const { schema, tables } = smallEvaluation();
    const { quantileBinned } = prepareEvaluation(schema, tables);
    const [grouping, ...others] = quantileBinned.columns;
    if (grouping === undefined) throw new Error('there are columns');
    // All synthetic rows are in the last group. The 21 pairs of seven columns are parts of 1/21, which sum to more than one.
    const moved = new Int32Array(quantileBinned.rowCounts.synthetic ?? 0).fill(grouping.size - 1);
    const columns = [
      { ...grouping, codes: { ...grouping.codes, synthetic: moved } },
      ...[...others, ...others, ...others].slice(0, 7),
    ];
    const scores = groupScores({ ...quantileBinned, columns }, 0, 'synthetic').slice(0, -1);
    expect(scores.map(({ score }) => score)).toContain(0);
    for (const { score } of scores) expect([0, null]).toContain(score);
  });
});

describe('subsample ruler', () => {
  it('rises with the share and reads its own marks back', () => {
    const { schema, tables } = smallEvaluation();
    const input = prepareEvaluation(schema, tables);
    const marks = subsampleRuler(input.quantileBinned, input.stream('test'));
    expect(marks.length).toBe(11);
    expect((marks[10]?.score ?? 0) > (marks[0]?.score ?? 0)).toBe(true);
    for (const mark of marks.slice(1, 10))
      expect(readRuler([marks[0] as never, mark], mark.score)).toBeCloseTo(mark.share, 12);
  });

  it('each mark is the k-marginal score of that part of the shuffled real rows', () => {
    const { schema, tables } = smallEvaluation();
    const input = prepareEvaluation(schema, tables);
    const { quantileBinned: binned } = input;
    const order = shuffledRows(binned.rowCounts.real ?? 0, input.stream('test'));
    for (const { share, score } of subsampleRuler(binned, input.stream('test'))) {
      const part = order.slice(0, Math.max(1, Math.round(order.length * share)));
      const columns = binned.columns.map((column) => {
        const real = column.codes.real ?? new Int32Array();
        return { ...column, codes: { real, synthetic: part.map((row) => real[row] as number) } };
      });
      const rowCounts = { real: order.length, synthetic: part.length };
      expect(kMarginalScore({ columns, rowCounts, roles: ['real', 'synthetic'] }, 'synthetic')).toBeCloseTo(score, 9);
    }
  });

  it('stays between no sample and its last mark', () => {
    const marks = [
      { share: 0.01, score: 500 },
      { share: 0.9, score: 900 },
    ];
    expect(readRuler(marks, 0)).toBe(0);
    expect(readRuler(marks, 1000)).toBe(0.9);
    expect(readRuler(marks, 700)).toBeCloseTo(0.455, 12);
  });
});
