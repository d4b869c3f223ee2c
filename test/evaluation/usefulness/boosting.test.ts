import { describe, expect, it } from 'vitest';
import { alignTables, codesOf, findColumn, type TableRole } from '../../../src/evaluation/aligned-tables.ts';
import { allRows, type SelectedColumn, selectRows } from '../../../src/evaluation/selected-rows.ts';
import {
  DEFAULT_BOOSTING,
  fitBoosting,
  predictBoosting,
} from '../../../src/evaluation/usefulness/boosting/boosting.ts';
import { fitTreeBins } from '../../../src/evaluation/usefulness/boosting/tree-matrix.ts';
import { rocAuc } from '../../../src/evaluation/usefulness/roc-auc.ts';
import { createStream } from '../../../src/random/stream.ts';
import { type CaseName, hasReference, readCase, readReference } from '../../support/reference-cases.ts';

/** Another encoding is another model: on independent columns, where there is nothing to learn, scikit-learn itself differs by 0.029. */
const NEAR = 0.035;

interface Reference {
  readonly results: Readonly<
    Record<
      string,
      Readonly<Record<'TRTR' | 'TSTR', { readonly hist_gbt_100x31: { readonly auc_over_seeds: readonly number[] } }>>
    >
  >;
}

function aucOf(name: CaseName, train: TableRole): number {
  const { schema, tables } = readCase(name);
  const aligned = alignTables(schema, tables);
  const target = findColumn(aligned, 'income');
  if (target.kind !== 'category') throw new Error('income is a category');
  const positive = target.categories.indexOf('>50K');
  const labels = (role: TableRole) => Uint8Array.from(codesOf(target, role), (code) => Number(code === positive));
  const columns = aligned.columns.filter((column) => column !== target);
  const select = (role: TableRole) => selectRows(columns, role, allRows(aligned.rowCounts[role] ?? 0));
  const bin = fitTreeBins(select(train));
  const model = fitBoosting(bin(select(train)), Float64Array.from(labels(train)), { loss: 'logistic' });
  return rocAuc(predictBoosting(model, bin(select('holdout'))), labels('holdout')).auc ?? Number.NaN;
}

describe('histogram gradient boosting', () => {
  for (const name of ['copies', 'indep', 'ctgan', 'noisy', 'dphist'] as const) {
    it.skipIf(!hasReference)(
      `${name}: AUC near that of trees on one-hot columns (skipped when ../shared is absent)`,
      () => {
        const { results } = readReference<Reference>('utility.json');
        for (const [key, role] of [
          ['TRTR', 'real'],
          ['TSTR', 'synthetic'],
        ] as const) {
          const seeds = results[name]?.[key].hist_gbt_100x31.auc_over_seeds ?? [];
          const expected = seeds.reduce((t, v) => t + v, 0) / seeds.length;
          expect(Math.abs(aucOf(name, role) - expected), `${key} ${expected}`).toBeLessThan(NEAR);
        }
      },
    );
  }

  const stream = createStream(1);
  const numbers = (count: number) => Float64Array.from({ length: count }, () => stream.nextFloat());

  it('learns which side missing values belong to', () => {
    const values = numbers(2000).map((v) => (v < 0.3 ? Number.NaN : v));
    const targets = values.map((v) => Number(Number.isNaN(v) || v > 0.8));
    const columns: SelectedColumn[] = [{ kind: 'number', values }];
    const bin = fitTreeBins(columns);
    const model = fitBoosting(bin(columns), targets, { loss: 'logistic' });
    const probe = predictBoosting(model, bin([{ kind: 'number', values: Float64Array.of(Number.NaN, 0.5, 0.95) }]));
    expect([...probe].map((p) => p > 0.5)).toEqual([true, false, true]);
  });

  it('splits categories by subset, whatever their codes, and treats an unseen one like the rare ones', () => {
    const codes = Int32Array.from({ length: 3000 }, () => stream.below(12));
    const odd = new Set([1, 4, 5, 9]);
    const columns: SelectedColumn[] = [{ kind: 'category', codes, size: 14 }];
    const bin = fitTreeBins(columns);
    const targets = Float64Array.from(codes, (code) => Number(odd.has(code)));
    const model = fitBoosting(bin(columns), targets, {
      loss: 'squared',
      options: { ...DEFAULT_BOOSTING, trees: 1, rate: 1 },
    });
    const all = Int32Array.from({ length: 13 }, (_, code) => code);
    const found = predictBoosting(model, bin([{ kind: 'category', codes: all, size: 14 }]));
    // Gradients are kept in single precision.
    for (let code = 0; code < 12; code += 1) expect(found[code]).toBeCloseTo(Number(odd.has(code)), 6);
    expect(Number.isFinite(found[12])).toBe(true);
  });

  it('one squared-loss tree at rate 1 predicts the mean of each leaf, as brute force finds the best cut', () => {
    const values = numbers(200);
    const targets = values.map((v) => Math.sin(6 * v) + (v > 0.7 ? 2 : 0));
    const columns: SelectedColumn[] = [{ kind: 'number', values }];
    const options = { trees: 1, rate: 1, limits: { maxLeaves: 2, maxDepth: 9, minLeafRows: 5, l2: 0 } };
    const bin = fitTreeBins(columns);
    const predictions = predictBoosting(fitBoosting(bin(columns), targets, { loss: 'squared', options }), bin(columns));
    const error = (predicted: Float64Array) => predicted.reduce((t, p, i) => t + (p - (targets[i] ?? 0)) ** 2, 0);
    let best = Number.POSITIVE_INFINITY;
    for (const cut of values) {
      const left = values.map((v) => Number(v <= cut));
      const n = left.reduce((t, v) => t + v, 0);
      if (n < 5 || n > 195) continue;
      const leftMean = targets.reduce((t, y, i) => t + (left[i] === 1 ? y : 0), 0) / n;
      const rightMean = targets.reduce((t, y, i) => t + (left[i] === 1 ? 0 : y), 0) / (200 - n);
      best = Math.min(best, error(left.map((l) => (l === 1 ? leftMean : rightMean))));
    }
    expect(error(predictions)).toBeCloseTo(best, 9);
  });

  it('more distinct values than bins are cut at quantiles and stay in order', () => {
    const values = numbers(5000);
    const { features } = fitTreeBins([{ kind: 'number', values }])([{ kind: 'number', values: values.slice().sort() }]);
    const codes = features[0]?.codes ?? new Uint8Array();
    expect(codes.every((code, row) => row === 0 || code >= (codes[row - 1] ?? 0))).toBe(true);
    expect(new Set(codes).size).toBeGreaterThan(240);
  });
});
