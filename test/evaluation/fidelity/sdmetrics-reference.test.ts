import { describe, expect, it } from 'vitest';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import { columnFamily } from '../../../src/evaluation/fidelity/column-family.ts';
import { pairFamily } from '../../../src/evaluation/fidelity/pair-family.ts';
import type { Metric } from '../../../src/evaluation/metric.ts';
import { type CaseName, hasReference, readCase, readReference } from '../../support/reference-cases.ts';

const COLUMN_IDS: Readonly<Record<string, string>> = {
  KSComplement: 'ks-complement',
  TVComplement: 'tv-complement',
  MissingValueSimilarity: 'missing-value-similarity',
  BoundaryAdherence: 'boundary-adherence',
  CategoryAdherence: 'category-adherence',
  RangeCoverage: 'range-coverage',
  CategoryCoverage: 'category-coverage',
  StatisticSimilarity_mean: 'statistic-similarity-mean',
  StatisticSimilarity_median: 'statistic-similarity-median',
  StatisticSimilarity_std: 'statistic-similarity-std',
};

interface CorrelationReference {
  readonly score?: number | null;
  readonly error?: string;
}

interface Reference {
  readonly columns: Readonly<Record<string, Readonly<Record<string, number | null | string>>>>;
  readonly pairs: readonly {
    readonly a: string;
    readonly b: string;
    readonly Pearson?: CorrelationReference;
    readonly Spearman?: CorrelationReference;
    readonly ContingencySimilarity?: number;
    readonly ContingencySimilarity_bins10_real_edges?: number;
  }[];
}

async function evaluate(name: CaseName): Promise<readonly Metric[]> {
  const { schema, tables } = readCase(name);
  const input = prepareEvaluation(schema, tables);
  return [...(await columnFamily.compute(input)), ...(await pairFamily.compute(input))];
}

function expectScore(
  found: number | null | undefined,
  expected: number | null,
  tolerance: number,
  where: string,
): void {
  if (expected === null) expect(found, where).toBeNull();
  else expect(Math.abs((found ?? Number.NaN) - expected), `${where}: ${found} for ${expected}`).toBeLessThan(tolerance);
}

describe('scores by the definitions of SDMetrics', () => {
  for (const name of ['copies', 'dphist', 'edge'] as const) {
    it.skipIf(!hasReference)(`${name}: columns as the reference (skipped when ../shared is absent)`, async () => {
      const metrics = await evaluate(name);
      const reference = readReference<Reference>(`sdmetrics_${name}.json`);
      for (const [column, scores] of Object.entries(reference.columns)) {
        for (const [key, expected] of Object.entries(scores)) {
          const id = COLUMN_IDS[key];
          if (!id || typeof expected === 'string') continue;
          const found = metrics.find((m) => m.id === id && m.scope && 'column' in m.scope && m.scope.column === column);
          const tolerance = id === 'tv-complement' ? 2e-6 : 1e-9;
          expectScore(found?.value, expected, tolerance, `${column} ${key}`);
        }
      }
    });

    it.skipIf(!hasReference)(`${name}: pairs as the reference (skipped when ../shared is absent)`, async () => {
      const metrics = await evaluate(name);
      const { pairs } = readReference<Reference>(`sdmetrics_${name}.json`);
      for (const pair of pairs) {
        const found = (id: string, variant?: string) =>
          metrics.find(
            (m) =>
              m.id === id &&
              m.variant === variant &&
              JSON.stringify(m.scope) === JSON.stringify({ columns: [pair.a, pair.b] }),
          )?.value;
        const where = `${pair.a} x ${pair.b}`;
        const contingency = pair.ContingencySimilarity ?? pair.ContingencySimilarity_bins10_real_edges;
        if (contingency !== undefined) expectScore(found('contingency-similarity'), contingency, 1e-9, where);
        for (const variant of ['Pearson', 'Spearman'] as const) {
          const expected = pair[variant];
          if (!expected) continue;
          expectScore(
            found('correlation-similarity', variant.toLowerCase()),
            expected.score ?? null,
            1e-9,
            `${where} ${variant}`,
          );
        }
      }
    });
  }
});
