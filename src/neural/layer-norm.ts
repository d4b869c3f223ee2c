import { type Matrix, type TensorOps, type Vector, withGradient } from './tensors.ts';

/** Added to the variance of a row, as PyTorch does. */
export const LAYER_NORM_EPSILON = 1e-5;

/**
 * Layer norm: every row minus its mean, over its standard deviation, times `gain`, plus `shift`.
 *
 * **Privacy**: a row's output depends on that row alone, so it may stand in networks that see private rows, where batch
 * norm must not.
 * @source Ba, Kiros and Hinton, "Layer Normalization", 2016 (arXiv 1607.06450), equation 4.
 */
export function layerNorm(ops: TensorOps, input: Matrix, gain: Vector, shift: Vector): Matrix {
  return withGradient<Matrix>(ops, [input, gain, shift], (save) => {
    const centred = ops.sub(input, ops.mean(input, 1, true));
    const variance = ops.mean(ops.mul(centred, centred), 1, true);
    const inverse = ops.div(1, ops.sqrt(ops.add(variance, LAYER_NORM_EPSILON)));
    const normed: Matrix = ops.mul(centred, inverse);
    save([normed, inverse, gain]);
    return {
      value: ops.add(ops.mul(normed, gain), shift),
      gradients: (outer, saved) => {
        const [savedNormed, savedInverse, savedGain] = saved as [Matrix, Matrix, Vector];
        const direct: Matrix = ops.mul(outer, savedGain);
        const along = ops.mean(ops.mul(direct, savedNormed), 1, true);
        const free = ops.sub(ops.sub(direct, ops.mean(direct, 1, true)), ops.mul(savedNormed, along));
        return [ops.mul(free, savedInverse), ops.sum(ops.mul(outer, savedNormed), 0), ops.sum(outer, 0)];
      },
    };
  });
}
