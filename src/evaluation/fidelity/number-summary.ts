import { sortNumbers } from '../sorted-numbers.ts';

/** What the one-column metrics need of a numeric column. */
export interface NumberSummary {
  readonly rows: number;
  readonly missing: number;
  /** Values that are present, ascending. */
  readonly sorted: Float64Array;
  /** NaN without values. */
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly median: number;
  /** With n − 1; NaN below two values. */
  readonly standardDeviation: number;
}

/** Summarises a column; NaN is missing. **Cost** one sort. */
export function summariseNumbers(values: Float64Array): NumberSummary {
  const sorted = sortNumbers(values.some(Number.isNaN) ? values.filter((value) => !Number.isNaN(value)) : values);
  const n = sorted.length;
  const mean = sumOf(sorted) / n;
  let squares = 0;
  for (const value of sorted) squares += (value - mean) ** 2;
  const middle = n >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return {
    rows: values.length,
    missing: values.length - n,
    sorted,
    minimum: sorted[0] ?? Number.NaN,
    maximum: sorted[n - 1] ?? Number.NaN,
    mean,
    median: n % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2,
    standardDeviation: n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN,
  };
}

function sumOf(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
