/** A released histogram with what is public about it. */
export interface ReleasedHistogram {
  /** Noisy counts per cell. */
  readonly counts: Float64Array;
  /** Noise variance per cell. */
  readonly variance: number;
  /** Number of leading cells that lie on an axis, in this order; 0 for nominal columns. */
  readonly orderedCells: number;
}

/** Standard errors of the estimated risk by which smoothing must win; measured. */
const DOUBT = 0.5;

/** Strengths of smoothing that are tried; 0 keeps the counts. */
const PENALTIES = [0, 0.3, 1, 3, 10, 30, 100, 1000, 1e5] as const;

/**
 * Non-negative counts of the given total from a noisy histogram: smoothed along the axis (or towards even shares where
 * there is none) as strongly as Stein's unbiased estimate of the risk advises, then projected onto the simplex. Spikes
 * far above the noise make smoothing costly, so they stay.
 *
 * **Privacy**: post-processing of released counts.
 * @source Stein 1981 (unbiased risk); Whittaker 1923 (penalty on first differences).
 */
export function estimateMarginal(histogram: ReleasedHistogram, total: number): Float64Array {
  let best: Float64Array = new Float64Array(histogram.counts.length);
  let least = Number.POSITIVE_INFINITY;
  for (const penalty of PENALTIES) {
    const smoother = createSmoother(histogram, penalty);
    const estimate = projectToTotal(apply(smoother, histogram.counts), 1, total);
    const risk = squaredDistance(histogram.counts, estimate) + 2 * histogram.variance * degrees(smoother, estimate);
    // Counts as they are have the first word: smoothing must win by more than the estimate of the risk is off by chance.
    const doubt = penalty === 0 ? DOUBT * histogram.variance * Math.sqrt(2 * histogram.counts.length) : 0;
    if (risk - doubt < least) [least, best] = [risk - doubt, estimate];
  }
  return best;
}

/** A symmetric linear smoother as a dense row-major matrix. */
function createSmoother({ counts, orderedCells }: ReleasedHistogram, penalty: number): Float64Array {
  const size = counts.length;
  const smoother = new Float64Array(size * size);
  for (let cell = 0; cell < size; cell++) {
    const unit = new Float64Array(size);
    unit[cell] = 1;
    smoother.set(
      orderedCells > 1 ? smoothAlongAxis(unit, orderedCells, penalty) : shrinkToMean(unit, penalty),
      cell * size,
    );
  }
  return smoother;
}

/** Solves (I + penalty·DᵀD)x = y on the leading cells, D first differences; a tridiagonal system (Thomas algorithm). */
function smoothAlongAxis(values: Float64Array, length: number, penalty: number): Float64Array {
  const solved = values.slice();
  const upper = new Float64Array(length);
  for (let cell = 0; cell < length; cell++) {
    const neighbours = (cell > 0 ? 1 : 0) + (cell < length - 1 ? 1 : 0);
    const before = cell > 0 ? penalty * upper[cell - 1]! : 0;
    const pivot = 1 + penalty * neighbours - before;
    upper[cell] = penalty / pivot;
    solved[cell] = (solved[cell]! + (cell > 0 ? penalty * solved[cell - 1]! : 0)) / pivot;
  }
  for (let cell = length - 2; cell >= 0; cell--) solved[cell]! += upper[cell]! * solved[cell + 1]!;
  return solved;
}

function shrinkToMean(values: Float64Array, penalty: number): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => (value + penalty * mean) / (1 + penalty));
}

function apply(smoother: Float64Array, values: Float64Array): Float64Array {
  const size = values.length;
  return values.map((_, row) => {
    let sum = 0;
    for (let column = 0; column < size; column++) sum += smoother[row * size + column]! * values[column]!;
    return sum;
  });
}

/** Divergence of smoothing followed by projection: the active cells lose their common shift. */
function degrees(smoother: Float64Array, estimate: Float64Array): number {
  const size = estimate.length;
  const active = Array.from(estimate.keys()).filter((cell) => estimate[cell]! > 0);
  let [trace, whole] = [0, 0];
  for (const row of active) {
    trace += smoother[row * size + row]!;
    for (const column of active) whole += smoother[row * size + column]!;
  }
  return trace - whole / Math.max(1, active.length);
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, cell) => sum + (value - b[cell]!) ** 2, 0);
}

/** Halvings of the interval that holds the common shift: enough for the last bit. */
const SHIFT_STEPS = 100;

/**
 * The non-negative vector of the given sum nearest to `values` when each distance counts inversely to its variance.
 * @param variances one per cell, or one for all.
 */
export function projectToTotal(values: Float64Array, variances: Float64Array | number, total: number): Float64Array {
  const spread = typeof variances === 'number' ? values.map(() => variances) : variances;
  const shifted = (shift: number) => values.map((value, cell) => Math.max(0, value - shift * spread[cell]!));
  const ratios = values.map((value, cell) => value / spread[cell]!);
  const leastSpread = spread.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  let low = ratios.reduce((least, ratio) => Math.min(least, ratio), Number.POSITIVE_INFINITY) - total / leastSpread;
  let high = ratios.reduce((most, ratio) => Math.max(most, ratio), Number.NEGATIVE_INFINITY);
  for (let step = 0; step < SHIFT_STEPS; step++) {
    const middle = (low + high) / 2;
    if (shifted(middle).reduce((sum, value) => sum + value, 0) > total) low = middle;
    else high = middle;
  }
  const projected = shifted(low);
  const sum = projected.reduce((whole, value) => whole + value, 0);
  return sum > 0 ? projected.map((value) => (value * total) / sum) : values.map(() => total / values.length);
}
