import { normalUpper } from '../../../math/normal.ts';

/**
 * Distribution, under the first member of a dominating pair, of its privacy loss rounded onto multiples of a step:
 * `mass[j]` sits at loss `indices[j]`·step (whole numbers, the last one the largest), and `infinity` at an infinite loss.
 */
export interface LossPmf {
  readonly indices: Float64Array;
  readonly mass: Float64Array;
  readonly infinity: number;
}

/** Relative size of one rounding; cell masses carry a few. */
const UNIT = 2 ** -51;

/** Relative rounding of losses against the grid; epsilons are raised by it once. */
export const LATTICE_SLACK = 2 ** -48;

/** Grid points worth filling with zeros between atoms. */
const MOST_EMPTY = 1 << 20;

/** A cell far from zero may be 1/200 of its loss wide: its rounding then adds less than 5e-6 to the second moment. */
const CELLS_PER_LOSS = 200;

/**
 * Splits atoms of a privacy loss between the two grid points around each so that its mass under both members of the pair
 * is kept; the hockey-stick curve of the result is the chord of the true one between grid points, so it lies above.
 *
 * @param losses ascending.
 * **Privacy**: the rounded pair dominates the true one, to second order in the step instead of first.
 * @source Doroshenko, Ghazi, Kamath, Kumar, Manurangsi, "Connect the Dots", PoPETs 2022, Section 4.
 */
export function splitAtoms(losses: Float64Array, masses: Float64Array, step: number): LossPmf {
  const cells = new Float64Array(losses.length);
  const uppers = new Float64Array(losses.length);
  const fullRise = -Math.expm1(-step);
  for (let atom = 0; atom < losses.length; atom++) {
    const place = losses[atom]! / step;
    const nearest = Math.round(place);
    // A loss that misses a grid point by its own rounding is on it: `LATTICE_SLACK` pays for that at the end.
    const isOnGrid = Math.abs(place - nearest) <= LATTICE_SLACK * Math.abs(nearest);
    const cell = isOnGrid ? nearest : Math.floor(place);
    const share = isOnGrid ? 0 : -Math.expm1((cell - place) * step) / fullRise + UNIT * Math.abs(place);
    cells[atom] = cell;
    uppers[atom] = masses[atom]! * Math.min(1, share);
  }
  const first = cells[0] ?? 0;
  const isDense = (cells[cells.length - 1] ?? 0) - first < Math.max(MOST_EMPTY, 2 * losses.length);
  return isDense ? gatherDense(cells, uppers, masses) : listSparse(cells, uppers, masses);
}

/** One entry per grid point between the first and last atom. */
function gatherDense(cells: Float64Array, uppers: Float64Array, masses: Float64Array): LossPmf {
  const first = cells[0] ?? 0;
  const mass = new Float64Array((cells[cells.length - 1] ?? 0) - first + 2);
  for (let atom = 0; atom < cells.length; atom++) {
    const place = cells[atom]! - first;
    mass[place] = mass[place]! + (masses[atom]! - uppers[atom]!);
    mass[place + 1] = mass[place + 1]! + uppers[atom]!;
  }
  return { indices: Float64Array.from(mass, (_, j) => first + j), mass, infinity: 0 };
}

/** Two entries per atom. */
function listSparse(cells: Float64Array, uppers: Float64Array, masses: Float64Array): LossPmf {
  const indices = Float64Array.from({ length: 2 * cells.length }, (_, j) => cells[j >> 1]! + (j & 1));
  const mass = Float64Array.from(indices, (_, j) =>
    j % 2 === 1 ? uppers[j >> 1]! : masses[j >> 1]! - uppers[j >> 1]!,
  );
  return { indices, mass, infinity: 0 };
}

/** Ascending grid indices covering losses from `lowest` to `highest`: every point near zero, wider cells far out. */
export function cellBoundaries(lowest: number, highest: number, step: number): Float64Array {
  const last = Math.ceil(highest / step);
  const boundaries = [Math.floor(lowest / step)];
  for (let index = boundaries[0]!; index < last || boundaries.length < 2; boundaries.push(index)) {
    // Below zero the width is set by the nearer end, so that cells stay narrow where they approach zero.
    const width = Math.max(1, Math.floor(Math.abs(index) / (CELLS_PER_LOSS + (index < 0 ? 1 : 0))));
    index += width;
  }
  return Float64Array.from(boundaries);
}

/** Masses of a loss between grid points: cell j spans losses (boundaries[j]·step, boundaries[j + 1]·step). */
export interface LossCells {
  readonly boundaries: Float64Array;
  /** P[loss in cell]. */
  readonly mass: Float64Array;
  /** P[loss in cell] − e^(lower end)·Q[loss in cell], ≥ 0 up to rounding. */
  readonly excess: Float64Array;
  /** Bound on the rounding error of `mass` and `excess`. */
  readonly error: Float64Array;
  /** P[loss below the first cell]: moved up to the first grid point. */
  readonly below: number;
  /** P[loss above the last cell]: moved to infinity. */
  readonly above: number;
}

/** The same rounding as `splitAtoms` for a continuous loss known by its cell masses; rounding errors go upwards. */
export function splitCells(cells: LossCells, step: number): LossPmf {
  const { boundaries } = cells;
  const mass = new Float64Array(boundaries.length);
  for (let cell = 0; cell + 1 < boundaries.length; cell++) {
    const fullRise = -Math.expm1(-(boundaries[cell + 1]! - boundaries[cell]!) * step);
    const total = Math.max(0, cells.mass[cell]!) + cells.error[cell]!;
    const upper = Math.min(total, Math.max(0, cells.excess[cell]! + cells.error[cell]!) / fullRise);
    mass[cell] = mass[cell]! + (total - upper);
    mass[cell + 1] = upper;
  }
  mass[0] = mass[0]! + cells.below;
  return { indices: boundaries, mass, infinity: cells.above };
}

/** Probabilities that a standard normal falls between consecutive ascending points, and a bound on their errors. */
export function normalIntervals(points: Float64Array): { readonly mass: Float64Array; readonly error: Float64Array } {
  const mass = new Float64Array(points.length - 1);
  const error = new Float64Array(points.length - 1);
  // The tail on the point's own side of zero is small and has full relative precision.
  let leftTail = normalUpper(Math.abs(points[0]!));
  for (let index = 0; index < mass.length; index++) {
    const [left, right] = [points[index]!, points[index + 1]!];
    const rightTail = normalUpper(Math.abs(right));
    if (left >= 0) mass[index] = leftTail - rightTail;
    else if (right <= 0) mass[index] = rightTail - leftTail;
    else mass[index] = 1 - leftTail - rightTail;
    error[index] = left < 0 && right > 0 ? UNIT : UNIT * Math.max(leftTail, rightTail);
    leftTail = rightTail;
  }
  return { mass, error };
}
