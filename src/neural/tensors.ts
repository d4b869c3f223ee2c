import type * as TensorFlow from '@tensorflow/tfjs-core';

/** The operations of TensorFlow.js as a namespace; layers take it as their first argument, so importing them loads nothing. */
export type TensorOps = typeof import('@tensorflow/tfjs-core');

/** A matrix of 32-bit floats, row-major. */
export type Matrix = TensorFlow.Tensor2D;

/** A vector of 32-bit floats. */
export type Vector = TensorFlow.Tensor1D;

/** A single 32-bit float. */
export type Scalar = TensorFlow.Scalar;

/** Any tensor. */
export type AnyTensor = TensorFlow.Tensor;

/** What an operation with its own gradient gives back. */
export interface DifferentiableValue<T extends AnyTensor> {
  readonly value: T;
  /** Gradients with respect to all inputs, in their order, from the gradient of the value and the saved tensors. */
  readonly gradients: (outer: T, saved: readonly AnyTensor[]) => AnyTensor[];
}

/**
 * Applies an operation whose gradient is written out. Every differentiable step here is made this way: the core of
 * TensorFlow.js comes without gradients, and those of its umbrella package use kernels that a backend lacks or runs slowly.
 * @param inputs tensors the operation depends on.
 * @param apply computes the value; `save` keeps tensors for the gradient.
 */
export function withGradient<T extends AnyTensor>(
  ops: TensorOps,
  inputs: readonly AnyTensor[],
  apply: (save: (tensors: AnyTensor[]) => void) => DifferentiableValue<T>,
): T {
  const operation = ops.customGrad<T>((...received) => {
    const save = received.at(-1) as (tensors: AnyTensor[]) => void;
    const { value, gradients } = apply(save);
    return { value, gradFunc: (outer, saved) => gradients(outer, saved) };
  });
  return operation(...inputs);
}
