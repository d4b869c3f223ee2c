import { setImmediate } from 'node:timers/promises';
import { TabveilError } from '../../errors.ts';
import type { Codes } from '../../marginals/count-source.ts';
import { loadNeuralBackend } from '../../neural/backend.ts';
import { MOST_L2_BOUND } from '../../neural/clipped-gradients.ts';
import { type GeneratorShape, initialGenerator } from '../../neural/generator.ts';
import { startAverage, updateAverage } from '../../neural/moving-average.ts';
import type { TensorOps } from '../../neural/tensors.ts';
import type { PlanShare } from '../../privacy/accounting/calibrate-plan.ts';
import { stepsPerClaim } from '../../privacy/claimed-releases.ts';
import { samplingRateNear } from '../../privacy/noise/poisson-sample.ts';
import { l2BoundFor } from '../../privacy/noise/subsampled-gaussian.ts';
import type { Private } from '../../privacy/private.ts';
import { createStream, type Stream } from '../../random/stream.ts';
import { plannedEvent } from '../measure.ts';
import { type OneWayPhase, planOneWay, runOneWayPhase } from '../one-way-phase.ts';
import type { FitInput, PlanShape } from '../synthesizer.ts';
import {
  type AdversarialGenerator,
  createAdversarialGenerator,
  disposeGenerator,
  generatorShares,
  stepGenerator,
} from './adversarial-generator.ts';
import { type AdversarialState, keepState, restoreState } from './adversarial-state.ts';
import { ADVERSARY_LABEL, type Adversary, createAdversary, stepAdversary } from './adversary.ts';
import { askComponents, type CellLayout, layOut } from './conditions.ts';
import { adversarialCost } from './expected-cost.ts';
import { drawFakes } from './fakes.ts';
import { bankInputSize, bankInputs, type LatentBank } from './latent-bank.ts';
import { tabulateTargets } from './marginal-targets.ts';
import { backendChoice, readNumber } from './options.ts';
import { type PrivateUnits, unitPerEntity, unitPerRow } from './private-units.ts';
import type { CtganTrainer, TrainedGenerator } from './trainer.ts';

/** Share of the budget for single columns: conditions and starting point; the discriminator's steps get the rest. */
const ONE_WAY_SHARE = 0.15;

/** Norm that a row's gradient is clipped to. Nearly all rows' gradients are longer, so it is a unit of the learning rate. */
const CLIP = 1;

/** Learning rates; the generator's falls to a tenth. */
const RATES = { discriminator: 7e-3, generator: 2e-3 } as const;

/** Steps of the discriminator for which the generator waits, and then steps of the generator. */
const ROUND = { discriminatorSteps: 4, generatorSteps: 2 } as const;

/** Share of all steps before the generator's first one: a discriminator that knows nothing teaches nothing. */
const WARM_UP = 0.1;

/** Decay of the moving average of the generator, per round. */
const AVERAGE_DECAY = 0.98;

/** Hidden layers of the discriminator: small, because noise grows with the square root of the number of weights. */
const DISCRIMINATOR_HIDDEN = [64, 32] as const;

/** Most losses that are noted with the model. */
const NOTED_LOSSES = 16;

function planShares(shape: PlanShape): PlanShare[] {
  return [
    ...planOneWay(shape, ONE_WAY_SHARE),
    {
      label: ADVERSARY_LABEL,
      purpose: 'discriminator steps on clipped gradients of drawn units',
      kind: 'subsampled-gaussian',
      weight: 1 - ONE_WAY_SHARE,
      samplingRate: samplingRateNear(1 / readNumber(shape.options, 'oneRowIn')),
      steps: readNumber(shape.options, 'adversarySteps'),
    },
  ];
}

/** Shares below this, in standard deviations of their noise, start at it: the logarithm needs something positive. */
const LEAST_SIGMAS = 0.5;

/** Released shares of every column over merged cells; at least a little everywhere. */
function releasedShares({ input, measurements, ...phase }: OneWayPhase): Float64Array[] {
  const rows = Math.max(1, phase.rows);
  return input.domain.sizes.map((size, attribute) => {
    const measured = measurements.find(({ clique }) => clique.length === 1 && clique[0] === attribute);
    const least = LEAST_SIGMAS * Math.sqrt(measured?.variance ?? 1);
    return Float64Array.from({ length: size }, (_, cell) => Math.max(measured?.counts[cell] ?? 0, least) / rows);
  });
}

