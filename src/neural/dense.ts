import { timesTransposed, transposedTimes } from './products.ts';
import { type Matrix, type TensorOps, type Vector, withGradient } from './tensors.ts';

/**
 * Dense layer: input·weights + bias.
 * @param input rows × inputs.
 * @param weights inputs × outputs.
 * @param bias outputs.
 * **Cost**: one matrix product forward, two backward.
 */
export function dense(ops: TensorOps, input: Matrix, weights: Matrix, bias: Vector): Matrix {
  return withGradient<Matrix>(ops, [input, weights, bias], (save) => {
    save([input, weights]);
    return {
      value: ops.add(ops.matMul(input, weights), bias),
      gradients: (outer, saved) => {
        const [savedInput, savedWeights] = saved as [Matrix, Matrix];
        return [timesTransposed(ops, outer, savedWeights), transposedTimes(ops, savedInput, outer), ops.sum(outer, 0)];
      },
    };
  });
}
