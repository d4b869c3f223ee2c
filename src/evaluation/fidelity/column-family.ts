import { type AlignedColumn, codesOf, type TableRole, valuesOf } from '../aligned-tables.ts';
import type { EvaluationInput, MetricDefinition, MetricFamily } from '../families.ts';
import { type Better, type Metric, privateMetric } from '../metric.ts';
import { wholeTableMetric } from '../whole-table.ts';
import {
  type CategorySummary,
  categoryAdherence,
  categoryCoverage,
  summariseCategories,
  tvComplement,
} from './category-metrics.ts';
import {
  boundaryAdherence,
  ksComplement,
  missingValueSimilarity,
  rangeCoverage,
  type Score,
  statisticSimilarity,
} from './number-metrics.ts';
import { type NumberSummary, summariseNumbers } from './number-summary.ts';

const REWARDS_EXTREMES =
  'Rewards reproducing private extremes and rare values: a correct private table with public bounds scores lower. Never tune for it.';

const DEFINITIONS: readonly MetricDefinition[] = [
  define(
    'ks-complement',
    'Kolmogorov–Smirnov complement',
    '1 − the largest gap between the two distribution functions of a numeric column; missing values dropped.',
    'One column at a time; insensitive in the tails.',
  ),
  define(
    'tv-complement',
    'Total variation complement',
    '1 − half the summed differences of category shares; missing values dropped.',
    'One column at a time; a rare category may vanish unnoticed.',
  ),
  define(
    'missing-value-similarity',
    'Missing value similarity',
    '1 − the difference between the shares of missing values.',
    'Says nothing about which rows miss a value; see the missingness pattern.',
  ),
  define(
    'boundary-adherence',
    'Boundary adherence',
    'Share of synthetic values within the real minimum and maximum.',
    REWARDS_EXTREMES,
  ),
  define(
    'category-adherence',
    'Category adherence',
    'Share of synthetic values that occur in the real column.',
    REWARDS_EXTREMES,
  ),
  define(
    'range-coverage',
    'Range coverage',
    'Share of the real range that the synthetic values span.',
    REWARDS_EXTREMES,
  ),
  define(
    'category-coverage',
    'Category coverage',
    'Share of the real categories that occur in the synthetic column.',
    REWARDS_EXTREMES,
  ),
  ...(['mean', 'median', 'std'] as const).map((statistic) =>
    define(
      `statistic-similarity-${statistic}`,
      `Similarity of the ${statistic}`,
      `1 − the difference of the ${statistic}, divided by the real range.`,
      'One outlier stretches the range and makes every difference look small.',
    ),
  ),
];

function define(id: string, title: string, definition: string, criticism: string): MetricDefinition {
  return { id, title, section: 'fidelity', better: 'higher', definition, criticism };
}

/** One-column scores by the definitions of SDMetrics. */
export const columnFamily: MetricFamily = { name: 'columns', definitions: DEFINITIONS, compute: columnMetrics };

/** Coverages count extremes and rarest categories. */
const EXTREMES = 'a function of extremes and rarest values: no resampling of the rows gives a valid interval';

/** A table of one value has no spread. */
const ONE_VALUE = 'a table has one value only';

/** Named scores of one column. */
type Scores = Readonly<Record<string, Score>>;

function columnMetrics(input: EvaluationInput): readonly Metric[] {
  const members = input.aligned.columns.flatMap((column) => {
    const scoresOf = openScores(column);
    const synthetic = scoresOf('synthetic');
    const holdout = input.hasHoldout ? scoresOf('holdout') : undefined;
    return Object.entries(synthetic).map(([id, score]) => memberOf(id, column.field.name, score, holdout?.[id]));
  });
  return DEFINITIONS.flatMap(({ id }) => {
    const own = members.filter((member) => member.id === id);
    return [...wholeTableMetric(own), ...own];
  });
}

function memberOf(id: string, column: string, score: Score, holdout: Score | undefined): Metric {
  const better: Better = 'higher';
  const member = { id, scope: { column }, value: score.value, interval: score.interval, better };
  const note = score.value === null ? { note: 'not applicable: constant, or no values' } : {};
  const isBare = score.value !== null && score.interval === null;
  const intervalNote = isBare ? { intervalNote: id.endsWith('-coverage') ? EXTREMES : ONE_VALUE } : {};
  return privateMetric({ ...member, baseline: holdout?.value ?? null, ...note, ...intervalNote });
}

/** Scores of one column against its real values, which are summarised once. */
function openScores(column: AlignedColumn): (role: TableRole) => Scores {
  if (column.kind === 'category') {
    const summarise = (role: TableRole) => summariseCategories(codesOf(column, role), column.categories.length);
    const real = summarise('real');
    return (role) => scoreCategories(real, summarise(role));
  }
  const real = summariseNumbers(valuesOf(column, 'real'));
  return (role) => scoreNumbers(real, summariseNumbers(valuesOf(column, role)));
}

function scoreCategories(real: CategorySummary, other: CategorySummary): Scores {
  return {
    'tv-complement': tvComplement(real, other),
    'missing-value-similarity': missingValueSimilarity(real, other),
    'category-adherence': categoryAdherence(real, other),
    'category-coverage': categoryCoverage(real, other),
  };
}

function scoreNumbers(real: NumberSummary, other: NumberSummary): Scores {
  return {
    'ks-complement': ksComplement(real, other),
    'missing-value-similarity': missingValueSimilarity(real, other),
    'boundary-adherence': boundaryAdherence(real, other),
    'range-coverage': rangeCoverage(real, other),
    'statistic-similarity-mean': statisticSimilarity(real, other, 'mean'),
    'statistic-similarity-median': statisticSimilarity(real, other, 'median'),
    'statistic-similarity-std': statisticSimilarity(real, other, 'std'),
  };
}
