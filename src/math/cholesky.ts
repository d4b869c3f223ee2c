/**
 * Lower triangular factor L of a symmetric positive definite matrix A = L·Lᵀ.
 * @param matrix row-major, size × size; only the lower triangle is read.
 * @returns row-major L with zeros above the diagonal, or undefined when a pivot is not above `leastPivot`.
 */
export function choleskyFactor(matrix: Float64Array, size: number, leastPivot = 0): Float64Array | undefined {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column]!;
      for (let k = 0; k < column; k++) rest -= factor[row * size + k]! * factor[column * size + k]!;
      if (row !== column) factor[row * size + column] = rest / factor[column * size + column]!;
      else if (rest > leastPivot) factor[row * size + row] = Math.sqrt(rest);
      else return undefined;
    }
  }
  return factor;
}
