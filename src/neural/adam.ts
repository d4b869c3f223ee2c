import type { Parameters } from './parameters.ts';

/** Decay rates of the moments and the stabiliser, as in the paper's algorithm 1. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** The optimiser's memory: first and second moments, one array per parameter. Plain numbers, so that it can be stored. */
export interface AdamState {
  steps: number;
  readonly first: readonly Float64Array[];
  readonly second: readonly Float64Array[];
}

/** A fresh memory for these parameters. */
export function createAdamState(parameters: Parameters): AdamState {
  return {
    steps: 0,
    first: parameters.map(({ values }) => new Float64Array(values.length)),
    second: parameters.map(({ values }) => new Float64Array(values.length)),
  };
}

/** One step of gradient descent. */
export interface AdamStep {
  readonly gradients: readonly ArrayLike<number>[];
  readonly learningRate: number;
  readonly settings: AdamSettings;
}

/**
 * Adam: moves parameters in place along the bias-corrected moments of the gradients.
 *
 * **Privacy**: post-processing of the gradients it is given.
 * **Numerics**: moments in 64-bit floats, parameters rounded to 32 bits after each step.
 * @source Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1.
 */
export function stepAdam(state: AdamState, parameters: Parameters, step: AdamStep): void {
  const { beta1, beta2, epsilon } = step.settings;
  state.steps += 1;
  const rate = step.learningRate / (1 - beta1 ** state.steps);
  const scale = 1 / (1 - beta2 ** state.steps);
  for (const [index, { values }] of parameters.entries()) {
    const first = state.first[index]!;
    const second = state.second[index]!;
    const gradients = step.gradients[index]!;
    for (let entry = 0; entry < values.length; entry++) {
      const gradient = gradients[entry]!;
      first[entry] = beta1 * first[entry]! + (1 - beta1) * gradient;
      second[entry] = beta2 * second[entry]! + (1 - beta2) * gradient * gradient;
      values[entry]! -= (rate * first[entry]!) / (Math.sqrt(second[entry]! * scale) + epsilon);
    }
  }
}
