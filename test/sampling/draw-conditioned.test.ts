import { beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_ROWS } from '../../src/marginals/block-sampler.ts';
import { createCodes } from '../../src/marginals/memory-count-source.ts';
import { createStream } from '../../src/random/stream.ts';
import { parseCondition } from '../../src/sampling/condition.ts';
import { codeConditions } from '../../src/sampling/condition-codes.ts';
import { type ConditionableModel, conditionContext, conditionRows } from '../../src/sampling/draw-conditioned.ts';
import { generateRows } from '../../src/sampling/generate-rows.ts';
import { createRejectionGenerator } from '../../src/sampling/rejection.ts';
import { SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import type { ConditionalGenerator } from '../../src/synthesizers/synthesizer.ts';
import type { Column } from '../../src/table/columns.ts';
import { FITTED_SCHEMA, fitSmallModel } from '../support/fitted-model.ts';
import { chiSquareUpperTail, FALSE_ALARM_RATE } from '../support/goodness-of-fit.ts';

/** p-value that two lists of counts come from one distribution (G-test of homogeneity); rare cells are left out. */
function sameDistribution(a: readonly number[], b: readonly number[]): number {
  const sum = (list: readonly number[]) => list.reduce((total, count) => total + count, 0);
  const [rowsA, rowsB] = [sum(a), sum(b)];
  let [statistic, cells] = [0, 0];
  a.forEach((count, cell) => {
    const both = count + b[cell]!;
    if (both < 40) return;
    for (const [found, rows] of [
      [count, rowsA],
      [b[cell]!, rowsB],
    ] as const) {
      if (found > 0) statistic += 2 * found * Math.log(found / ((both * rows) / (rowsA + rowsB)));
    }
    cells++;
  });
  return chiSquareUpperTail(statistic, Math.max(1, cells - 1));
}

/** Counts of pairs of codes of the first columns, one list per pair. */
function pairCounts(request: ConditionableModel, generator: ConditionalGenerator, rows: number): number[][] {
  const { sizes } = request.model.domain;
  const codes = sizes.map((size) => createCodes(size, rows));
  generator.generateBlock(rows, createStream(12, generator.statement), codes);
  return sizes.flatMap((_, first) =>
    sizes.slice(first + 1).map((size, offset) => {
      const counts = new Array<number>(sizes[first]! * size).fill(0);
      for (let row = 0; row < rows; row++) counts[codes[first]![row]! * size + codes[first + 1 + offset]![row]!]!++;
      return counts;
    }),
  );
}

function valuesOf(column: Column | undefined): (number | string | null)[] {
  if (column?.kind === 'number') return Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
  return Array.from(column!.codes, (code) => column!.categories[code] ?? null);
}

describe.each(SYNTHESIZERS.map((synthesizer) => ({ name: synthesizer.name, synthesizer })))(
  'rows of $name under conditions',
  ({ synthesizer }) => {
    let request: ConditionableModel;
    beforeAll(async () => {
      const { fitted, model } = await fitSmallModel(synthesizer);
      request = { model, codec: fitted.codec, schema: FITTED_SCHEMA, method: 'systematic' };
    });

    it('meet them, value by value, also where an interval cuts a bin', () => {
      const where = ['age>=23', 'age<41', 'age!=30', 'pay>12345.67', 'pay<=60000.5', 'color=red|blue'];
      const conditioned = conditionRows(request, where);
      const [table] = [...generateRows({ ...request, rows: 3000, seed: 2, conditioned })];
      expect(table!.rowCount).toBe(3000);
      const ages = valuesOf(table!.columns.get('age')) as number[];
      expect(ages.every((age) => age >= 23 && age < 41 && age !== 30)).toBe(true);
      expect(new Set(ages).size).toBeGreaterThan(5);
      const pays = valuesOf(table!.columns.get('pay')) as number[];
      expect(pays.every((pay) => pay > 12_345.67 && pay <= 60_000.5)).toBe(true);
      expect(new Set(valuesOf(table!.columns.get('color')))).toEqual(new Set(['red', 'blue']));
    });

    it('may be missing where that is asked for, and only there', () => {
      const conditioned = conditionRows(request, ['pay is missing', 'color is not missing']);
      const [table] = [...generateRows({ ...request, rows: 500, seed: 2, conditioned })];
      expect(valuesOf(table!.columns.get('pay')).every((pay) => pay === null)).toBe(true);
      expect(valuesOf(table!.columns.get('color')).includes(null)).toBe(false);
    });

    it('have the distribution that rejection gives', () => {
      const texts = ['age>=23', 'age<61', 'pay<40000', 'ward=a'];
      const conditions = texts.map((text) => parseCondition(text, conditionContext(request)));
      const { cells } = codeConditions(request.codec, conditions, request.schema);
      const own = pairCounts(request, conditionRows({ ...request, method: 'iid' }, conditions), 20_000);
      const rejected = pairCounts(request, createRejectionGenerator(request.model, cells), 20_000);
      own.forEach((counts, pair) => {
        expect(sameDistribution(counts, rejected[pair]!)).toBeGreaterThan(FALSE_ALARM_RATE);
      });
    });

    it('are the same for one seed, and more than one block long', () => {
      const digest = () => {
        const conditioned = conditionRows(request, ['age<40', 'ward!=b']);
        const tables = [...generateRows({ ...request, rows: BLOCK_ROWS + 50, seed: 9, conditioned })];
        expect(tables.map(({ rowCount }) => rowCount)).toEqual([BLOCK_ROWS, 50]);
        return tables.map(({ columns }) => valuesOf(columns.get('age')).slice(0, 40));
      };
      expect(digest()).toEqual(digest());
    });

    it('are refused when no value of a column is left', () => {
      expect(() => conditionRows(request, ['age>200'])).toThrow(
        'no value of "age" meets the conditions on it; it goes from',
      );
      expect(() => conditionRows(request, ['color=red', 'color!=red'])).toThrow('no value of "color"');
    });
  },
);

describe('createRejectionGenerator', () => {
  it('gives up on conditions that no row meets, with an error of the user', async () => {
    const { model } = await fitSmallModel(SYNTHESIZERS[0]!, 50);
    const single = { ...model, createGenerator: () => () => {} };
    const weights = new Float64Array(model.domain.sizes[0]!);
    weights[1] = 1;
    const generator = createRejectionGenerator(single, [{ attribute: 0, weights }]);
    const out = model.domain.sizes.map((size) => createCodes(size, 5));
    expect(() => generator.generateBlock(5, createStream(1), out)).toThrow('fewer than one of 10000 rows');
  });
});
