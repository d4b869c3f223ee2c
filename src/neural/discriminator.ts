import type { Stream } from '../random/stream.ts';
import { LAYER_NORM_EPSILON } from './layer-norm.ts';
import { leakySlopes } from './leaky-relu.ts';
import type { Parameter, Parameters } from './parameters.ts';
import { hasFastFlags, timesTransposed } from './products.ts';
import type { Matrix, TensorOps, Vector } from './tensors.ts';

/** Sizes of a discriminator: dense layers with leaky rectifiers, one logit out. */
export interface DiscriminatorShape {
  /** Numbers per row: one per cell of every column, twice when the condition follows. */
  readonly inputSize: number;
  readonly hiddenSizes: readonly number[];
  /** Whether every hidden layer is normed row by row (without gain and shift) before its rectifier. */
  readonly layerNorm: boolean;
}

/** Names and shapes of the tensors of a discriminator: weights and bias of each layer in turn. */
export function discriminatorTensors(shape: DiscriminatorShape): Omit<Parameter, 'values'>[] {
  const sizes = [shape.inputSize, ...shape.hiddenSizes, 1];
  return sizes.slice(1).flatMap((outputs, layer) => [
    { name: `layer-${layer}.weights`, shape: [sizes[layer]!, outputs] },
    { name: `layer-${layer}.bias`, shape: [outputs] },
  ]);
}

/** Initial weights: normal with variance 2/inputs of the layer (`fanIn` for the first, whose input is sparse), biases 0. */
export function initialDiscriminator(shape: DiscriminatorShape, stream: Stream, fanIn: number): Parameter[] {
  return discriminatorTensors(shape).map((tensor, index) => {
    const values = new Float32Array(tensor.shape.reduce((product, size) => product * size, 1));
    const spread = Math.sqrt(2 / (index === 0 ? fanIn : tensor.shape[0]!));
    const isDrawn = tensor.name.endsWith('.weights');
    for (let entry = 0; isDrawn && entry < values.length; entry++) values[entry] = spread * stream.nextNormal();
    return { ...tensor, values };
  });
}

/** A discriminator on a backend; the caller disposes of its tensors. */
export interface DiscriminatorTensors {
  readonly shape: DiscriminatorShape;
  readonly weights: readonly Matrix[];
  readonly biases: readonly Vector[];
  /** Transposes of the weights behind the first layer, where the backend is slow at transpose flags: all passes share them. */
  readonly transposed: readonly Matrix[] | undefined;
}

/** Puts a discriminator on a backend. */
export function loadDiscriminator(
  ops: TensorOps,
  shape: DiscriminatorShape,
  parameters: Parameters,
): DiscriminatorTensors {
  const tensors = parameters.map(({ values, shape: sizes }) => ops.tensor(values, [...sizes], 'float32'));
  const weights = tensors.filter((_, index) => index % 2 === 0) as Matrix[];
  return {
    shape,
    weights,
    biases: tensors.filter((_, index) => index % 2 === 1) as Vector[],
    transposed: hasFastFlags(ops) ? undefined : weights.slice(1).map((matrix) => ops.transpose(matrix)),
  };
}

interface RectifierTrace {
  readonly slopes: Matrix;
  readonly normed: Matrix;
  readonly inverse?: Matrix;
}

/** What a forward pass leaves for the backward pass. */
export interface DiscriminatorTrace {
  /** Input of every layer. */
  readonly inputs: readonly Matrix[];
  /** Per hidden layer: slopes of its rectifier, what stands before it, and, with layer norm, one over the standard deviation. */
  readonly before: readonly RectifierTrace[];
  /** rows × 1. */
  readonly logits: Matrix;
}

/** Logits of rows, and what is needed to go back. Every row's values depend on this row alone. */
export function traceDiscriminator(
  ops: TensorOps,
  { shape, weights, biases }: DiscriminatorTensors,
  input: Matrix,
): DiscriminatorTrace {
  const inputs: Matrix[] = [input];
  const before: RectifierTrace[] = [];
  for (let layer = 0; layer < shape.hiddenSizes.length; layer++) {
    const sums: Matrix = ops.add(ops.matMul(inputs[layer]!, weights[layer]!), biases[layer]!);
    const state = shape.layerNorm ? normRows(ops, sums) : { normed: sums };
    const slopes = leakySlopes(ops, state.normed);
    before.push({ ...state, slopes });
    inputs.push(ops.mul(state.normed, slopes));
  }
  const last = shape.hiddenSizes.length;
  return { inputs, before, logits: ops.add(ops.matMul(inputs[last]!, weights[last]!), biases[last]!) };
}

function normRows(ops: TensorOps, sums: Matrix): { normed: Matrix; inverse: Matrix } {
  const centred: Matrix = ops.sub(sums, ops.mean(sums, 1, true));
  const variance = ops.mean(ops.mul(centred, centred), 1, true);
  const inverse: Matrix = ops.div(1, ops.sqrt(ops.add(variance, LAYER_NORM_EPSILON)));
  return { normed: ops.mul(centred, inverse), inverse };
}

/**
 * One backward pass: for every row and layer, the gradient of the row's own loss with respect to the layer's sums. Nothing is
 * averaged over rows; the gradient of row i with respect to a layer's weights is the outer product of the layer's input and
 * this.
 * @param outer gradient of each row's loss with respect to its logit, rows × 1.
 * @returns one matrix per layer, rows × outputs.
 */
export function backpropagateRows(
  ops: TensorOps,
  { shape, weights, transposed }: DiscriminatorTensors,
  trace: DiscriminatorTrace,
  outer: Matrix,
): Matrix[] {
  const deltas: Matrix[] = [outer];
  for (let layer = shape.hiddenSizes.length - 1; layer >= 0; layer--) {
    const { slopes, normed, inverse } = trace.before[layer]!;
    const turned = transposed?.[layer];
    const arrived =
      turned === undefined
        ? timesTransposed(ops, deltas[0]!, weights[layer + 1]!)
        : ops.matMul<Matrix>(deltas[0]!, turned);
    const passed: Matrix = ops.mul(arrived, slopes);
    deltas.unshift(inverse === undefined ? passed : unnormRows(ops, passed, { normed, inverse }));
  }
  return deltas;
}

function unnormRows(
  ops: TensorOps,
  passed: Matrix,
  state: { readonly normed: Matrix; readonly inverse: Matrix },
): Matrix {
  const along = ops.mean(ops.mul(passed, state.normed), 1, true);
  const free = ops.sub(ops.sub(passed, ops.mean(passed, 1, true)), ops.mul(state.normed, along));
  return ops.mul(free, state.inverse);
}

/** Gradient of each row's loss with respect to its input, from the deltas of the first layer. */
export function inputGradients(ops: TensorOps, { weights }: DiscriminatorTensors, deltas: readonly Matrix[]): Matrix {
  return timesTransposed(ops, deltas[0]!, weights[0]!);
}
