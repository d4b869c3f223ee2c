import { type AdamSettings, type AdamState, createAdamState, stepAdam } from '../../neural/adam.ts';
import { conditionLoss, deceptionLoss } from '../../neural/deceive.ts';
import { type DiscriminatorShape, loadDiscriminator } from '../../neural/discriminator.ts';
import { type GeneratorShape, generatorLogits } from '../../neural/generator.ts';
import { gumbelHeads, gumbelNoise, softmaxHeads } from '../../neural/heads.ts';
import { type MarginalTargets, marginalLoss } from '../../neural/marginal-loss.ts';
import { differentiate, type Parameters, toTensors } from '../../neural/parameters.ts';
import { withinScope } from '../../neural/scope.ts';
import { hardenHeads } from '../../neural/straight-through.ts';
import { type AnyTensor, type Matrix, type Scalar, type TensorOps, withGradient } from '../../neural/tensors.ts';
import type { Stream } from '../../random/stream.ts';
import type { MarginalTable } from './marginal-targets.ts';

/** Temperature of the soft draws that carry gradients. */
const TEMPERATURE = 0.5;

/** Weight of giving the cell that was asked for, relative to deceiving. */
const CONDITION_WEIGHT = 1;

/**
 * Weight of keeping single columns as released, relative to deceiving: on the squared error of a share that was measured as
 * well as the average one. Not their precision itself: exact columns would drown everything else.
 */
const SINGLES_WEIGHT = 700;

/** A generator on its bank that learns to deceive. */
export interface AdversarialGenerator {
  readonly ops: TensorOps;
  readonly shape: GeneratorShape;
  /** Inputs of all components, and their conditions as one-hot rows; kept until `disposeGenerator`. */
  readonly inputs: Matrix;
  readonly conditions: Matrix;
  /** Released single columns; kept likewise. */
  readonly targets: MarginalTargets;
  readonly singlesWeight: number;
  /** Changed in place. */
  readonly parameters: Parameters;
  readonly adam: AdamState;
}

const ADAM: AdamSettings = { beta1: 0.5, beta2: 0.99, epsilon: 1e-8 };

/** What a generator starts from. */
export interface GeneratorStart {
  readonly shape: GeneratorShape;
  readonly parameters: Parameters;
  /** components × inputSize. */
  readonly inputs: Float32Array;
  /** components × width, one-hot. */
  readonly conditions: Float32Array;
  readonly table: MarginalTable;
}

/** Puts a generator with its inputs and targets onto the backend. */
export function createAdversarialGenerator(ops: TensorOps, start: GeneratorStart): AdversarialGenerator {
  const { shape, parameters, table } = start;
  const { width } = table;
  const components = start.inputs.length / shape.inputSize;
  return {
    ops,
    shape,
    parameters,
    adam: createAdamState(parameters),
    inputs: ops.tensor2d(start.inputs, [components, shape.inputSize]),
    conditions: ops.tensor2d(start.conditions, [components, width]),
    singlesWeight: SINGLES_WEIGHT / meanPositive(table.singleWeights),
    targets: {
      pairs: ops.tensor2d(table.pairs, [width, width]),
      pairWeights: ops.tensor2d(table.pairWeights, [width, width]),
      singles: ops.tensor1d(table.singles),
      singleWeights: ops.tensor1d(table.singleWeights),
      evenness: 0,
    },
  };
}

function meanPositive(weights: Float32Array): number {
  const positive = weights.filter((weight) => weight > 0);
  return positive.reduce((sum, weight) => sum + weight, 0) / Math.max(1, positive.length) || 1;
}

/** Frees what `createAdversarialGenerator` put onto the backend. */
export function disposeGenerator({ ops, inputs, conditions, targets }: AdversarialGenerator): void {
  ops.dispose([inputs, conditions, targets.pairs, targets.pairWeights, targets.singles, targets.singleWeights]);
}

/** Whom to deceive, and how fast to learn. */
export interface GeneratorStep {
  readonly discriminator: { readonly shape: DiscriminatorShape; readonly parameters: Parameters };
  readonly learningRate: number;
  readonly stream: Stream;
}

/**
 * One step of the generator, all components at once: deceive the discriminator, give what was asked for, keep single columns
 * as released.
 *
 * **Privacy**: post-processing of released weights and counts.
 * @returns the loss, a function of released values.
 */
export function stepGenerator(generator: AdversarialGenerator, step: GeneratorStep): number {
  const { ops, shape, inputs, conditions, targets, parameters } = generator;
  const noise = gumbelNoise(step.stream, conditions.size);
  const { loss, gradients } = differentiate(ops, parameters, (tensors) => {
    const network = loadDiscriminator(ops, step.discriminator.shape, step.discriminator.parameters);
    const logits = generatorLogits(ops, shape, { tensors, input: inputs });
    const draws = gumbelHeads(ops, logits, {
      sizes: shape.headSizes,
      temperature: TEMPERATURE,
      noise: ops.tensor2d(noise, conditions.shape),
    });
    const shares = softmaxHeads(ops, logits, shape.headSizes);
    return weighedSum(ops, [
      [deceptionLoss(ops, network, hardenHeads(ops, draws, shape.headSizes), conditions), 1],
      [conditionLoss(ops, shares, conditions), CONDITION_WEIGHT],
      [marginalLoss(ops, shares, targets), generator.singlesWeight],
    ]);
  });
  stepAdam(generator.adam, parameters, { gradients, learningRate: step.learningRate, settings: ADAM });
  return loss;
}

function weighedSum(ops: TensorOps, parts: readonly (readonly [Scalar, number])[]): Scalar {
  const terms: AnyTensor[] = parts.map(([part]) => part);
  return withGradient<Scalar>(ops, terms, () => ({
    value: parts.map(([part, weight]) => ops.mul<Scalar>(part, weight)).reduce((sum, part) => ops.add(sum, part)),
    gradients: (outer) => parts.map(([, weight]) => ops.mul(outer, weight)),
  }));
}

/** Head probabilities of all components: components × width. */
export function generatorShares({ ops, shape, inputs, parameters }: AdversarialGenerator): Float32Array {
  return withinScope(ops, () => {
    const logits = generatorLogits(ops, shape, { tensors: toTensors(ops, parameters), input: inputs });
    return Float32Array.from(softmaxHeads(ops, logits, shape.headSizes).dataSync<'float32'>());
  });
}
