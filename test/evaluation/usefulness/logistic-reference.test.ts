import { describe, expect, it } from 'vitest';
import { alignTables, codesOf, findColumn, type TableRole } from '../../../src/evaluation/aligned-tables.ts';
import { scoreClassification } from '../../../src/evaluation/usefulness/classification-scores.ts';
import { fitDesign } from '../../../src/evaluation/usefulness/design-matrix.ts';
import { fitLinear, predictLinear } from '../../../src/evaluation/usefulness/linear-model.ts';
import { sigmoid } from '../../../src/math/logistic.ts';
import { hasReference, readCase, readReference } from '../../support/reference-cases.ts';

interface Reference {
  readonly results: Readonly<Record<string, Readonly<Record<'TRTR' | 'TSTR', { readonly logistic_l2_C1: Logistic }>>>>;
}
interface Logistic {
  readonly n: number;
  readonly positives: number;
  readonly auc: number;
  readonly accuracy: number;
  readonly f1: number;
  readonly log_loss: number;
  readonly brier: number;
  readonly mean_p: number;
  readonly selection_rate: number;
  readonly ece10: number;
  readonly intercept: number;
  readonly coefficients: Readonly<Record<string, number>>;
}

const allRows = (count: number) => Int32Array.from({ length: count }, (_, row) => row);

function fitAndScore(name: 'copies' | 'indep' | 'ctgan' | 'noisy' | 'dphist', train: TableRole) {
  const { schema, tables } = readCase(name);
  const aligned = alignTables(schema, tables);
  const target = findColumn(aligned, 'income');
  if (target.kind !== 'category') throw new Error('income is a category');
  const positive = target.categories.indexOf('>50K');
  const labels = (role: TableRole) => Uint8Array.from(codesOf(target, role), (code) => Number(code === positive));
  const columns = aligned.columns.filter((column) => column !== target);
  const rows = (role: TableRole) => allRows(aligned.rowCounts[role] ?? 0);
  const encoder = fitDesign(columns, train, rows(train));
  const model = fitLinear(encoder.encode(train, rows(train)), Float64Array.from(labels(train)), 'logistic');
  const probabilities = predictLinear(encoder.encode('holdout', rows('holdout')), model)
    .map(sigmoid)
    // The reference values were computed from probabilities written with six decimals.
    .map((p) => Number(p.toFixed(6)));
  return { encoder, model, scores: scoreClassification(probabilities, labels('holdout')) };
}

describe('L2 logistic regression', () => {
  for (const name of ['copies', 'indep', 'ctgan', 'noisy', 'dphist'] as const) {
    it.skipIf(!hasReference)(
      `${name}: coefficients and scores as the reference (skipped when ../shared is absent)`,
      () => {
        const { results } = readReference<Reference>('utility.json');
        for (const [key, role] of [
          ['TRTR', 'real'],
          ['TSTR', 'synthetic'],
        ] as const) {
          const expected = results[name]?.[key].logistic_l2_C1;
          if (!expected) throw new Error(`no reference for ${name}`);
          const { encoder, model, scores } = fitAndScore(name, role);
          expect([...encoder.featureNames]).toEqual(Object.keys(expected.coefficients));
          encoder.featureNames.forEach((feature, index) => {
            expect(
              Math.abs((model.coefficients[index] ?? 0) - (expected.coefficients[feature] ?? 0)),
              feature,
            ).toBeLessThan(1e-4);
          });
          expect(model.intercept).toBeCloseTo(expected.intercept, 3);
          expect(scores.rows).toBe(expected.n);
          expect(scores.positives).toBe(expected.positives);
          for (const [found, wanted] of [
            [scores.auc, expected.auc],
            [scores.accuracy, expected.accuracy],
            [scores.f1, expected.f1],
            [scores.logLoss, expected.log_loss],
            [scores.brier, expected.brier],
            [scores.meanProbability, expected.mean_p],
            [scores.selectionRate, expected.selection_rate],
            [scores.calibrationError, expected.ece10],
          ] as const) {
            expect(Math.abs((found ?? Number.NaN) - wanted)).toBeLessThan(1e-4);
          }
        }
      },
    );
  }
});
