import { discreteGaussianTail } from '../../math/discrete-gaussian-tail.ts';
import type { PlanShare } from '../accounting/calibrate-plan.ts';
import type { Mechanisms } from '../mechanisms.ts';
import type { Private } from '../private.ts';

/** Largest exponent of the grid: magnitudes from 2^62 units up share the outermost cells. */
const LARGEST_EXPONENT = 62;
/** Negative magnitudes, zero, positive magnitudes. */
const CELLS = 2 * (LARGEST_EXPONENT + 1) + 1;
const ZERO_CELL = LARGEST_EXPONENT + 1;
/** How often an empty table may show any cell: decides between missing outliers and inventing range, not privacy. */
const FALSE_CELL_RATE = 0.01;

/** What learning the bounds of one column costs and how one unit moves it. */
export interface BoundsShare {
  readonly label: string;
  /** Name of the column, for the plan. */
  readonly column: string;
  /** Relative rho of the event. */
  readonly weight: number;
  /** Most rows of one unit. */
  readonly maxRows: number;
}

/** What is public about a column whose bounds are learned. */
export interface BoundsRequest {
  readonly label: string;
  /** Distance between representable values: the unit of the grid. */
  readonly precision: number;
  /** Noise variance of the planned event. */
  readonly variance: number;
}

/** Inclusive bounds on the axis of the column. */
export interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
}

/** The planned share of learning the bounds of one column. */
export function shareBounds({ label, column, weight, maxRows }: BoundsShare): PlanShare {
  return {
    label,
    purpose: `bounds of ${column}`,
    kind: 'discrete-gaussian',
    weight,
    l2Sensitivity: maxRows,
    oneCell: maxRows === 1,
  };
}

/**
 * Bounds of a numeric column, from a noisy histogram over powers of two.
 *
 * Cells are the signed magnitudes [2^k, 2^(k+1)) in units of the precision, and zero. The bounds are the outermost edges of
 * cells whose noisy count exceeds what noise alone would show in one empty table of a hundred; when none does, they hold
 * zero and the largest noisy cell. The true range may be missed by outliers too few to see and exceeded by a factor of two.
 *
 * **Privacy**: a row is counted in at most one cell of a public grid, so a unit of k rows moves the histogram by at most k
 * in L2; one discrete Gaussian. The threshold depends on public numbers only; the rest is post-processing. NaN and
 * infinities are not counted.
 * @source Wilson et al., "Differentially private SQL with bounded user contribution", 2020, section on approximate bounds;
 * ours has integer noise and the precision of the column as its unit.
 */
export async function learnBounds(
  mechanisms: Mechanisms,
  values: Private<Float64Array>,
  request: BoundsRequest,
): Promise<Bounds> {
  const { label, precision, variance } = request;
  const counts = values.map((column) => countMagnitudes(column, precision));
  const { value: noisy } = await mechanisms.discreteGaussian(counts, { label, cells: CELLS });
  const threshold = smallestVisible(variance);
  const visible = [...noisy.keys()].filter((cell) => noisy[cell]! >= threshold);
  const cells = visible.length > 0 ? visible : [ZERO_CELL, largest(noisy)];
  const [lowest, highest] = [Math.min(...cells), Math.max(...cells)];
  return { minimum: lowerEdge(lowest) * precision, maximum: upperEdge(highest) * precision };
}

/** Exact histogram over signed powers of two of the values in units of `precision`. */
function countMagnitudes(values: Float64Array, precision: number): Float64Array {
  const counts = new Float64Array(CELLS);
  for (const value of values) {
    if (Number.isFinite(value)) counts[cellOf(value / precision)]!++;
  }
  return counts;
}

function cellOf(units: number): number {
  const magnitude = Math.round(Math.abs(units));
  if (magnitude === 0) return ZERO_CELL;
  let exponent = Math.min(LARGEST_EXPONENT, Math.floor(Math.log2(magnitude)));
  // The logarithm of numbers just below a power of two may round up to it.
  if (2 ** exponent > magnitude) exponent--;
  return units > 0 ? ZERO_CELL + 1 + exponent : ZERO_CELL - 1 - exponent;
}

/** Smallest value of a cell in units of the precision. */
function lowerEdge(cell: number): number {
  if (cell === ZERO_CELL) return 0;
  return cell > ZERO_CELL ? 2 ** (cell - ZERO_CELL - 1) : 1 - 2 ** (ZERO_CELL - cell);
}

/** Largest value of a cell in units of the precision: the mirrored lower edge, without a negative zero. */
function upperEdge(cell: number): number {
  return 0 - lowerEdge(CELLS - 1 - cell);
}

/** Smallest noisy count that an empty table shows in any cell with probability at most `FALSE_CELL_RATE`. */
function smallestVisible(variance: number): number {
  let [low, high] = [0, 1];
  const isRare = (count: number) => CELLS * discreteGaussianTail(variance, count) <= FALSE_CELL_RATE;
  while (!isRare(high)) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isRare(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function largest(counts: Float64Array): number {
  return counts.reduce((best, count, cell) => (count > counts[best]! ? cell : best), 0);
}
