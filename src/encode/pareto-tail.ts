/** What the rows beyond two edges say of the tail beyond the outer one. */
export interface TailFit {
  /** First bin of the tail: the rows from its lower end on stand out from noise, those from the next end on do not. */
  readonly firstBin: number;
  /** Rows in the tail. */
  readonly rows: number;
  /** Exponent a of a survival function that falls like distance^-a. */
  readonly exponent: number;
}

/** Standard deviations by which the rows beyond an edge must stand out for it to tell of the tail. */
const TAIL_SIGMAS = 3.5;

/** Exponents between which tails are sought: the variance must exist, and a thinner tail is no other in practice. */
const [LEAST_EXPONENT, MOST_EXPONENT] = [2, 40];

/**
 * Reads an upper Pareto tail from noisy rows per bin: the slope of log survival over log distance between the two outermost
 * edges whose rows beyond stand out from noise.
 *
 * **Privacy**: post-processing of released values.
 * @param ends ends of the bins as distances from zero, ascending; one more than there are bins.
 * @param sigma standard deviation of the noise on a bin's rows.
 * @returns undefined when no two positive edges tell of it.
 */
export function fitUpperTail(ends: ArrayLike<number>, rows: ArrayLike<number>, sigma: number): TailFit | undefined {
  let beyond = 0;
  let outer: { readonly bin: number; readonly rows: number } | undefined;
  for (let bin = rows.length - 1; bin >= 0 && ends[bin]! > 0; bin--) {
    beyond += rows[bin]!;
    if (beyond < Math.max(1, TAIL_SIGMAS * sigma * Math.sqrt(rows.length - bin))) continue;
    if (outer !== undefined) {
      const exponent = Math.log(beyond / outer.rows) / Math.log(ends[outer.bin]! / ends[bin]!);
      const bounded = Math.min(MOST_EXPONENT, Math.max(LEAST_EXPONENT, exponent));
      return { firstBin: outer.bin, rows: outer.rows, exponent: bounded };
    }
    outer = { bin, rows: beyond };
  }
  return undefined;
}

/** Shares of the bins of a tail that begins at `ends[first]`; they sum to 1. */
export function paretoShares(ends: ArrayLike<number>, first: number, exponent: number): Float64Array {
  const beyond = (end: number) => (ends[end]! / ends[first]!) ** -exponent;
  const last = ends.length - 1;
  const whole = 1 - beyond(last);
  return Float64Array.from(
    { length: last - first },
    (_, bin) => (beyond(first + bin) - beyond(first + bin + 1)) / whole,
  );
}

/** Ratio of distances from zero that a tail must span for its bins to be too wide for noise to be spread in them. */
const WIDE_RATIO = 2;

/** Bins first … end-1 of an axis that are a wide tail, none of which need stand out alone. */
export interface TailBins {
  readonly first: number;
  readonly end: number;
}

/** A tail on either side of an axis with the rows that a power law gives its bins. */
interface FittedTail extends TailBins {
  /** Bin `first + k` has `expected[k]`. */
  readonly expected: Float64Array;
}

function fitTails(counts: Float64Array, ends: Float64Array, sigma: number): FittedTail[] {
  const bins = ends.length - 1;
  const rows = counts.subarray(0, bins);
  const upper = fitWideTail(rows, ends, sigma);
  const lower = fitWideTail(rows.slice().reverse(), ends.map((end) => -end).reverse(), sigma);
  return [
    ...(lower === undefined ? [] : [{ first: 0, end: lower.length, expected: lower.reverse() }]),
    ...(upper === undefined ? [] : [{ first: bins - upper.length, end: bins, expected: upper }]),
  ];
}

function fitWideTail(rows: Float64Array, ends: Float64Array, sigma: number): Float64Array | undefined {
  const tail = fitUpperTail(ends, rows, sigma);
  if (tail === undefined || rows.length - tail.firstBin < 2) return undefined;
  if (ends.at(-1)! < WIDE_RATIO * ends[tail.firstBin]!) return undefined;
  return paretoShares(ends, tail.firstBin, tail.exponent).map((share) => share * tail.rows);
}

/**
 * The wide tails of an axis of noisy counts: bins beyond the outermost edge whose rows beyond stand out from noise, two or
 * more, that span at least a doubling of the distance from zero.
 *
 * **Privacy**: post-processing of released counts.
 * @param counts one per bin, perhaps followed by cells beside the axis.
 * @param ends ends of the bins as signed distances from zero.
 */
export function findTails(counts: Float64Array, ends: Float64Array, sigma: number): TailBins[] {
  return fitTails(counts, ends, sigma).map(({ first, end }) => ({ first, end }));
}

/** Standard deviations from which on a count in a tail is more than noise. */
const OUTLIER_SIGMAS = 2.5;

/**
 * Noisy counts in which wide tails are settled: the rows of a tail are shared out over its bins as a Pareto tail has them,
 * and each bin goes from there towards its own count as far as noise allows. Otherwise what noise alone puts into the
 * outermost, widest bins moves means by more than their error.
 *
 * **Privacy**: post-processing of released counts.
 */
export function settleTails(counts: Float64Array, ends: Float64Array, sigma: number): Float64Array {
  const settled = counts.slice();
  for (const { first, end, expected } of fitTails(counts, ends, sigma)) {
    const rows = expected.reduce((sum, value) => sum + value, 0);
    const moved = expected.map((value, bin) => {
      const excess = counts[first + bin]! - value;
      // What the power law says is taken to be as unsure as it is large; a count far above noise is believed.
      const trust = Math.max(value ** 2 / (value ** 2 + sigma ** 2), 1 - (OUTLIER_SIGMAS * sigma) ** 2 / excess ** 2);
      return Math.max(0, value + trust * excess);
    });
    const total = moved.reduce((sum, value) => sum + value, 0);
    for (let bin = first; bin < end; bin++) settled[bin] = (moved[bin - first]! * rows) / total;
  }
  return settled;
}
