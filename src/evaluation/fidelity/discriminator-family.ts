import type { Stream } from '../../random/stream.ts';
import type { TableRole } from '../aligned-tables.ts';
import { mean } from '../average.ts';
import type { BinnedTables } from '../bins.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { sampleRows, shuffledRows } from '../sampling.ts';
import { type SelectedColumn, selectRows, stackRows } from '../selected-rows.ts';
import { DEFAULT_BOOSTING, fitBoosting, predictBoosting } from '../usefulness/boosting/boosting.ts';
import { fitTreeBins, type TreeMatrix } from '../usefulness/boosting/tree-matrix.ts';
import { rocAuc } from '../usefulness/classification-scores.ts';

/** Rows of each table that the discriminator sees; more would not sharpen the picture much. */
const MAX_ROWS = 10_000;
const FOLDS = 5;
/** Label permutations behind the null of pMSE. */
const PERMUTATIONS = 30;
/** One regression tree of depth 6 gives the in-sample propensities. */
const PROPENSITY_TREE = { trees: 1, rate: 1, limits: { maxLeaves: 64, maxDepth: 6, minLeafRows: 20, l2: 0 } };

/** Why pMSE has no interval. */
const IN_SAMPLE =
  'in-sample: resampled rows would repeat inside the tree and inflate it; details hold the spread of its null';

/** Can trees tell synthetic rows from real ones? */
export const discriminatorFamily: MetricFamily = {
  name: 'discriminator',
  definitions: [
    {
      id: 'discriminator-auc',
      title: 'Discriminator AUC',
      section: 'fidelity',
      better: 'near-half',
      definition:
        'Five-fold out-of-fold AUC of boosted trees that tell synthetic rows from as many real ones, on the cells as they are (boosting) and on 20-quantile bins (binned); ½ is indistinguishable.',
      criticism:
        'One impossible detail (a rounding, a rare code) makes every row recognisable although the table may serve well; bins hide such details, and with them what is finer than a bin.',
    },
    {
      id: 'pmse-ratio',
      title: 'pMSE ratio to its null',
      section: 'fidelity',
      better: 'near-one',
      definition:
        'Mean squared difference between the in-sample propensity of a depth-6 tree and the share of synthetic rows, divided by its mean over permuted labels.',
      criticism:
        'Grows with the number of rows for any fixed difference; compare only at equal sizes, with the holdout column.',
    },
  ],
  compute: discriminatorMetrics,
};

/** Real rows above as many rows of the other table, with labels 0 and 1. */
interface MixedRows {
  /** Which rows of the real table stand above and which of the other table below. */
  readonly rows: readonly (readonly [TableRole, Int32Array])[];
  readonly columns: readonly SelectedColumn[];
  readonly labels: Uint8Array;
}

function discriminatorMetrics(input: EvaluationInput): readonly Metric[] {
  const stream = input.stream('discriminator');
  const synthetic = mixRows(input, 'synthetic', stream);
  if (synthetic.labels.length < 4 * FOLDS) return [];
  const holdout = input.hasHoldout ? mixRows(input, 'holdout', stream) : undefined;
  const aucMetric = (variant: string, mixed: MixedRows, control: MixedRows | undefined) => {
    const folds = () => stream.split(variant === 'binned' ? 'binned-folds' : 'folds');
    const { auc, interval } = outOfFoldAuc(mixed, folds());
    const baseline = control ? outOfFoldAuc(control, folds()).auc : null;
    return privateMetric({
      id: 'discriminator-auc',
      variant,
      scope: null,
      value: auc,
      baseline,
      interval,
      better: 'near-half',
      details,
    });
  };
  const propensity = pmseRatio(synthetic, stream.split('permutations'));
  const details = { rowsPerTable: synthetic.labels.length / 2 };
  const binned = (mixed: MixedRows) => binRows(mixed, input.quantileBinned);
  return [
    aucMetric('boosting', synthetic, holdout),
    aucMetric('binned', binned(synthetic), holdout && binned(holdout)),
    privateMetric({
      id: 'pmse-ratio',
      scope: null,
      value: propensity.ratio,
      baseline: holdout ? pmseRatio(holdout, stream.split('permutations')).ratio : null,
      better: 'near-one',
      ...(propensity.ratio === null ? {} : { intervalNote: IN_SAMPLE }),
      details: {
        ...details,
        pmse: propensity.pmse,
        nullMean: propensity.nullMean,
        nullDeviation: propensity.nullDeviation,
        permutations: PERMUTATIONS,
      },
      ...(propensity.ratio === null ? { note: 'not applicable: no tree can split the permuted rows' } : {}),
    }),
  ];
}

