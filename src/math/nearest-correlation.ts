import { choleskyFactor } from './cholesky.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** Alternating projections; most matrices need some ten, and few moves are left when these are done. */
const MOST_PROJECTIONS = 200;

/** Least projections, and the work for more of them in units of size³: matrices of hundreds of rows must not take minutes. */
const [FEWEST_PROJECTIONS, PROJECTION_WORK] = [12, 1e9];

/** Largest change of an entry at which projections have converged: far below any error bar. */
const CONVERGED = 1e-6;

/** Off-diagonal mass at which a projection's eigenvectors are near enough; the last ones are taken exactly. */
const PROJECTION_TOLERANCE = 1e-18;

/**
 * The correlation matrix nearest to a symmetric matrix in the Frobenius norm, with every eigenvalue at least
 * `leastEigenvalue` up to the final rescaling, hence positive definite.
 *
 * @param matrix row-major, size × size, symmetric with unit diagonal.
 * @param leastEigenvalue in (0, 1): keeps the Cholesky factor well conditioned.
 * @source Higham, "Computing the nearest correlation matrix", IMA J. Numer. Anal. 2002, algorithm 3.3 (alternating
 * projections with Dykstra's correction), onto matrices with eigenvalues above a floor instead of zero. Eigenvectors of
 * one projection start the next. Above some 200 rows projections end early; the result is then near the nearest one.
 */
export function nearestCorrelation(matrix: Float64Array, size: number, leastEigenvalue = 1e-3): Float64Array {
  if (isAbove(matrix, size, leastEigenvalue)) return matrix.slice();
  let iterate: Float64Array = matrix.slice();
  let correction = new Float64Array(size * size);
  let vectors: Float64Array | undefined;
  const affordable = Math.max(FEWEST_PROJECTIONS, Math.floor(PROJECTION_WORK / size ** 3));
  for (let projection = 0; projection < Math.min(MOST_PROJECTIONS, affordable); projection++) {
    const corrected = iterate.map((value, entry) => value - correction[entry]!);
    const eigen = symmetricEigen(corrected, size, {
      tolerance: PROJECTION_TOLERANCE,
      ...(vectors && { start: vectors }),
    });
    vectors = eigen.vectors;
    const floored = compose(
      eigen.values.map((value) => Math.max(leastEigenvalue, value)),
      vectors,
      size,
    );
    correction = floored.map((value, entry) => value - corrected[entry]!);
    const next = withUnitDiagonal(floored, size);
    const change = next.reduce((most, value, entry) => Math.max(most, Math.abs(value - iterate[entry]!)), 0);
    iterate = next;
    if (change < CONVERGED) break;
  }
  return toCorrelation(floorEigenvalues(iterate, size, { floor: leastEigenvalue, start: vectors! }), size);
}

/** True when every eigenvalue is above the floor, by a Cholesky factor of the shifted matrix. */
function isAbove(matrix: Float64Array, size: number, floor: number): boolean {
  const shifted = matrix.slice();
  for (let k = 0; k < size; k++) shifted[k * size + k]! -= floor;
  return choleskyFactor(shifted, size) !== undefined;
}

function floorEigenvalues(
  matrix: Float64Array,
  size: number,
  { floor, start }: { readonly floor: number; readonly start: Float64Array },
): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, size, { start });
  return compose(
    values.map((value) => Math.max(floor, value)),
    vectors,
    size,
  );
}

/** V·diag(values)·Vᵀ, exactly symmetric. */
function compose(values: Float64Array, vectors: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += vectors[row * size + k]! * values[k]! * vectors[column * size + k]!;
      product[row * size + column] = sum;
      product[column * size + row] = sum;
    }
  }
  return product;
}

function withUnitDiagonal(matrix: Float64Array, size: number): Float64Array {
  const unit = matrix.slice();
  for (let k = 0; k < size; k++) unit[k * size + k] = 1;
  return unit;
}

/** Rescales rows and columns to a unit diagonal; keeps positive definiteness. */
function toCorrelation(matrix: Float64Array, size: number): Float64Array {
  const scale = Float64Array.from({ length: size }, (_, k) => 1 / Math.sqrt(matrix[k * size + k]!));
  const scaled = matrix.map((value, entry) => value * scale[Math.floor(entry / size)]! * scale[entry % size]!);
  return withUnitDiagonal(scaled, size);
}
