import { TabveilError } from '../errors.ts';
import { choleskyFactor } from './cholesky.ts';

/** Sweeps over the free entries; each entry settles geometrically. */
const MOST_SWEEPS = 60;

/** Largest change of an entry at which sweeps stop. */
const CONVERGED = 1e-7;

/**
 * The positive definite matrix that agrees with `matrix` everywhere but in the free entries and has the largest determinant:
 * the two variables of a free entry are independent given all others.
 *
 * @param matrix row-major, size × size, symmetric and positive definite with any start in the free entries.
 * @param free pairs of different indices.
 * @throws TabveilError (bug) when the matrix is not positive definite.
 * @source Dempster, "Covariance selection", Biometrics 1972; one entry at a time is iterative proportional scaling, and the
 * inverse follows each by a change of rank two.
 * **Cost**: size³ once, then size² per free entry and sweep.
 */
export function completeCorrelation(
  matrix: Float64Array,
  size: number,
  free: readonly (readonly [number, number])[],
): Float64Array {
  const completed = matrix.slice();
  if (free.length === 0) return completed;
  const precision = invertPositive(matrix, size);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let change = 0;
    for (const [a, b] of free) {
      const move = partialCovariance(precision, size, [a, b]);
      if (Math.abs(move) < CONVERGED) continue;
      completed[a * size + b]! -= move;
      completed[b * size + a]! -= move;
      followChange(precision, size, { a, b, move: -move });
      change = Math.max(change, Math.abs(move));
    }
    if (change < CONVERGED) break;
  }
  return completed;
}

/** Covariance of two variables given all others, read from the inverse. */
function partialCovariance(precision: Float64Array, size: number, [a, b]: readonly [number, number]): number {
  const cross = precision[a * size + b]!;
  return -cross / (precision[a * size + a]! * precision[b * size + b]! - cross * cross);
}

/** The inverse after entries (a, b) and (b, a) of the matrix have moved: Woodbury's identity for two columns. */
function followChange(
  precision: Float64Array,
  size: number,
  { a, b, move }: { readonly a: number; readonly b: number; readonly move: number },
): void {
  const left = Float64Array.from({ length: size }, (_, row) => precision[row * size + a]!);
  const right = Float64Array.from({ length: size }, (_, row) => precision[row * size + b]!);
  const [p, q, cross] = [left[a]!, right[b]!, left[b]! + 1 / move];
  const determinant = p * q - cross * cross;
  for (let row = 0; row < size; row++) {
    const alongA = (q * left[row]! - cross * right[row]!) / determinant;
    const alongB = (p * right[row]! - cross * left[row]!) / determinant;
    const base = row * size;
    for (let column = 0; column < size; column++) {
      precision[base + column]! -= alongA * left[column]! + alongB * right[column]!;
    }
  }
}

/** Inverse of a positive definite matrix from its Cholesky factor. */
function invertPositive(matrix: Float64Array, size: number): Float64Array {
  const factor = choleskyFactor(matrix, size);
  if (factor === undefined) {
    throw new TabveilError(
      'bug',
      'correlation.completion',
      `completeCorrelation: the ${size} × ${size} matrix must be positive definite.`,
    );
  }
  const inverse = new Float64Array(size * size);
  for (let unit = 0; unit < size; unit++) {
    const solved = new Float64Array(size);
    for (let row = unit; row < size; row++) {
      let rest = row === unit ? 1 : 0;
      for (let k = unit; k < row; k++) rest -= factor[row * size + k]! * solved[k]!;
      solved[row] = rest / factor[row * size + row]!;
    }
    for (let row = size - 1; row >= 0; row--) {
      let rest = solved[row]!;
      for (let k = row + 1; k < size; k++) rest -= factor[k * size + row]! * solved[k]!;
      solved[row] = rest / factor[row * size + row]!;
      inverse[row * size + unit] = solved[row]!;
    }
  }
  return inverse;
}
