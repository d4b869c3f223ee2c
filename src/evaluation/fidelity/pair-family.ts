import { type AlignedColumn, type AlignedNumber, type TableRole, valuesOf } from '../aligned-tables.ts';
import type { BinnedTables } from '../bins.ts';
import { combinations, countPaired } from '../contingency.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import { normalInterval } from '../intervals.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { averageRanks } from '../sorted-numbers.ts';
import { totalVariation } from '../total-variation.ts';
import { wholeTableMetric } from '../whole-table.ts';
import { contingencyColumn } from './contingency-similarity.ts';
import { type Correlation, pearson, spearman } from './correlation.ts';

/** Pair scores by the definitions of SDMetrics; no pair is left out for being weakly correlated. */
export const pairFamily: MetricFamily = {
  name: 'pairs',
  definitions: [
    {
      id: 'correlation-similarity',
      title: 'Correlation similarity',
      section: 'fidelity',
      better: 'higher',
      definition:
        '1 − half the difference of the correlations of a numeric pair over rows where both are present; Pearson, and Spearman as a variant.',
      criticism: 'Linear (or monotone) relations only; uncorrelated but dependent columns score 1.',
    },
    {
      id: 'contingency-similarity',
      title: 'Contingency similarity',
      section: 'fidelity',
      better: 'higher',
      definition:
        '1 − total variation distance of the two-way table; numbers in ten equal-width bins of the real range, missing a category.',
      criticism: 'Bins come from the private range; a heavy tail puts nearly every row into one bin.',
    },
  ],
  compute: (input) => [
    ...correlationMetrics(input, 'pearson'),
    ...correlationMetrics(input, 'spearman'),
    ...contingencyMetrics(input),
  ],
};

function correlationMetrics(input: EvaluationInput, variant: 'pearson' | 'spearman'): readonly Metric[] {
  const numbers = input.aligned.columns.filter(isNumber);
  const correlatePair = variant === 'pearson' ? pearsonOf : spearmanOf();
  const members = combinations(numbers.length, 2).map((pair): Metric => {
    const [a, b] = pair.map((index) => numbers[index]) as [AlignedNumber, AlignedNumber];
    const correlate = (role: TableRole) => correlatePair(a, b, role);
    const real = correlate('real');
    const synthetic = correlate('synthetic');
    const value = similarity(real, synthetic);
    return privateMetric({
      id: 'correlation-similarity',
      variant,
      scope: { columns: [a.field.name, b.field.name] },
      value,
      baseline: input.hasHoldout ? similarity(real, correlate('holdout')) : null,
      interval: value === null ? null : normalInterval(value, correlationError(real, synthetic)),
      better: 'higher',
      ...(value === null
        ? { note: 'not applicable: a column is constant' }
        : { details: { real: real.value, synthetic: synthetic.value } }),
    });
  });
  return [...wholeTableMetric(members), ...members];
}

type PairCorrelation = (a: AlignedNumber, b: AlignedNumber, role: TableRole) => Correlation;

const pearsonOf: PairCorrelation = (a, b, role) => pearson(valuesOf(a, role), valuesOf(b, role));

/** Spearman correlations that rank each column without missing values once. */
function spearmanOf(): PairCorrelation {
  const ranks = new Map<Float64Array, Float64Array | undefined>();
  const ranksOf = (values: Float64Array) => {
    if (!ranks.has(values)) ranks.set(values, values.some(Number.isNaN) ? undefined : averageRanks(values));
    return ranks.get(values);
  };
  return (a, b, role) => {
    const [x, y] = [valuesOf(a, role), valuesOf(b, role)];
    const [rankX, rankY] = [ranksOf(x), ranksOf(y)];
    return rankX && rankY ? pearson(rankX, rankY) : spearman(x, y);
  };
}

function isNumber(column: AlignedColumn): column is AlignedNumber {
  return column.kind === 'number';
}

function similarity(real: Correlation, other: Correlation): number | null {
  const value = 1 - Math.abs(real.value - other.value) / 2;
  return Number.isNaN(value) ? null : value;
}

/** Standard error of half the difference, each correlation with (1 − r²)/√(n − 1). */
function correlationError(real: Correlation, other: Correlation): number {
  const error = ({ value, rows }: Correlation) => (1 - value * value) / Math.sqrt(Math.max(rows - 1, 1));
  return Math.hypot(error(real), error(other)) / 2;
}

function contingencyMetrics(input: EvaluationInput): readonly Metric[] {
  const { aligned } = input;
  const columns = aligned.columns.map((column) => contingencyColumn(column, aligned.roles));
  const tables: BinnedTables = { columns, rowCounts: aligned.rowCounts, roles: aligned.roles };
  const members = combinations(columns.length, 2).map((pair): Metric => {
    const { value, standardError } = totalVariation(countPaired(tables, pair, ['real', 'synthetic']));
    const baseline = input.hasHoldout ? 1 - totalVariation(countPaired(tables, pair, ['real', 'holdout'])).value : null;
    return privateMetric({
      id: 'contingency-similarity',
      scope: { columns: pair.map((index) => columns[index]?.name ?? '') },
      value: 1 - value,
      baseline,
      interval: normalInterval(1 - value, standardError),
      better: 'higher',
    });
  });
  return [...wholeTableMetric(members), ...members];
}