function mixRows(input: EvaluationInput, role: 'synthetic' | 'holdout', stream: Stream): MixedRows {
  const { columns, rowCounts } = input.aligned;
  const real = rowCounts.real ?? 0;
  const other = rowCounts[role] ?? 0;
  const size = Math.min(real, other, MAX_ROWS);
  const realRows = sampleRows(real, size, stream.split('real', role));
  const otherRows = sampleRows(other, size, stream.split('other', role));
  const stacked = stackRows(selectRows(columns, 'real', realRows), selectRows(columns, role, otherRows));
  const rows = [['real', realRows] as const, [role, otherRows] as const];
  return { rows, columns: stacked, labels: new Uint8Array(2 * size).fill(1, size) };
}

/** The same rows as bin numbers, which trees cut in the order of the bins. */
function binRows({ rows, labels }: MixedRows, { columns }: BinnedTables): MixedRows {
  const binned = columns.map((column): SelectedColumn => {
    const parts = rows.map(([role, picked]) => {
      const codes = column.codes[role] ?? new Int32Array();
      return Float64Array.from(picked, (row) => codes[row] as number);
    });
    return { kind: 'number', values: Float64Array.from(parts.flatMap((part) => [...part])) };
  });
  return { rows, columns: binned, labels };
}

/** AUC of predictions for rows that the model did not see. */
function outOfFoldAuc({ columns, labels }: MixedRows, stream: Stream) {
  const order = shuffledRows(labels.length, stream);
  const matrix = fitTreeBins(columns)(columns);
  const scores = new Float64Array(labels.length);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const train = order.filter((_, at) => at % FOLDS !== fold);
    const test = order.filter((_, at) => at % FOLDS === fold);
    const targets = Float64Array.from(train, (row) => labels[row] as number);
    const model = fitBoosting(takeRows(matrix, train), targets, { loss: 'logistic', options: DEFAULT_BOOSTING });
    const predicted = predictBoosting(model, takeRows(matrix, test));
    test.forEach((row, at) => {
      scores[row] = predicted[at] as number;
    });
  }
  return rocAuc(scores, labels);
}

function takeRows(matrix: TreeMatrix, rows: Int32Array): TreeMatrix {
  const features = matrix.features.map((feature) => ({
    ...feature,
    codes: Uint8Array.from(rows, (row) => feature.codes[row] as number),
  }));
  return { rows: rows.length, features };
}

/**
 * pMSE = mean (propensity − c)² with c the share of synthetic rows, over its mean under permuted labels.
 * @source Snoke, Raab, Nowok, Dibben, Slavkovic, JRSS A 181 (2018) 663-688.
 */
function pmseRatio({ columns, labels }: MixedRows, stream: Stream) {
  const matrix = fitTreeBins(columns)(columns);
  const pmse = pmseOf(matrix, Float64Array.from(labels));
  const nulls: number[] = [];
  for (let permutation = 0; permutation < PERMUTATIONS; permutation += 1) {
    const order = shuffledRows(labels.length, stream.split(permutation));
    nulls.push(
      pmseOf(
        matrix,
        Float64Array.from(order, (row) => labels[row] as number),
      ),
    );
  }
  const nullMean = mean(nulls);
  const nullDeviation = Math.sqrt(mean(nulls.map((value) => (value - nullMean) ** 2)));
  return { pmse, nullMean, nullDeviation, ratio: nullMean > 0 ? pmse / nullMean : null };
}

function pmseOf(matrix: TreeMatrix, targets: Float64Array): number {
  const share = targets.reduce((t, y) => t + y, 0) / targets.length;
  const tree = fitBoosting(matrix, targets, { loss: 'squared', options: PROPENSITY_TREE });
  return predictBoosting(tree, matrix).reduce((t, p) => t + (p - share) ** 2, 0) / targets.length;
}
