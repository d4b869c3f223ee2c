import { TabveilError } from '../errors.ts';
import { withinScope } from './scope.ts';
import type { AnyTensor, Scalar, TensorOps } from './tensors.ts';

/** Trainable numbers of one tensor of a network; `values` are row-major and are changed in place by optimisers. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** All trainable tensors of a network in a fixed order: forward passes, gradients and optimisers share the order. */
export type Parameters = readonly Parameter[];

/** Number of trainable numbers. */
export function countParameters(parameters: Parameters): number {
  return parameters.reduce((sum, { values }) => sum + values.length, 0);
}

/** A copy that later changes do not reach. */
export function copyParameters(parameters: Parameters): Parameter[] {
  return parameters.map((parameter) => ({ ...parameter, values: parameter.values.slice() }));
}

/** The parameters as tensors; the caller disposes of them, best by `tidy`. */
export function toTensors(ops: TensorOps, parameters: Parameters): AnyTensor[] {
  return parameters.map(({ values, shape }) => ops.tensor(values, [...shape], 'float32'));
}

/**
 * All values one after another as doubles, as model folders store them; the conversion is exact.
 * @returns an array of `countParameters(parameters)` numbers.
 */
export function packParameters(parameters: Parameters): Float64Array {
  const packed = new Float64Array(countParameters(parameters));
  let offset = 0;
  for (const { values } of parameters) {
    packed.set(values, offset);
    offset += values.length;
  }
  return packed;
}

/**
 * The inverse of `packParameters`.
 * @param shapes names and shapes of the network that is expected.
 * @throws TabveilError (input) when the length does not fit or a value is no finite 32-bit float: the array comes from a file.
 */
export function unpackParameters(shapes: readonly Omit<Parameter, 'values'>[], packed: Float64Array): Parameter[] {
  const lengths = shapes.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const expected = lengths.reduce((sum, length) => sum + length, 0);
  if (packed.length !== expected) {
    throw malformed(`${packed.length} weights are stored, its network has ${expected}`);
  }
  let offset = 0;
  return shapes.map(({ name, shape }, index) => {
    const values = Float32Array.from(packed.subarray(offset, offset + lengths[index]!));
    offset += lengths[index]!;
    const wild = values.find((value) => !Number.isFinite(value));
    if (wild !== undefined) throw malformed(`a weight of "${name}" is ${wild}; weights are finite 32-bit floats`);
    return { name, shape, values };
  });
}

function malformed(finding: string): TabveilError {
  return new TabveilError('input', 'model.parts', `model: ${finding}. The model is damaged; get a fresh copy.`);
}

/** Value of a loss and its gradient with respect to every parameter. */
export interface LossGradient {
  readonly loss: number;
  /** One array per parameter, in the layout of its values. */
  readonly gradients: readonly Float32Array[];
}

/**
 * Evaluates a loss and its gradient by back-propagation.
 * @param loss gives a scalar tensor from the parameters as tensors; everything else it makes is disposed of.
 * **Numerics**: 32-bit floats; the same inputs give the same bits on the same backend and machine.
 */
export function differentiate(
  ops: TensorOps,
  parameters: Parameters,
  loss: (tensors: readonly AnyTensor[]) => Scalar,
): LossGradient {
  return withinScope(ops, () => {
    const evaluate = ops.valueAndGrads((...tensors: AnyTensor[]) => loss(tensors));
    const { value, grads } = evaluate(toTensors(ops, parameters));
    const gradients = grads.map((gradient) => Float32Array.from(gradient.dataSync<'float32'>()));
    return { loss: value.dataSync<'float32'>()[0]!, gradients };
  });
}
