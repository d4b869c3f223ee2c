/** A correlation over the rows where both values are present. */
export interface Correlation {
  /** NaN when a column is constant on those rows or fewer than two rows remain. */
  readonly value: number;
  readonly rows: number;
}

/** Pearson correlation over pairwise complete rows. */
export function pearson(x: Float64Array, y: Float64Array): Correlation {
  const rows = completeRows(x, y);
  const n = rows.length;
  if (n < 2) return { value: Number.NaN, rows: n };
  if (isConstant(x, rows) || isConstant(y, rows)) return { value: Number.NaN, rows: n };
  let meanX = 0;
  let meanY = 0;
  for (const row of rows) {
    meanX += (x[row] as number) / n;
    meanY += (y[row] as number) / n;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const row of rows) {
    const dx = (x[row] as number) - meanX;
    const dy = (y[row] as number) - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return { value: Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy))), rows: n };
}

/** Compared by value: a mean of equal values can be off by a rounding, which would leave a tiny variance. */
function isConstant(values: Float64Array, rows: Int32Array): boolean {
  const first = values[rows[0] as number];
  return rows.every((row) => values[row] === first);
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

/**
 * Ranks 1 … n, tied values share the mean of their ranks.
 * **Cost** one sort of numbers and a binary search per value: far cheaper than sorting row numbers.
 */
export function averageRanks(values: Float64Array): Float64Array {
  const sorted = values.slice().sort();
  const distinct = new Float64Array(sorted.length);
  const rankOf = new Float64Array(sorted.length);
  let count = 0;
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end < sorted.length && sorted[end] === sorted[start]) end += 1;
    distinct[count] = sorted[start]!;
    rankOf[count] = (start + 1 + end) / 2;
    count += 1;
    start = end;
  }
  const ranks = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += 1) ranks[row] = rankOf[position(distinct, count, values[row]!)]!;
  return ranks;
}

/** Position of a value that is among the first `count` ascending ones. */
function position(distinct: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (distinct[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
