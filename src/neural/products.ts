import type { Matrix, TensorOps, Vector } from './tensors.ts';

/** The wasm backend multiplies by transpose flags ten to twenty times slower than it transposes; the native one does not. */
export function hasFastFlags(ops: TensorOps): boolean {
  return ops.getBackend() === 'tensorflow';
}

/** leftᵀ · right, each backend in its fastest way. @param left n × m. @param right n × k. @returns m × k. */
export function transposedTimes(ops: TensorOps, left: Matrix, right: Matrix): Matrix {
  return hasFastFlags(ops) ? ops.matMul(left, right, true, false) : ops.matMul(ops.transpose(left), right);
}

/** left · rightᵀ, each backend in its fastest way. @param left m × n. @param right k × n. @returns m × k. */
export function timesTransposed(ops: TensorOps, left: Matrix, right: Matrix): Matrix {
  return hasFastFlags(ops) ? ops.matMul(left, right, false, true) : ops.matMul(left, ops.transpose(right));
}

/**
 * Rows of `matrix` where `kept` is true, zeros elsewhere, also where an entry is not finite: entries are selected instead of
 * multiplied by 0, because 0·NaN is NaN.
 * @param kept one truth value per row.
 */
export function keepRows(ops: TensorOps, matrix: Matrix, kept: Vector): Matrix {
  return ops.engine().runKernel('Select', {
    condition: hasFastFlags(ops) ? kept : repeatColumns(ops, kept, matrix.shape[1]),
    t: matrix,
    e: ops.zerosLike(matrix),
  }) as Matrix;
}

/**
 * A truth value per row as one per entry. TensorFlow's kernel selects whole rows; that of wasm does it wrongly, and its tiles
 * of truth values, which `where` would make, take longer than everything else in a step.
 */
function repeatColumns(ops: TensorOps, kept: Vector, columns: number): Matrix {
  const rows: Matrix = ops.reshape(ops.cast(kept, 'float32'), [kept.size, 1]);
  return ops.greater(ops.mul(rows, ops.ones([1, columns])), 0);
}

/** Whether numbers are above 0, as 0 and 1. */
export function indicatePositive(ops: TensorOps, matrix: Matrix): Matrix {
  // TensorFlow has no kernel for `step` and makes it of five others.
  return hasFastFlags(ops) ? ops.cast(ops.greater(matrix, 0), 'float32') : ops.step(matrix);
}
