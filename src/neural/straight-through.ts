import { type Matrix, type TensorOps, withGradient } from './tensors.ts';

/**
 * Hard draws with soft gradients: the largest entry of every head becomes 1 and the others 0, and gradients pass through as
 * if nothing had happened. On Gumbel heads the result is an exact draw from the softmax of the logits, so a discriminator sees
 * generated rows of the kind it sees real ones.
 * @param soft rows × sum of sizes, see `gumbelHeads`.
 * @source Jang, Gu and Poole 2017 (arXiv 1611.01144), section 2.2 (straight-through Gumbel-softmax).
 */
export function hardenHeads(ops: TensorOps, soft: Matrix, sizes: readonly number[]): Matrix {
  return withGradient<Matrix>(ops, [soft], () => {
    const heads = sizes.length === 1 ? [soft] : ops.split(soft, [...sizes], 1);
    // One-hot encoding refuses a depth of 1; a head of one cell has nothing to choose.
    const hard = heads.map((head, index) =>
      sizes[index] === 1 ? ops.onesLike(head) : ops.cast(ops.oneHot(ops.argMax(head, 1), sizes[index]!), 'float32'),
    );
    return {
      value: ops.concat(hard, 1) as Matrix,
      gradients: (outer) => [ops.clone(outer)],
    };
  });
}
