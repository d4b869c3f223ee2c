import { setImmediate } from 'node:timers/promises';
import { type AdamSettings, type AdamState, createAdamState, stepAdam } from '../../neural/adam.ts';
import { type GeneratorShape, generatorLogits } from '../../neural/generator.ts';
import { softmaxHeads } from '../../neural/heads.ts';
import { type MarginalTargets, marginalLoss } from '../../neural/marginal-loss.ts';
import { type MovingAverage, startAverage, updateAverage } from '../../neural/moving-average.ts';
import { differentiate, type Parameters, toTensors } from '../../neural/parameters.ts';
import { transposedTimes } from '../../neural/products.ts';
import { withinScope } from '../../neural/scope.ts';
import type { Matrix, TensorOps } from '../../neural/tensors.ts';
import type { MarginalTable } from './marginal-targets.ts';

/** Moments of Adam as in its paper. */
const ADAM: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** See `MarginalTargets`; measured from epsilon 0.1 to 10. */
const EVENNESS = 70;

/** Decay of the moving average of the last fit. */
const AVERAGE_DECAY = 0.95;

/** Steps between pauses in which an abort can arrive. */
const STEPS_PER_PAUSE = 8;

/** A generator on its bank while it is fitted. */
export interface MarginalFit {
  readonly ops: TensorOps;
  readonly shape: GeneratorShape;
  /** Inputs of all components; kept until `endFit`. */
  readonly inputs: Matrix;
  /** Changed in place. */
  readonly parameters: Parameters;
  readonly adam: AdamState;
}

/** Puts a generator and its inputs onto the backend. @param inputs components × inputSize. */
export function beginFit(
  ops: TensorOps,
  shape: GeneratorShape,
  start: { readonly parameters: Parameters; readonly inputs: Float32Array },
): MarginalFit {
  const { parameters, inputs } = start;
  const matrix = ops.tensor2d(inputs, [inputs.length / shape.inputSize, shape.inputSize]);
  return { ops, shape, inputs: matrix, parameters, adam: createAdamState(parameters) };
}

/** Frees what `beginFit` put onto the backend. */
export function endFit({ inputs }: MarginalFit): void {
  inputs.dispose();
}

/** How to go on fitting. */
export interface FitSteps {
  readonly steps: number;
  /** Learning rate of a step. */
  readonly rate: (step: number) => number;
  /** Replaces the weights by their moving average over these steps when they are done. */
  readonly average?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Moves the generator towards the measured marginals, from where it is: all components, all marginals, every step.
 *
 * **Privacy**: post-processing; the loss is a function of released values and may be shown.
 * @throws the reason of the signal when it aborts.
 */
export async function fitMarginals(fit: MarginalFit, table: MarginalTable, job: FitSteps): Promise<void> {
  const { ops, shape, parameters, inputs } = fit;
  const targets = toTargets(ops, table);
  const average: MovingAverage | undefined = job.average ? startAverage(parameters) : undefined;
  try {
    for (let step = 0; step < job.steps; step++) {
      if (step % STEPS_PER_PAUSE === 0) await setImmediate();
      job.signal?.throwIfAborted();
      const { gradients } = differentiate(ops, parameters, (tensors) => {
        const logits = generatorLogits(ops, shape, { tensors, input: inputs });
        return marginalLoss(ops, softmaxHeads(ops, logits, shape.headSizes), targets);
      });
      stepAdam(fit.adam, parameters, { gradients, learningRate: job.rate(step), settings: ADAM });
      if (average !== undefined) updateAverage(average, parameters, AVERAGE_DECAY);
    }
  } finally {
    ops.dispose([targets.pairs, targets.pairWeights, targets.singles, targets.singleWeights]);
  }
  average?.average.forEach(({ values }, index) => {
    parameters[index]!.values.set(values);
  });
}

function toTargets(ops: TensorOps, table: MarginalTable): MarginalTargets {
  const { width } = table;
  return {
    pairs: ops.tensor2d(table.pairs, [width, width]),
    pairWeights: ops.tensor2d(table.pairWeights, [width, width]),
    singles: ops.tensor1d(table.singles),
    singleWeights: ops.tensor1d(table.singleWeights),
    evenness: EVENNESS,
  };
}

/**
 * Tables of all pairs of cells under the present generator, as shares: width × width, row-major.
 * **Privacy**: post-processing.
 */
export function pairShares({ ops, shape, parameters, inputs }: MarginalFit): Float32Array {
  return withinScope(ops, () => {
    const tensors = toTensors(ops, parameters);
    const shares = softmaxHeads(ops, generatorLogits(ops, shape, { tensors, input: inputs }), shape.headSizes);
    const gram = ops.div(transposedTimes(ops, shares, shares), inputs.shape[0]);
    return Float32Array.from(gram.dataSync<'float32'>());
  });
}
