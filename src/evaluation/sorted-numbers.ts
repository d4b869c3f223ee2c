/** Whole numbers within this range are counted instead of sorted. */
const COUNTED_RANGE = 1 << 20;

/** How often each whole number from `minimum` on occurs. */
interface Tally {
  readonly minimum: number;
  readonly counts: Int32Array;
}

/** Counts of whole numbers in a narrow range; undefined where a value is missing, fractional or the range is wide. */
function tally(values: Float64Array): Tally | undefined {
  let [minimum, maximum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  const size = maximum - minimum + 1;
  if (!(size > 0 && size <= Math.min(COUNTED_RANGE, 4 * values.length))) return undefined;
  const counts = new Int32Array(size);
  for (const value of values) {
    if (!Number.isInteger(value)) return undefined;
    counts[value - minimum]! += 1;
  }
  return { minimum, counts };
}

/** The values in ascending order, as a new array. **Cost** two passes for whole numbers in a narrow range, else a sort. */
export function sortNumbers(values: Float64Array): Float64Array {
  const counted = tally(values);
  if (!counted) return values.slice().sort();
  const sorted = new Float64Array(values.length);
  let at = 0;
  counted.counts.forEach((count, index) => {
    sorted.fill(counted.minimum + index, at, at + count);
    at += count;
  });
  return sorted;
}

/**
 * Ranks 1 … n of values without missing ones; tied values share the mean of their ranks.
 * **Cost** two passes for whole numbers in a narrow range, else one sort and a binary search per value: far cheaper than
 * sorting row numbers.
 */
export function averageRanks(values: Float64Array): Float64Array {
  const counted = tally(values);
  return counted ? ranksByCount(values, counted) : ranksBySort(values);
}

function ranksByCount(values: Float64Array, { minimum, counts }: Tally): Float64Array {
  const rankOf = new Float64Array(counts.length);
  let below = 0;
  counts.forEach((count, index) => {
    rankOf[index] = below + (count + 1) / 2;
    below += count;
  });
  const ranks = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += 1) ranks[row] = rankOf[values[row]! - minimum]!;
  return ranks;
}

function ranksBySort(values: Float64Array): Float64Array {
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