/** The private rows over merged cells, by unit of privacy; computed at most once. */
function mergedUnits(
  { merges }: OneWayPhase,
  rows: Private<readonly Codes[]>,
  { entities, unitRows }: FitInput,
): Private<PrivateUnits> {
  const merged = rows.map((columns) =>
    columns.map((codes, attribute) => {
      const map = merges[attribute]?.recoding.codes;
      return map === undefined ? codes : codes.map((code) => map[code]!);
    }),
  );
  const units =
    entities === undefined
      ? merged.map(unitPerRow)
      : merged.zip(entities).map(([codes, numbers]) => unitPerEntity(codes, numbers, unitRows));
  return units.memo();
}

/** What is settled before the first step. */
interface Setting {
  readonly input: FitInput;
  readonly phase: OneWayPhase;
  readonly layout: CellLayout;
  readonly released: readonly Float64Array[];
  readonly bank: LatentBank;
  readonly shape: GeneratorShape;
  readonly stream: Stream;
}

function settle(input: FitInput, phase: OneWayPhase): Setting {
  const { domain } = phase.input;
  const target = input.target === undefined ? -1 : domain.names.indexOf(input.target);
  const layout = layOut(domain.sizes, target < 0 ? undefined : target);
  const released = releasedShares(phase);
  const seed = readNumber(input.options, 'seed');
  const stream = createStream(seed, 'ctgan', 'adversarial');
  const components = readNumber(input.options, 'components');
  const conditions = askComponents(layout, released, { components, stream: stream.split('conditions') });
  const bank = { components, latentSize: readNumber(input.options, 'latent'), seed, conditions };
  const shape = {
    inputSize: bankInputSize(bank, layout.width),
    hiddenSize: readNumber(input.options, 'hidden'),
    blocks: readNumber(input.options, 'blocks'),
    headSizes: domain.sizes,
  };
  return { input, phase, layout, released, bank, shape, stream };
}

/** Puts the generator on the backend; its heads start at the released shares. */
function startGenerator(
  ops: TensorOps,
  { phase, layout, released, bank, shape, stream }: Setting,
): AdversarialGenerator {
  const { measurements, input } = phase;
  const table = tabulateTargets({
    sizes: input.domain.sizes,
    measurements,
    zeros: input.zeros,
    rows: Math.max(1, phase.rows),
  });
  const logits = released.flatMap((shares) => Array.from(shares, Math.log));
  return createAdversarialGenerator(ops, {
    shape,
    parameters: initialGenerator(shape, stream.split('generator'), logits),
    inputs: bankInputs(bank, layout.width),
    conditions: oneHot(bank.conditions ?? new Int32Array(0), layout.width),
    table,
  });
}

function oneHot(cells: Int32Array, width: number): Float32Array {
  const rows = new Float32Array(cells.length * width);
  for (const [row, cell] of cells.entries()) rows[row * width + cell] = 1;
  return rows;
}

/** A fresh discriminator, with clipping and normaliser from the planned event and the released number of rows. */
function startAdversary(ops: TensorOps, { input, phase, layout, stream }: Setting): Adversary {
  const event = plannedEvent(input, ADVERSARY_LABEL);
  if (event.kind !== 'subsampled-gaussian') {
    throw new TabveilError('bug', 'ctgan.plan', `model ctgan: "${ADVERSARY_LABEL}" plans ${event.kind}.`);
  }
  const { unitRows } = input;
  const unitBound = l2BoundFor(event.noiseMultiplier, MOST_L2_BOUND * unitRows);
  const terms = { clip: CLIP, l2Bound: Math.max(1, Math.floor(unitBound / unitRows)) };
  const normaliser = Math.max(1, event.samplingRate * phase.rows);
  const settings = { ops, layout, terms, unitRows, normaliser, learningRate: RATES.discriminator };
  return createAdversary({ ...settings, hiddenSizes: DISCRIMINATOR_HIDDEN }, stream.split('discriminator'));
}

/** A training on its way. */
interface Training extends Setting {
  readonly units: Private<PrivateUnits>;
  readonly generator: AdversarialGenerator;
  readonly adversary: Adversary;
}

/**
 * All steps: a fixed number of the discriminator's, and after every few of them some of the generator's. A training that is
 * taken up again goes on where it was kept, with as many steps fewer as were begun and lost.
 * @returns losses of the generator, functions of released values.
 */
