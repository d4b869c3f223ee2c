import { averageRanks } from '../sorted-numbers.ts';

/** A correlation over the rows where both values are present. */
export interface Correlation {
  /** NaN when a column is constant on those rows or fewer than two rows remain. */
  readonly value: number;
  readonly rows: number;
}

/** Pearson correlation over pairwise complete rows. */
export function pearson(x: Float64Array, y: Float64Array): Correlation {
  const rows = completeRows(x, y);
  return rows.length === x.length ? correlate(x, y) : correlate(pick(x, rows), pick(y, rows));
}

/** Of values without missing ones. */
function correlate(x: Float64Array, y: Float64Array): Correlation {
  const n = x.length;
  if (n < 2 || isConstant(x) || isConstant(y)) return { value: Number.NaN, rows: n };
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let row = 0; row < n; row += 1) {
    const dx = x[row]! - meanX;
    const dy = y[row]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return { value: Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy))), rows: n };
}

/** Of at least one value; scaled by the first one, so that sums of huge numbers keep their digits. */
function meanOf(values: Float64Array): number {
  const first = values[0] as number;
  let sum = 0;
  for (const value of values) sum += value - first;
  return first + sum / values.length;
}

/** Compared by value: a mean of equal values can be off by a rounding, which would leave a tiny variance. */
function isConstant(values: Float64Array): boolean {
  const first = values[0];
  for (const value of values) if (value !== first) return false;
  return true;
}

/** Spearman correlation over pairwise complete rows: Pearson of the ranks, ties averaged. */
export function spearman(x: Float64Array, y: Float64Array): Correlation {
  const rows = completeRows(x, y);
  if (rows.length === x.length) return pearson(averageRanks(x), averageRanks(y));
  return pearson(averageRanks(pick(x, rows)), averageRanks(pick(y, rows)));
}

function pick(values: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) out[at] = values[rows[at]!]!;
  return out;
}

function completeRows(x: Float64Array, y: Float64Array): Int32Array {
  const rows = new Int32Array(x.length);
  let n = 0;
  for (let row = 0; row < x.length; row += 1) {
    if (!Number.isNaN(x[row]) && !Number.isNaN(y[row])) rows[n++] = row;
  }
  return rows.subarray(0, n);
}
