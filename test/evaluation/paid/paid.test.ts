import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignTables, findColumn } from '../../../src/evaluation/aligned-tables.ts';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import { kMarginalScore } from '../../../src/evaluation/fidelity/k-marginal.ts';
import { holdoutMetrics, trainingMetrics } from '../../../src/evaluation/paid/paid-metrics.ts';
import { type PaidPlan, planHoldout, planShape, planTraining } from '../../../src/evaluation/paid/paid-shape.ts';
import {
  decisionCells,
  groupCounts,
  holdoutStatistics,
  pairDistanceSum,
} from '../../../src/evaluation/paid/paid-statistics.ts';
import { positiveRows } from '../../../src/evaluation/paid/paid-target.ts';
import { tightestEpsilon } from '../../../src/privacy/accounting/tightest.ts';
import type { Table } from '../../../src/table/columns.ts';
import { schemaOf, tableFromTexts } from '../../support/evaluation-tables.ts';
import { categorical, numeric } from '../../support/small-tables.ts';

const schema = schemaOf([
  categorical('sex', ['f', 'm']),
  categorical('race', ['a', 'b', 'c']),
  numeric('age', 0, 100),
  categorical('income', ['low', 'high']),
  numeric('secret'),
]);
const NAMES = ['sex', 'race', 'age', 'income', 'secret'];
const shape = planShape(schema, { protectedColumns: ['sex', 'race'], target: 'income', hasHoldout: true });

const row = fc.tuple(
  fc.constantFrom('f', 'm', '', 'x'),
  fc.constantFrom('a', 'b', 'c', '', 'zz'),
  fc.constantFrom('0', '3', '57', '100', '1e9', '-5', '', 'junk'),
  fc.constantFrom('low', 'high', '', '?'),
  fc.constantFrom('1', '2'),
);
const rows = fc.array(row, { minLength: 1, maxLength: 30 });
const tableOf = (list: readonly (readonly string[])[]): Table =>
  tableFromTexts(
    schema,
    NAMES,
    list.map((cells) => [...cells]),
  );
const l1 = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0);

function sensitivity(plan: PaidPlan, label: string): number {
  const event = plan.plan.find((line) => line.label === label)?.event;
  return event?.kind === 'discrete-laplace' ? event.l1Sensitivity : Number.NaN;
}

describe('paid statistics', () => {
  it('one row more moves each statistic by no more than its event states, whatever the row holds', () => {
    fc.assert(
      fc.property(rows, row, rows, fc.integer({ min: 1, max: 60 }), (list, extra, other, count) => {
        const [small, large, synthetic] = [tableOf(list), tableOf([...list, extra]), tableOf(other)];
        const at = { shape, rows: count };
        const training = planTraining(shape, 1);
        const moved = l1(pairDistanceSum(small, synthetic, at), pairDistanceSum(large, synthetic, at));
        expect(moved).toBeLessThanOrEqual(sensitivity(training, 'report:k-marginal'));
        expect(l1(groupCounts(small, shape), groupCounts(large, shape))).toBeLessThanOrEqual(
          sensitivity(training, 'report:groups'),
        );
        const holdout = planHoldout(shape, 1);
        const [before, after] = [
          holdoutStatistics(small, synthetic, shape),
          holdoutStatistics(large, synthetic, shape),
        ];
        expect(l1(before.decisions, after.decisions)).toBeLessThanOrEqual(sensitivity(holdout, 'report:decisions'));
        expect(l1(before.brier, after.brier)).toBeLessThanOrEqual(sensitivity(holdout, 'report:brier'));
        expect(before.decisions.length).toBe(decisionCells(shape));
      }),
      { numRuns: 150 },
    );
  });

  it('the planned events cost at most the claim, and nearly all of it', () => {
    for (const epsilon of [0.01, 0.3, 2]) {
      for (const { plan } of [planTraining(shape, epsilon), planHoldout(shape, epsilon)]) {
        const cost = tightestEpsilon(
          plan.map(({ event }) => event),
          1e-9,
        ).epsilon;
        expect(cost).toBeLessThanOrEqual(epsilon);
        expect(cost).toBeGreaterThan(0.99 * epsilon);
      }
    }
  });

  it('fields whose domain is to be learned are not counted', () => {
    expect(shape.schema.fields.map((field) => field.name)).toEqual(['sex', 'race', 'age', 'income']);
    const other = tableOf([['f', 'a', '3', 'low', '1']]);
    const same = tableOf([['f', 'a', '3', 'low', '2']]);
    const at = { shape, rows: 1 };
    expect(pairDistanceSum(same, other, at)).toEqual(pairDistanceSum(other, other, at));
  });

  it('several rows of one entity are refused, and so is a table without public fields', () => {
    const entity = { ...schema, unit: { kind: 'entity', key: ['id'], maxRows: 3 } } as const;
    expect(() => planShape(entity, { protectedColumns: [], hasHoldout: false })).toThrow(/unit of privacy is one row/);
    expect(() =>
      planShape(schemaOf([numeric('x'), categorical('y')]), { protectedColumns: [], hasHoldout: false }),
    ).toThrow(/public domain/);
  });
});