async function runSteps(training: Training): Promise<number[]> {
  const { input, adversary, generator } = training;
  const planned = readNumber(input.options, 'adversarySteps');
  const state: AdversarialState = { generator, adversary, average: startAverage(generator.parameters), losses: [] };
  const { memory } = input;
  const kept = memory?.kept;
  if (kept !== undefined) restoreState(state, kept);
  const first = kept?.steps ?? 0;
  const steps = planned - Math.max(0, (memory?.begunSteps(ADVERSARY_LABEL) ?? 0) - first);
  const atOnce = stepsPerClaim(planned);
  let shares = generatorShares(generator);
  for (let step = first + 1; step <= steps; step++) {
    // Promises alone never let signals and timers in.
    await setImmediate();
    if (input.signal?.aborted) await memory?.keep(keepState(state, step - 1));
    input.signal?.throwIfAborted();
    await stepDiscriminator(training, { shares, step });
    if (step % ROUND.discriminatorSteps === 0 && step > WARM_UP * steps) {
      turnGenerator(training, state, step / steps);
      shares = generatorShares(generator);
    }
    if ((step - first) % atOnce === 0 || step === steps) await memory?.keep(keepState(state, step));
    input.onProgress?.(step, steps, state.losses.at(-1));
  }
  return finish(state);
}

/** Streams are derived from the number of the step, so that a training that is taken up again draws what it would have drawn. */
async function stepDiscriminator(
  { input, adversary, layout, bank, stream, units }: Training,
  { shares, step }: { readonly shares: Float32Array; readonly step: number },
): Promise<void> {
  const count = readNumber(input.options, 'fakes');
  await stepAdversary(adversary, {
    mechanisms: input.mechanisms,
    units,
    fakes: drawFakes(layout, { shares, asked: bank.conditions! }, { count, stream: stream.split('fakes', step) }),
    seed: stream.split('seed', step).nextUint32(),
  });
}

/** The generator's turn. @param progress share of the steps that are done, 0 to 1. */
function turnGenerator(
  { generator, adversary, stream }: Training,
  { average, losses }: AdversarialState,
  progress: number,
): void {
  const draws = stream.split('draws', adversary.adam.steps);
  const learningRate = RATES.generator * (1 - 0.9 * progress);
  for (let turn = 0; turn < ROUND.generatorSteps; turn++) {
    losses.push(stepGenerator(generator, { discriminator: adversary, learningRate, stream: draws.split(turn) }));
  }
  updateAverage(average, generator.parameters, AVERAGE_DECAY);
}

/** The generator becomes its moving average. @returns its losses. */
function finish({ generator, average, losses }: AdversarialState): number[] {
  for (const [index, { values }] of average.average.entries()) generator.parameters[index]!.values.set(values);
  return losses;
}

async function train(input: FitInput): Promise<TrainedGenerator> {
  const { rows: sealed } = input;
  if (sealed === undefined) {
    throw new TabveilError(
      'usage',
      'synthesizer.rows',
      'model ctgan: learn "adversarial" needs the rows themselves, but this table can only be counted; use learn "marginals".',
    );
  }
  const { ops, name } = await loadNeuralBackend(backendChoice(input));
  const phase = await runOneWayPhase(input);
  const setting = settle(input, phase);
  const generator = startGenerator(ops, setting);
  try {
    const adversary = startAdversary(ops, setting);
    const losses = await runSteps({ ...setting, units: mergedUnits(phase, sealed, input), generator, adversary });
    const every = Math.ceil(losses.length / NOTED_LOSSES);
    const noted = losses.filter((_, index) => (losses.length - 1 - index) % every === 0);
    return {
      rows: phase.rows,
      merges: phase.merges,
      shape: setting.shape,
      parameters: generator.parameters,
      bank: setting.bank,
      measurements: phase.measurements,
      errors: Float64Array.from(noted),
      notes: { backend: name },
    };
  } finally {
    disposeGenerator(generator);
  }
}

/**
 * Trains the generator against a discriminator that sees private rows through DP-SGD: Poisson draws at a public rate, each
 * row conditioned on a cell of its own, gradients clipped over all layers jointly, exact integer sums, rounded Gaussian noise,
 * a fixed number of steps. The generator starts from the released single columns and is kept to them.
 *
 * @source Xu et al. 2019 (CTGAN, arXiv 1907.00503) for conditional training; Abadi et al. 2016 (arXiv 1607.00133) for DP-SGD;
 * Bie, Kamath and Zhang 2023 (arXiv 2302.02936) for many discriminator steps per generator step and large batches. Differs
 * from CTGAN where that cannot be private: conditions come from drawn rows instead of rows from conditions, no packs, no batch
 * norm, no penalty on real rows.
 */
export const adversarialTrainer: CtganTrainer = {
  summary: 'the generator learns to deceive a discriminator trained by DP-SGD',
  planShares,
  expectCost: adversarialCost,
  train,
};
