import type { Stream } from '../random/stream.ts';
import { dense } from './dense.ts';
import { addMatrices } from './elementwise.ts';
import { layerNorm } from './layer-norm.ts';
import { leakyRelu } from './leaky-relu.ts';
import type { Parameter } from './parameters.ts';
import type { AnyTensor, Matrix, TensorOps, Vector } from './tensors.ts';

/** Sizes of a generator network. */
export interface GeneratorShape {
  /** Numbers per input row: the latent vector, and the condition vector where there is one. */
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Residual blocks. */
  readonly blocks: number;
  /** Cells of every table column, in order: one softmax head each. */
  readonly headSizes: readonly number[];
}

/** Tensors of one residual block. */
const BLOCK_TENSORS = 4;

/** Number of logits: cells of all columns. */
export function countLogits({ headSizes }: GeneratorShape): number {
  return headSizes.reduce((sum, size) => sum + size, 0);
}

/** Names and shapes of the tensors of a generator, in the order in which everything here takes them. */
export function generatorTensors(shape: GeneratorShape): Omit<Parameter, 'values'>[] {
  const { inputSize, hiddenSize, blocks } = shape;
  const logits = countLogits(shape);
  return [
    { name: 'input.weights', shape: [inputSize, hiddenSize] },
    { name: 'input.bias', shape: [hiddenSize] },
    ...Array.from({ length: blocks }, (_, block) => [
      { name: `block-${block}.weights`, shape: [hiddenSize, hiddenSize] },
      { name: `block-${block}.bias`, shape: [hiddenSize] },
      { name: `block-${block}.gain`, shape: [hiddenSize] },
      { name: `block-${block}.shift`, shape: [hiddenSize] },
    ]).flat(),
    { name: 'heads.weights', shape: [hiddenSize, logits] },
    { name: 'heads.bias', shape: [logits] },
  ];
}

/**
 * Initial weights: uniform in ±1/√inputs for weights and biases, gain 1 and shift 0 in layer norms.
 * @param stream public: initial weights are no secret.
 * @param logits initial biases of the heads, `countLogits` long, for example logs of released shares; 0 when absent.
 */
export function initialGenerator(shape: GeneratorShape, stream: Stream, logits?: ArrayLike<number>): Parameter[] {
  return generatorTensors(shape).map((tensor) => {
    const values = new Float32Array(tensor.shape.reduce((product, size) => product * size, 1));
    if (tensor.name === 'heads.bias') values.set(logits ?? []);
    else if (tensor.name.endsWith('.gain')) values.fill(1);
    else if (!tensor.name.endsWith('.shift')) fillUniform(values, fanIn(shape, tensor.name), stream);
    return { ...tensor, values };
  });
}

function fanIn(shape: GeneratorShape, name: string): number {
  return name.startsWith('input.') ? shape.inputSize : shape.hiddenSize;
}

function fillUniform(values: Float32Array, inputs: number, stream: Stream): void {
  const bound = 1 / Math.sqrt(inputs);
  for (let entry = 0; entry < values.length; entry++) values[entry] = bound * (2 * stream.nextFloat() - 1);
}

/**
 * Logits of a batch: a dense layer, then residual blocks h + leakyRelu(layerNorm(dense(h))), then one dense layer for
 * the heads of all columns.
 *
 * Layer norm in place of CTGAN's batch norm: a row depends on its own input alone, so a finished generator is a fixed
 * function from inputs to independent heads, hence a mixture of product distributions.
 * @param tensors parameters in the order of `generatorTensors`.
 * @param input rows × inputSize.
 * @returns rows × `countLogits(shape)`.
 * @source Xu et al. 2019 (CTGAN, arXiv 1907.00503), section 4.4, with added instead of concatenated residuals.
 */
export function generatorLogits(
  ops: TensorOps,
  shape: GeneratorShape,
  job: { readonly tensors: readonly AnyTensor[]; readonly input: Matrix },
): Matrix {
  const { tensors, input } = job;
  const at = (index: number) => tensors[index] as Matrix & Vector;
  let hidden = dense(ops, input, at(0), at(1));
  for (let block = 0; block < shape.blocks; block++) {
    const first = 2 + BLOCK_TENSORS * block;
    const inner = dense(ops, hidden, at(first), at(first + 1));
    const normed = layerNorm(ops, inner, at(first + 2), at(first + 3));
    hidden = addMatrices(ops, hidden, leakyRelu(ops, normed));
  }
  const last = 2 + BLOCK_TENSORS * shape.blocks;
  return dense(ops, hidden, at(last), at(last + 1));
}
