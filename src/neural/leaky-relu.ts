import { type Matrix, type TensorOps, withGradient } from './tensors.ts';

/** Slope below zero of every leaky rectifier here, as in CTGAN. */
export const LEAKY_SLOPE = 0.2;

/** Leaky rectifier: x above zero, 0.2·x below; its gradient is composed, because the wasm backend has no kernel for it. */
export function leakyRelu(ops: TensorOps, input: Matrix): Matrix {
  return withGradient<Matrix>(ops, [input], (save) => {
    save([input]);
    return {
      value: ops.maximum(input, ops.mul(input, LEAKY_SLOPE)),
      gradients: (outer, saved) => {
        const [savedInput] = saved as [Matrix];
        return [ops.where(ops.greater(savedInput, 0), outer, ops.mul(outer, LEAKY_SLOPE))];
      },
    };
  });
}