describe('the question of bought decisions', () => {
  const fields = schemaOf([
    categorical('answer', ['no', 'yes']),
    categorical('grade', ['poor', 'fair', 'good']),
    numeric('pay', 0, 1000),
    { ...numeric('repaid', 0, 1), type: 'integer' },
    numeric('open'),
  ]);
  const ask = (target: string | undefined, positive?: string, hasHoldout = true) =>
    planShape(fields, {
      protectedColumns: [],
      hasHoldout,
      ...(target !== undefined && { target }),
      ...(positive !== undefined && { positive }),
    });
  const table = tableFromTexts(
    fields,
    ['answer', 'grade', 'pay', 'repaid', 'open'],
    [
      ['yes', 'good', '500', '1', '1'],
      ['no', 'fair', '499', '0', '1'],
      ['', 'poor', '', '1', '1'],
      ['strange', 'strange', '1e9', '', '1'],
    ],
  );
  const positives = (target: string, positive?: string) => {
    const asked = ask(target, positive);
    if (!asked.target) return undefined;
    return [
      ...positiveRows(
        findColumn(alignTables(asked.schema, { real: table, synthetic: table }), target),
        'real',
        asked.target,
      ),
    ];
  };

  it('is the second of two categories or the larger of two whole numbers, unless it is declared', () => {
    expect(positives('answer')).toEqual([1, 0, 0, 0]);
    expect(positives('answer', 'no')).toEqual([0, 1, 0, 0]);
    expect(positives('repaid')).toEqual([1, 0, 1, 0]);
    expect(positives('grade', 'good | fair')).toEqual([1, 1, 0, 0]);
    expect(positives('pay', '>=500')).toEqual([1, 0, 0, 1]);
    expect(positives('pay', '<= 499')).toEqual([0, 1, 0, 0]);
    expect(
      [ask('answer'), ask('grade', 'good|fair'), ask('pay', '>=500'), ask('repaid')].map((at) => at.target?.question),
    ).toEqual(['answer = yes', 'grade = good or fair', 'pay >=500', 'repaid >=1']);
  });

  it.each([
    ['grade', undefined, /"grade" has more than two values.*--report-positive "poor\|fair"/],
    ['pay', undefined, /"pay" has more than two values.*--report-positive ">=100"/],
    ['open', undefined, /"open" are not public/],
    ['grade', 'excellent', /"excellent" is no category of "grade"; name some, but not all of poor, fair, good/],
    ['grade', 'poor|fair|good', /it names every category/],
    ['pay', 'much', /"pay" holds values of type number; write ">=100"/],
    [undefined, 'good', /no target/],
  ])('is refused for %s %s before anything is paid', (target, positive, reason) => {
    expect(() => ask(target, positive)).toThrow(expect.objectContaining({ kind: 'usage', code: 'report.target' }));
    expect(() => ask(target, positive)).toThrow(reason);
  });

  it('needs a holdout, and what is left out is said', () => {
    expect(ask('grade', undefined, false)).toMatchObject({ omitted: [expect.stringMatching(/measured on a holdout/)] });
    expect(ask('grade', undefined, false).target).toBeUndefined();
    expect(ask(undefined).omitted).toEqual([expect.stringMatching(/no target was named/)]);
    const byPay = planShape(fields, { protectedColumns: ['pay', 'grade'], target: 'answer', hasHoldout: true });
    expect(byPay.omitted).toEqual([expect.stringMatching(/groups of "pay"/)]);
  });
});

describe('paid metrics', () => {
  const list = (count: number, shift: number) =>
    Array.from({ length: count }, (_, i) => {
      const age = (i * 37 + shift) % 100;
      return [
        i % 3 === 0 ? 'f' : 'm',
        ['a', 'b', 'c'][(i + shift) % 3] ?? 'a',
        String(age),
        age > 50 ? 'high' : 'low',
        '1',
      ];
    });

  it('without noise they are the exact numbers', () => {
    const [real, synthetic] = [tableOf(list(300, 0)), tableOf(list(200, 5))];
    const at = { shape, rows: 300 };
    const scales = new Map([
      ['report:k-marginal', 0],
      ['report:groups', 0],
      ['report:decisions', 0],
      ['report:brier', 0],
    ]);
    const released = {
      rows: 300,
      distanceSum: pairDistanceSum(real, synthetic, at)[0] ?? 0,
      groups: groupCounts(real, shape),
      scales,
    };
    const metrics = trainingMetrics(released, shape, synthetic);
    const exact = kMarginalScore(prepareEvaluation(shape.schema, { real, synthetic }).binned, 'synthetic');
    expect(Math.abs((metrics[0]?.value ?? 0) - (exact ?? 0))).toBeLessThan(1);
    const female = metrics.find((metric) => JSON.stringify(metric.scope) === '{"group":{"sex":"f"}}');
    expect(female?.value).toBeCloseTo(67 / 200 / (100 / 300), 9);
    const tested = holdoutStatistics(tableOf(list(150, 3)), synthetic, shape);
    const decisions = holdoutMetrics({ decisions: tested.decisions, brierSum: tested.brier[0] ?? 0, scales }, shape);
    expect(decisions.find((metric) => metric.id === 'tstr-accuracy')?.value).toBeGreaterThan(0.95);
    expect(decisions.find((metric) => metric.id === 'tstr-brier')?.value).toBeLessThan(0.05);
    expect([...metrics, ...decisions].every((metric) => metric.provenance === 'dp')).toBe(true);
  });

  it('groups that the noise hides have no ratio and no rate', () => {
    const scales = new Map([
      ['report:groups', 50],
      ['report:decisions', 50],
      ['report:k-marginal', 1],
      ['report:brier', 1],
    ]);
    const groups = Float64Array.of(4000, 20, 3, 3000, 900, -40, 12);
    const metrics = trainingMetrics({ rows: 5000, distanceSum: 0, groups, scales }, shape, tableOf(list(60, 0)));
    const ratios = metrics
      .filter((metric) => metric.id === 'representation-ratio')
      .map((metric) => metric.value === null);
    expect(ratios).toEqual([false, true, true, false, false, true, true]);
  });
});
