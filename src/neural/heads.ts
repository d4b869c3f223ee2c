import type { Stream } from '../random/stream.ts';
import { addMatrices, scaleMatrix } from './elementwise.ts';
import { timesTransposed } from './products.ts';
import { type Matrix, type TensorOps, withGradient } from './tensors.ts';

/**
 * Softmax of every column's own logits: one head per table column.
 *
 * A numeric column has a head over its coarse bins (and the missing cell); the value inside a bin is drawn from released
 * fine weights when rows are decoded, so spikes and tails need no output of the network.
 * @param logits rows × sum of sizes.
 * @param sizes cells of every head, in order.
 * @returns rows × sum of sizes; each head sums to 1.
 */
export function softmaxHeads(ops: TensorOps, logits: Matrix, sizes: readonly number[]): Matrix {
  return withGradient<Matrix>(ops, [logits], (save) => {
    const heads = sizes.length === 1 ? [logits] : ops.split(logits, [...sizes], 1);
    const softened = heads.map((head) => ops.softmax(head as Matrix));
    const value = ops.concat(softened, 1) as Matrix;
    save([value]);
    return {
      value,
      gradients: (outer, saved) => {
        const [shares] = saved as [Matrix];
        const weighted: Matrix = ops.mul(outer, shares);
        return [ops.sub(weighted, ops.mul(shares, sumWithinHeads(ops, weighted, sizes)))];
      },
    };
  });
}

/** For every entry, the sum over its head: two thin products with the matrix that says which entry is in which head. */
function sumWithinHeads(ops: TensorOps, values: Matrix, sizes: readonly number[]): Matrix {
  const { entries, width } = headIndicator(sizes);
  const indicator = ops.tensor2d(entries, [width, sizes.length]);
  return timesTransposed(ops, ops.matMul(values, indicator), indicator);
}

function headIndicator(sizes: readonly number[]): { readonly entries: Float32Array; readonly width: number } {
  const width = sizes.reduce((sum, size) => sum + size, 0);
  const entries = new Float32Array(width * sizes.length);
  let row = 0;
  sizes.forEach((size, head) => {
    for (let cell = 0; cell < size; cell++) entries[row++ * sizes.length + head] = 1;
  });
  return { entries, width };
}

/** What Gumbel heads draw with. */
export interface GumbelSettings {
  readonly sizes: readonly number[];
  /** Towards 0 the outputs become one-hot; CTGAN uses 0.2. */
  readonly temperature: number;
  /** Standard Gumbel values, rows × sum of sizes; see `gumbelNoise`. */
  readonly noise: Matrix;
}

/**
 * Gumbel-softmax heads: differentiable draws from every column's softmax.
 *
 * The largest entry of each head is an exact draw from the softmax of its logits, whatever the temperature.
 * @source Jang, Gu and Poole 2017 (arXiv 1611.01144); Maddison, Mnih and Teh 2017 (arXiv 1611.00712).
 */
export function gumbelHeads(ops: TensorOps, logits: Matrix, settings: GumbelSettings): Matrix {
  const disturbed = scaleMatrix(ops, addMatrices(ops, logits, settings.noise), 1 / settings.temperature);
  return softmaxHeads(ops, disturbed, settings.sizes);
}

/** Independent standard Gumbel values, −ln(−ln u), from a public stream. */
export function gumbelNoise(stream: Stream, length: number): Float32Array {
  return Float32Array.from({ length }, () => -Math.log(-Math.log((stream.nextUint32() + 0.5) / 2 ** 32)));
}
