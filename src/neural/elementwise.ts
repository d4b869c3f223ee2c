import { type Matrix, type TensorOps, withGradient } from './tensors.ts';

/** Sum of two matrices of one shape, with its gradient. */
export function addMatrices(ops: TensorOps, left: Matrix, right: Matrix): Matrix {
  return withGradient<Matrix>(ops, [left, right], () => ({
    value: ops.add(left, right),
    gradients: (outer) => [outer, ops.clone(outer)],
  }));
}

/** A matrix times a constant, with its gradient. */
export function scaleMatrix(ops: TensorOps, matrix: Matrix, factor: number): Matrix {
  return withGradient<Matrix>(ops, [matrix], () => ({
    value: ops.mul(matrix, factor),
    gradients: (outer) => [ops.mul(outer, factor)],
  }));
}
