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
  const pick = (values: Float64Array) => Float64Array.from(rows, (row) => values[row] as number);
  return pearson(averageRanks(pick(x)), averageRanks(pick(y)));
}

function completeRows(x: Float64Array, y: Float64Array): Int32Array {
  const rows = new Int32Array(x.length);
  let n = 0;
  for (let row = 0; row < x.length; row += 1) {
    if (!Number.isNaN(x[row]) && !Number.isNaN(y[row])) rows[n++] = row;
  }
  return rows.subarray(0, n);
}

/** Ranks 1 … n, tied values share the mean of their ranks. */
export function averageRanks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end += 1;
    for (let at = start; at < end; at += 1) ranks[order[at] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
