import { fitUpperTail } from './pareto-tail.ts';

/** A numeric axis cut into bins of fine cells, with what is known of the bins; all of it public or released. */
export interface BinnedAxis {
  /** First step of every fine cell, and one past the last step. */
  readonly starts: Float64Array;
  /** First fine cell of every bin. */
  readonly bins: readonly number[];
  /** Place of zero on the axis, in steps; may lie outside it. Tails run away from it. */
  readonly origin: number;
}

/** Rows per bin as released. */
export interface BinMasses {
  /** Estimated rows of every bin, non-negative. */
  readonly masses: Float64Array;
  /** Standard deviation of the noise on them. */
  readonly massSigma: number;
}

/** One bin as the shaping of densities sees it. */
interface Bin {
  readonly firstCell: number;
  readonly endCell: number;
  /** First step and one past the last one, from the origin. */
  readonly low: number;
  readonly high: number;
  readonly mass: number;
  /** Log of rows per step; a bin without mass counts as a part of a row. */
  readonly logDensity: number;
}

/** Rows that a bin without mass gets, so that its shape is known should a row fall into it. */
const TRACE_MASS = 1e-6;

/** Rows that an empty bin is taken to hold when densities are compared. */
const LEAST_MASS = 0.25;

/**
 * Expected rows of every fine cell from rows per bin: a density without jumps where bins meet, that keeps the mass of every
 * bin. Inside a bin the logarithm of the density is a parabola between the values at its ends; outermost bins that span
 * more than a doubling of the distance from zero and are thinner than what precedes them are Pareto tails. An even spread
 * would put rows of such a bin far from where a tail has them, and would show the edges of all others.
 *
 * **Privacy**: post-processing of released values.
 * **Numerics**: the cells of a bin sum to its mass, or to a trace of it where that is 0.
 */
export function shapeBins(axis: BinnedAxis, released: BinMasses): Float64Array {
  const bins = describeBins(axis, released.masses);
  const expected = new Float64Array(axis.starts.length - 1);
  bins.forEach((bin, index) => {
    const shape =
      tailShape(axis, bins, { index, massSigma: released.massSigma }) ??
      parabolaShape(axis, bin, edgeOf(bins, index, -1), edgeOf(bins, index, 1));
    const total = shape.reduce((sum, value) => sum + value, 0);
    shape.forEach((value, cell) => {
      expected[bin.firstCell + cell] = (value * Math.max(TRACE_MASS, bin.mass)) / total;
    });
  });
  return expected;
}

function describeBins({ starts, bins, origin }: BinnedAxis, masses: Float64Array): Bin[] {
  return bins.map((firstCell, index) => {
    const endCell = bins[index + 1] ?? starts.length - 1;
    const [low, high] = [starts[firstCell]! - origin, starts[endCell]! - origin];
    const mass = masses[index]!;
    return { firstCell, endCell, low, high, mass, logDensity: Math.log(Math.max(LEAST_MASS, mass) / (high - low)) };
  });
}

/** Log ratio to its neighbours above which the only cell of a bin is a spike that says nothing about them. */
const SPIKE_LOG_RATIO = Math.log(3);

function isSpike(bins: readonly Bin[], index: number): boolean {
  const { firstCell, endCell, logDensity } = bins[index]!;
  const besides = [bins[index - 1], bins[index + 1]].map((bin) => bin?.logDensity ?? Number.NEGATIVE_INFINITY);
  return endCell - firstCell === 1 && logDensity > SPIKE_LOG_RATIO + Math.max(...besides);
}

/** Largest factor by which a density is continued beyond the last bin that tells of it, in logarithms. */
const MOST_EXTRAPOLATION = Math.log(4);

/** The same where three bins show that it falls ever faster. */
const MOST_FALL = Math.log(100);

/**
 * Log density at one end of a bin (side -1 the lower, 1 the upper): on the line between the middles of the bin and its
 * neighbour. Where there is none, or only a spike, the line through the other neighbour goes on, or the parabola through two of
 * them where it falls faster: many densities vanish where their values begin.
 */
