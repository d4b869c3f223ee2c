import { describe, expect, it } from 'vitest';
import { type AlignedTables, alignTables } from '../../../src/evaluation/aligned-tables.ts';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import { singlingOutFamily } from '../../../src/evaluation/privacy/attack-families.ts';
import {
  type Condition,
  countMatches,
  distinctRows,
  jointPredicates,
  singleColumnPredicates,
} from '../../../src/evaluation/privacy/singling-out.ts';
import { allRows } from '../../../src/evaluation/selected-rows.ts';
import { createStream } from '../../../src/random/stream.ts';
import { schemaOf, tableFromTexts } from '../../support/evaluation-tables.ts';
import { type CaseName, hasReference, readCase, readReference } from '../../support/reference-cases.ts';
import { categorical, numeric } from '../../support/small-tables.ts';

interface Reference {
  readonly singling_out_fixed_queries: {
    readonly queries: readonly {
      readonly query: string;
      readonly conditions: readonly { readonly col: string; readonly op: string; readonly value: number | string }[];
      readonly n_syn: number;
      readonly n_real: number;
      readonly n_holdout: number;
    }[];
  };
}

const OPERATORS: Readonly<Record<string, Condition['operator']>> = { '==': 'equal', '>=': 'at-least', '<=': 'at-most' };

function toCondition(
  tables: AlignedTables,
  { col, op, value }: { col: string; op: string; value: number | string },
): Condition {
  const column = tables.columns.findIndex((candidate) => candidate.field.name === col);
  const found = tables.columns[column];
  const code = found?.kind === 'category' ? found.categories.indexOf(String(value)) : Number(value);
  return { column, operator: OPERATORS[op] ?? 'equal', value: code };
}

describe('singling out', () => {
  it.skipIf(!hasReference)(
    'fixed queries match as many rows as in the reference (skipped when ../shared is absent)',
    () => {
      const { schema, tables } = readCase('copies');
      const aligned = alignTables(schema, tables);
      const { queries } = readReference<Reference>('anonymeter_copies.json').singling_out_fixed_queries;
      for (const query of queries) {
        const predicate = query.conditions.map((condition) => toCondition(aligned, condition));
        for (const [role, expected] of [
          ['synthetic', query.n_syn],
          ['real', query.n_real],
          ['holdout', query.n_holdout],
        ] as const) {
          const rows = distinctRows(aligned, { role, rows: allRows(aligned.rowCounts[role] ?? 0) });
          expect(countMatches(aligned, rows, predicate), query.query).toBe(Math.min(expected, 2));
        }
      }
    },
  );

  it.skipIf(!hasReference)(
    'values replayed from training are found, a generator that never saw them is not (skipped when ../shared is absent)',
    async () => {
      const risk = async (name: CaseName) => {
        const { schema, tables } = readCase(name);
        const metrics = await singlingOutFamily.compute(prepareEvaluation(schema, tables));
        return Object.fromEntries(metrics.map((metric) => [metric.variant, metric]));
      };
      const [copies, indep, ctgan] = [await risk('copies'), await risk('indep'), await risk('ctgan')];
      expect(copies.univariate?.value).toBeGreaterThan(0.9);
      expect(copies.multivariate?.value).toBeGreaterThan(0.15);
      expect(indep.univariate?.value).toBeGreaterThan(0.9);
      expect(ctgan.univariate?.interval?.[0]).toBeLessThan(0.02);
      expect(ctgan.multivariate?.interval?.[0]).toBeLessThan(0.05);
    },
  );

  const schema = schemaOf([numeric('n'), categorical('c')]);
  const tableOf = (rows: readonly (readonly [string, string])[]) =>
    tableFromTexts(
      schema,
      ['n', 'c'],
      rows.map((r) => [...r]),
    );
  const rowsOf = (count: number) => ({ role: 'synthetic' as const, rows: allRows(count) });

  it('single-column predicates are the values, extremes and missing cells that occur once', () => {
    const synthetic = tableOf([
      ['1', 'a'],
      ['2', 'a'],
      ['2', 'b'],
      ['5', ''],
      ['', 'c'],
      ['', 'c'],
    ]);
    const tables = alignTables(schema, { real: synthetic, synthetic });
    const predicates = singleColumnPredicates(tables, rowsOf(6), { limit: 99, stream: createStream(1) }).flat();
    expect(predicates.map(({ column, operator, value }) => `${column} ${operator} ${value}`).sort()).toEqual(
      ['0 equal 1', '0 equal 5', '0 at-most 1', '0 at-least 5', '1 equal 1', '1 missing 0'].sort(),
    );
  });

  it('joint predicates are distinct and isolate one synthetic row each', () => {
    const stream = createStream(7);
    const synthetic = tableOf(
      Array.from({ length: 60 }, () => [String(stream.below(20)), ['a', 'b', 'c'][stream.below(3)] ?? 'a'] as const),
    );
    const tables = alignTables(schema, { real: synthetic, synthetic });
    const predicates = jointPredicates(tables, rowsOf(60), { limit: 12, stream });
    expect(predicates.length).toBeGreaterThanOrEqual(3);
    expect(new Set(predicates.map((p) => JSON.stringify(p))).size).toBe(predicates.length);
    for (const predicate of predicates) expect(countMatches(tables, rowsOf(60), predicate)).toBe(1);
  });

  it('rows that agree everywhere, also in what is missing, count once', () => {
    const synthetic = tableOf([
      ['1', ''],
      ['1', ''],
      ['', 'a'],
      ['', 'a'],
      ['1', 'a'],
    ]);
    const tables = alignTables(schema, { real: synthetic, synthetic });
    expect([...distinctRows(tables, rowsOf(5)).rows]).toEqual([0, 2, 4]);
  });
});
