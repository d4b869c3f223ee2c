import type { JsonObject } from '../synthesizers/synthesizer.ts';
import { axisText } from '../table/axis.ts';
import type { ModelColumn } from '../tasks/show-model.ts';
import { formatNumber, renderTable } from './output.ts';

/** Names of details that are matrices over columns, shown as tables of their own. */
export const MATRICES: readonly string[] = [
  'columns',
  'correlations',
  'standardErrors',
  'valueCorrelations',
  'valueErrors',
];

/** Categories shown of a column; the rest is summed up. */
const MOST_CATEGORIES = 4;

const MS_PER_SECOND = 1000;
const SECONDS = { day: 86_400, hour: 3600, minute: 60, second: 1 } as const;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** A column's distribution on one line, with error bars: commonest categories, or mean and median with 95 % intervals. */
export function renderMarginal({ type, marginal }: ModelColumn): string {
  if (marginal === undefined) return '';
  const missing = marginal.missing === undefined ? [] : [`missing ${percent(marginal.missing)}`];
  if (marginal.shares !== undefined) {
    const named = marginal.shares.slice(0, MOST_CATEGORIES).map(({ label, share }) => `${label} ${percent(share)}`);
    const more = marginal.shares.length - named.length;
    const parts = [...named, ...(more > 0 ? [`${more} more`] : []), ...missing];
    return `${parts.join(', ')} (each ± ${percent(marginal.shareError)})`;
  }
  const text = (value: number) => {
    if (type === 'datetime') return axisText(type, MS_PER_SECOND * Math.round(value / MS_PER_SECOND));
    return type === 'date' ? axisText(type, Math.round(value)) : formatNumber(value);
  };
  const median = marginal.quantiles?.find(({ level }) => level === 0.5);
  const parts = [
    ...(marginal.mean === undefined
      ? []
      : [`mean ${text(marginal.mean.value)} ± ${spanText(type, marginal.mean.error)}`]),
    ...(median === undefined ? [] : [`median ${text(median.value)} (${text(median.low)} to ${text(median.high)})`]),
    ...missing,
  ];
  return parts.join(', ');
}

/** A difference on the axis of a type, in days, hours, minutes or seconds where the axis is time. */
function spanText(type: ModelColumn['type'], span: number): string {
  const seconds = type === 'date' ? span * SECONDS.day : type === 'datetime' ? span / MS_PER_SECOND : undefined;
  if (seconds === undefined) return formatNumber(span, 2);
  const unit = (['day', 'hour', 'minute'] as const).find((name) => seconds >= SECONDS[name]) ?? 'second';
  return `${formatNumber(seconds / SECONDS[unit], 2)} ${unit}s`;
}

/** Most columns of a matrix that fits a screen; larger ones are listed by strength. */
const MOST_COLUMNS = 16;

/** Pairs listed of a larger matrix. */
const MOST_PAIRS = 30;

/** Correlation matrices with their error bars, if the model has them. */
export function renderCorrelations(details: JsonObject): string[] {
  const names = details.columns;
  if (!isNames(names)) return [];
  const blocks = [
    { title: 'latent correlations, ± standard error', values: details.correlations, errors: details.standardErrors },
    {
      title: 'correlations of numbers (Pearson), ± standard error with misfit',
      values: details.valueCorrelations,
      errors: details.valueErrors,
    },
  ];
  return blocks.flatMap(({ title, values, errors }) => {
    if (!isMatrix(values) || !isMatrix(errors)) return [];
    const kept = names.flatMap((_, column) => (errors[column]!.some((error) => error > 0) ? [column] : []));
    if (kept.length < 2) return [];
    const matrix = { names, values, errors, kept };
    return [`${title}\n${kept.length <= MOST_COLUMNS ? renderTriangle(matrix) : renderPairs(matrix)}`];
  });
}

interface Matrix {
  readonly names: readonly string[];
  readonly values: readonly (readonly number[])[];
  readonly errors: readonly (readonly number[])[];
  /** Columns that the matrix is about. */
  readonly kept: readonly number[];
}

const entry = ({ values, errors }: Matrix, row: number, column: number) =>
  `${values[row]![column]!.toFixed(2)}±${errors[row]![column]!.toFixed(2).replace(/^0/, '')}`;

/** Lower triangle; columns go by number. */
function renderTriangle(matrix: Matrix): string {
  const { names, kept } = matrix;
  const rows = kept
    .slice(1)
    .map((row, at) => [
      `${at + 2} ${names[row]!}`,
      ...kept.slice(0, -1).map((column, before) => (before <= at ? entry(matrix, row, column) : '')),
    ]);
  return renderTable([`1 is ${names[kept[0]!]!}`, ...kept.slice(0, -1).map((_, at) => `${at + 1}`)], rows);
}

function renderPairs(matrix: Matrix): string {
  const { names, values, kept } = matrix;
  const pairs = kept.flatMap((row, at) => kept.slice(0, at).map((column) => [row, column] as const));
  pairs.sort(([a, b], [c, d]) => Math.abs(values[c]![d]!) - Math.abs(values[a]![b]!));
  const rows = pairs
    .slice(0, MOST_PAIRS)
    .map(([row, column]) => [`${names[column]!} × ${names[row]!}`, entry(matrix, row, column)]);
  return `${renderTable(['strongest pairs', 'correlation'], rows)}\n${pairs.length} pairs in all; --json prints every one`;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isMatrix(value: unknown): value is readonly (readonly number[])[] {
  return (
    Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every((cell) => typeof cell === 'number'))
  );
}