function edgeOf(bins: readonly Bin[], index: number, side: -1 | 1): number {
  const bin = bins[index]!;
  const isPlain = (other: number) => other >= 0 && other < bins.length && !isSpike(bins, other);
  if (isPlain(index + side)) return bin.logDensity + slope(bin, bins[index + side]!) * (bin.high - bin.low);
  if (!isPlain(index - side)) return bin.logDensity;
  const change = -slope(bin, bins[index - side]!) * (bin.high - bin.low);
  const line = Math.max(-MOST_EXTRAPOLATION, Math.min(MOST_EXTRAPOLATION, change));
  const bend = isPlain(index - 2 * side) ? bendAt(bin, bins[index - side]!, bins[index - 2 * side]!) : 0;
  return bin.logDensity + (bend < 0 && change < 0 ? Math.max(-MOST_FALL, change + bend) : line);
}

/** Half the change of log density per step from the middle of a bin to that of its neighbour, for either side. */
function slope(bin: Bin, neighbour: Bin): number {
  return (neighbour.logDensity - bin.logDensity) / (bin.high - bin.low + neighbour.high - neighbour.low);
}

/** What the parabola through the middles of three bins in a row adds to the line through the first two at the outer end. */
function bendAt(bin: Bin, next: Bin, after: Bin): number {
  const [own, second, third] = [bin, next, after].map(({ low, high }) => high - low) as [number, number, number];
  const difference = (2 * (slope(next, after) - slope(bin, next))) / (own / 2 + second + third / 2);
  return (own / 2) * (own + second / 2) * difference;
}

/** Halvings of the interval that holds the bend: enough to keep masses to a part in a billion. */
const BEND_STEPS = 45;
const MOST_BEND = 80;

/** Cells of a bin in proportion to a density whose log is a parabola with the given ends and the bin's mean density. */
function parabolaShape({ starts }: BinnedAxis, bin: Bin, low: number, high: number): Float64Array {
  const cells = bin.endCell - bin.firstCell;
  const width = bin.high - bin.low;
  const first = starts[bin.firstCell]!;
  const place = (cell: number) => ((starts[cell]! + starts[cell + 1]!) / 2 - first) / width;
  const shapeWith = (bend: number) =>
    Float64Array.from({ length: cells }, (_, k) => {
      const u = place(bin.firstCell + k);
      const log = low + (high - low) * u + bend * 4 * u * (1 - u) - bin.logDensity;
      return Math.exp(Math.min(MOST_BEND, log)) * (starts[bin.firstCell + k + 1]! - starts[bin.firstCell + k]!);
    });
  if (cells === 1) return Float64Array.of(1);
  let [least, most] = [-MOST_BEND, MOST_BEND];
  for (let step = 0; step < BEND_STEPS; step++) {
    const bend = (least + most) / 2;
    if (shapeWith(bend).reduce((sum, value) => sum + value, 0) > width) most = bend;
    else least = bend;
  }
  return shapeWith(least);
}

/** Ratio of the ends' distances from zero above which an outermost bin may be a tail. */
const TAIL_RATIO = 2;

/**
 * Cells of an outermost bin as a Pareto tail, whose exponent is read from the rows beyond the last two edges that stand out
 * from noise.
 * @returns undefined when the bin is no tail.
 */
function tailShape(
  { starts, origin }: BinnedAxis,
  bins: readonly Bin[],
  { index, massSigma }: { readonly index: number; readonly massSigma: number },
): Float64Array | undefined {
  const bin = bins[index]!;
  const isUpper = index === bins.length - 1 && bin.low > 0;
  if (!isUpper && !(index === 0 && bin.high < 0)) return undefined;
  const side = isUpper ? 1 : -1;
  const near = isUpper ? bin.low : -bin.high;
  const far = isUpper ? bin.high : -bin.low;
  const before = bins[index - side];
  if (before === undefined || far < TAIL_RATIO * near || !(bin.logDensity < before.logDensity)) return undefined;
  const ends = Float64Array.from([...bins.map(({ low }) => low), bins.at(-1)!.high]);
  const rows = bins.map(({ mass }) => mass);
  const fit = isUpper
    ? fitUpperTail(ends, rows, massSigma)
    : fitUpperTail(ends.map((end) => -end).reverse(), rows.reverse(), massSigma);
  if (fit === undefined) return undefined;
  const beyond = (distance: number) => (Math.max(near, distance) / near) ** -fit.exponent;
  return Float64Array.from({ length: bin.endCell - bin.firstCell }, (_, k) => {
    const [first, last] = [starts[bin.firstCell + k]! - origin, starts[bin.firstCell + k + 1]! - origin];
    return Math.abs(beyond(side * first) - beyond(side * last));
  });
}
