import { indicatePositive } from './products.ts';
import { type Matrix, type TensorOps, withGradient } from './tensors.ts';

/** Slope below zero of every leaky rectifier here, as in CTGAN. */
export const LEAKY_SLOPE = 0.2;

/** Slope of the leaky rectifier at every entry. */
export function leakySlopes(ops: TensorOps, input: Matrix): Matrix {
  return ops.add(ops.mul(indicatePositive(ops, input), 1 - LEAKY_SLOPE), LEAKY_SLOPE);
}

/** Leaky rectifier: x above zero, 0.2·x below; its gradient is composed, because the wasm backend has no kernel for it. */
export function leakyRelu(ops: TensorOps, input: Matrix): Matrix {
  return withGradient<Matrix>(ops, [input], (save) => {
    const slopes = leakySlopes(ops, input);
    save([slopes]);
    return {
      value: ops.mul(input, slopes),
      gradients: (outer, saved) => [ops.mul(outer, saved[0] as Matrix)],
    };
  });
}
