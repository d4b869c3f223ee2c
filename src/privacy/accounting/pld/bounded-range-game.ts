import type { Remainder } from './remainder.ts';

/** Allowance per round for the roundings of one maximisation. */
const ROUND_UP = 1 + 2 ** -50;

/**
 * The remainder of `count` exponential mechanisms of one bounded range, chosen adaptively: the value of a game.
 *
 * A mechanism of bounded range has, for some t in [0, range], every loss in [t − range, t]; the worst such pair has only
 * the two ends, with P[loss = t] = p(t) = (e^range − e^t)/(e^range − 1) because both members sum to 1. The attacker picks
 * t anew in each round, knowing all losses so far, so the value after k rounds obeys
 * V_k(s) = max_t p(t)·V_{k−1}(s − t) + (1 − p(t))·V_{k−1}(s − t + range), V_0(s) = (1 − e^s)₊.
 * V is convex in e^s. Between grid points we use its chord, which lies above, and then maximise over all t exactly.
 *
 * **Cost**: count × length × 2·range/step pieces, a few nanoseconds each.
 * @param range bounded range (the mechanism's epsilon), > 0.
 * @param reach budgets from −reach.below to reach.above are stored.
 * @source Dong, Durfee, Rogers, "Optimal Differential Privacy Composition for Exponential Mechanisms", ICML 2020 (worst
 * pairs and adaptive recursion); we solve the recursion on a grid with chords.
 */
export function boundedRangeRemainder(
  range: number,
  count: number,
  step: number,
  reach: { readonly below: number; readonly above: number },
): Remainder {
  const pieces = listPieces(range, step);
  // A chord spreads values by up to one step per round.
  const furthest = (range + step) * count;
  const first = -Math.ceil(Math.min(reach.below, furthest) / step) - 1;
  const last = Math.ceil(Math.min(reach.above, furthest) / step) + 1;
  const values = Float64Array.from({ length: last - first + 1 }, (_, j) =>
    Math.max(0, -Math.expm1((first + j) * step)),
  );
  const cells = {
    slope: new Float64Array(values.length + 2 * pieces.padding),
    intercept: new Float64Array(values.length + 2 * pieces.padding),
  };
  for (let round = 0; round < count; round++) {
    measureCells(values, cells, pieces.padding, step);
    playRound(values, cells, pieces);
  }
  return { first, values, step };
}

/** V on the cell above grid point j, relative to that point: intercept[j] + slope[j]·e^(s − s_j). */
interface Cells {
  readonly slope: Float64Array;
  readonly intercept: Float64Array;
}

/** Fills the cells, continuing V on both sides: constant above, the chord to (e^s = 0, V = 1) below. */
function measureCells(values: Float64Array, { slope, intercept }: Cells, padding: number, step: number): void {
  const { length } = values;
  const rise = Math.expm1(step);
  const bottomSlope = values[0]! - 1;
  for (let j = 0; j < padding; j++) {
    slope[j] = bottomSlope * Math.exp((j - padding) * step);
    intercept[j] = 1;
  }
  for (let j = 0; j + 1 < length; j++) {
    slope[padding + j] = (values[j + 1]! - values[j]!) / rise;
    intercept[padding + j] = values[j]! - slope[padding + j]!;
  }
  slope.fill(0, padding + length - 1);
  intercept.fill(values[length - 1]!, padding + length - 1);
}

/**
 * Intervals of t on which both outcomes stay inside one cell each. There the objective, with x = e^t and relative to the
 * point played, is ((e^range − x)(c0 + c1/x) + (x − 1)(d0 + d1·e^range/x)) / (e^range − 1): concave in x.
 */
interface Pieces {
  readonly padding: number;
  /** Cells of the losing and the winning outcome, relative to the grid point played. */
  readonly lowCell: Int32Array;
  readonly highCell: Int32Array;
  /** e^−(cell·step) of both cells. */
  readonly lowShrink: Float64Array;
  readonly highShrink: Float64Array;
  /** e^t at the ends of pieces, that minus 1, and its square: one more entry than pieces. */
  readonly growth: Float64Array;
  readonly growthRise: Float64Array;
  readonly growthSquared: Float64Array;
  /** e^range, and that minus 1. */
  readonly fullGrowth: number;
  readonly fullRise: number;
}

function listPieces(range: number, step: number): Pieces {
  const breaks = new Set<number>([0, range]);
  for (let m = 1; m * step < range; m++) breaks.add(m * step).add(range - m * step);
  const ends = Float64Array.from(breaks).sort();
  const middles = ends.subarray(1).map((end, j) => (end + ends[j]!) / 2);
  const lowCell = Int32Array.from(middles, (t) => Math.floor(-t / step));
  const highCell = Int32Array.from(middles, (t) => Math.floor((range - t) / step));
  const growth = ends.map(Math.exp);
  return {
    padding: Math.ceil(range / step) + 2,
    lowCell,
    highCell,
    lowShrink: Float64Array.from(lowCell, (cell) => Math.exp(-cell * step)),
    highShrink: Float64Array.from(highCell, (cell) => Math.exp(-cell * step)),
    growth,
    growthRise: ends.map(Math.expm1),
    growthSquared: growth.map((x) => x * x),
    fullGrowth: Math.exp(range),
    fullRise: Math.expm1(range),
  };
}

/** One application of the recursion to every grid point, in place (the cells hold the old values). */
function playRound(values: Float64Array, { slope, intercept }: Cells, pieces: Pieces): void {
  const { padding, lowCell, highCell, lowShrink, highShrink, growth, growthRise, growthSquared, fullGrowth, fullRise } =
    pieces;
  const count = lowCell.length;
  for (let index = 0; index < values.length; index++) {
    const here = index + padding;
    let best = 0;
    // Whether the objective still rises at the right end of the piece before: only then is a piece's left end a maximum.
    let isRising = true;
    for (let j = 0; j < count; j++) {
      const low = here + lowCell[j]!;
      const high = here + highCell[j]!;
      const c0 = intercept[low]!;
      const d0 = intercept[high]!;
      const c1 = slope[low]! * lowShrink[j]!;
      const d1 = slope[high]! * highShrink[j]!;
      // The derivative has the sign of bend/x² − fall.
      const bend = fullGrowth * (d1 - c1);
      const fall = c0 - d0;
      const isRisingAtLeft = bend > fall * growthSquared[j]!;
      const isRisingAtRight = bend > fall * growthSquared[j + 1]!;
      let x = 0;
      if (isRisingAtLeft && !isRisingAtRight)
        x = Math.min(growth[j + 1]!, Math.max(growth[j]!, Math.sqrt(bend / fall)));
      else if (!isRisingAtLeft && isRising) x = growth[j]!;
      else if (isRisingAtRight && j === count - 1) x = fullGrowth;
      isRising = isRisingAtRight;
      if (x === 0) continue;
      const rise = x === growth[j] ? growthRise[j]! : x - 1;
      const value = (fullRise - rise) * (c0 + c1 / x) + rise * (d0 + (d1 * fullGrowth) / x);
      if (value > best) best = value;
    }
    values[index] = Math.min(1, (best / fullRise) * ROUND_UP);
  }
}
