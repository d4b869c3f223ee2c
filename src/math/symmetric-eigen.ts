/** Eigenvalues with eigenvectors as the columns of a row-major matrix, in no particular order. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Sweeps over all pairs; convergence is quadratic and needs six to ten. */
const MOST_SWEEPS = 60;

/** Off-diagonal mass relative to the whole at which rotations stop. */
const CONVERGED = 1e-26;

/**
 * Eigendecomposition A = V·diag(values)·Vᵀ of a symmetric matrix by cyclic Jacobi rotations.
 * @param matrix row-major, size × size, symmetric; not changed.
 * @param options.start orthogonal columns that nearly diagonalise the matrix, to save sweeps.
 * @param options.tolerance off-diagonal mass relative to the whole at which rotations stop, both as sums of squares.
 * **Numerics**: eigenvalues to a few ulps of the largest.
 * **Cost**: about 6·size³ operations per sweep.
 * @source Golub and Van Loan, Matrix Computations, section 8.5.
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
  { start, tolerance = CONVERGED }: { readonly start?: Float64Array; readonly tolerance?: number } = {},
): SymmetricEigen {
  const rows = start === undefined ? identity(size) : transpose(start, size);
  const rotated = start === undefined ? matrix.slice() : conjugate(matrix, start, size);
  const whole = rotated.reduce((sum, value) => sum + value * value, 0);
  // Entries that could all stay are not worth a rotation: late sweeps have few others.
  const negligible = Math.sqrt((tolerance * whole) / 2) / size;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    if (offDiagonalSquare(rotated, size) <= tolerance * whole) break;
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) {
        if (Math.abs(rotated[p * size + q]!) > negligible) rotate(rotated, rows, size, [p, q]);
      }
    }
  }
  return {
    values: Float64Array.from({ length: size }, (_, k) => rotated[k * size + k]!),
    vectors: transpose(rows, size),
  };
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let k = 0; k < size; k++) matrix[k * size + k] = 1;
  return matrix;
}

function transpose(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, entry) => matrix[(entry % size) * size + Math.floor(entry / size)]!);
}

/** VᵀAV. */
function conjugate(matrix: Float64Array, vectors: Float64Array, size: number): Float64Array {
  return multiplyTransposed(vectors, multiply(matrix, vectors, size), size);
}

function multiply(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < size; k++) addScaledRow(product, row, left[row * size + k]!, right, k, size);
  }
  return product;
}

/** leftᵀ·right. */
function multiplyTransposed(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let row = 0; row < size; row++) addScaledRow(product, row, left[k * size + row]!, right, k, size);
  }
  return product;
}

function addScaledRow(
  out: Float64Array,
  row: number,
  scale: number,
  source: Float64Array,
  sourceRow: number,
  size: number,
): void {
  const [to, from] = [row * size, sourceRow * size];
  for (let column = 0; column < size; column++) out[to + column]! += scale * source[from + column]!;
}

function offDiagonalSquare(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) sum += 2 * matrix[row * size + column]! ** 2;
  }
  return sum;
}

/**
 * One rotation that zeroes entries (p, q) and (q, p). Works along rows, which lie together in memory: those of the matrix are
 * mirrored into its columns, and eigenvectors are kept as rows.
 */
function rotate(matrix: Float64Array, rows: Float64Array, size: number, [p, q]: readonly [number, number]): void {
  const off = matrix[p * size + q]!;
  const [before, after] = [matrix[p * size + p]!, matrix[q * size + q]!];
  const ratio = (after - before) / (2 * off);
  const tangent = (ratio >= 0 ? 1 : -1) / (Math.abs(ratio) + Math.hypot(1, ratio));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = tangent * cosine;
  turnRows(matrix, [p * size, q * size], size, [cosine, sine]);
  matrix[p * size + p] = before - tangent * off;
  matrix[q * size + q] = after + tangent * off;
  matrix[p * size + q] = 0;
  matrix[q * size + p] = 0;
  for (let k = 0; k < size; k++) {
    matrix[k * size + p] = matrix[p * size + k]!;
    matrix[k * size + q] = matrix[q * size + k]!;
  }
  turnRows(rows, [p * size, q * size], size, [cosine, sine]);
}

function turnRows(
  values: Float64Array,
  [first, second]: readonly [number, number],
  size: number,
  [cosine, sine]: readonly [number, number],
): void {
  for (let k = 0; k < size; k++) {
    const [a, b] = [values[first + k]!, values[second + k]!];
    values[first + k] = cosine * a - sine * b;
    values[second + k] = sine * a + cosine * b;
  }
}
