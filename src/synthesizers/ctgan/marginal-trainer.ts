import type { Clique, Domain } from '../../marginals/domain.ts';
import { countCells } from '../../marginals/domain.ts';
import type { Measurement } from '../../marginals/measurement.ts';
import { loadNeuralBackend } from '../../neural/backend.ts';
import { type GeneratorShape, initialGenerator } from '../../neural/generator.ts';
import { createStream } from '../../random/stream.ts';
import {
  countRounds,
  drawCandidates,
  listPairs,
  measureLabel,
  noisePenalty,
  planAdaptiveRounds,
  roundsPerBatch,
  selectLabel,
} from '../adaptive-rounds.ts';
import { measureMarginal, plannedVariance, selectWorst } from '../measure.ts';
import { type OneWayPhase, runOneWayPhase } from '../one-way-phase.ts';
import type { FitInput } from '../synthesizer.ts';
import type { Candidate } from '../workload.ts';
import { marginalCost } from './expected-cost.ts';
import { bankInputs, type LatentBank } from './latent-bank.ts';
import { beginFit, endFit, fitMarginals, type MarginalFit, pairShares } from './marginal-fit.ts';
import { errorPerCell, tabulateTargets } from './marginal-targets.ts';
import { backendChoice, FIRST_STEPS, readNumber } from './options.ts';
import type { CtganTrainer, TrainedGenerator } from './trainer.ts';

/** Learning rate between measurements, and at the start of the last fit, from where it falls to 0; measured. */
const LEARNING_RATE = 1e-3;

/** Shares below this, in standard deviations of their noise, start at it: the logarithm needs something positive. */
const LEAST_START_SIGMAS = 0.5;

/** A training on its way. */
interface Training {
  readonly phase: OneWayPhase;
  readonly fit: MarginalFit;
  readonly rows: number;
}

function shapeOf(input: FitInput, domain: Domain): { readonly shape: GeneratorShape; readonly bank: LatentBank } {
  const { options } = input;
  const bank = {
    components: readNumber(options, 'components'),
    latentSize: readNumber(options, 'latent'),
    seed: readNumber(options, 'seed'),
  };
  const shape = {
    inputSize: bank.latentSize,
    hiddenSize: readNumber(options, 'hidden'),
    blocks: readNumber(options, 'blocks'),
    headSizes: domain.sizes,
  };
  return { shape, bank };
}

/** Logarithms of the released shares of single columns: where every component starts, up to its random weights. */
function startingLogits(phase: OneWayPhase, rows: number): number[] {
  return phase.input.domain.sizes.flatMap((size, attribute) => {
    const measured = phase.measurements.find(({ clique }) => clique.length === 1 && clique[0] === attribute);
    const least = LEAST_START_SIGMAS * Math.sqrt(measured?.variance ?? 1);
    return Array.from({ length: size }, (_, cell) => Math.log(Math.max(measured?.counts[cell] ?? 0, least) / rows));
  });
}

/** Expected counts of a pair of columns, cut out of the table of all pairs of cells. */
function cutPair(shares: Float32Array, domain: Domain, [first, second]: Clique, rows: number): Float64Array {
  const width = domain.sizes.reduce((sum, size) => sum + size, 0);
  const startOf = (attribute: number) => domain.sizes.slice(0, attribute).reduce((sum, size) => sum + size, 0);
  const [top, left] = [startOf(first!), startOf(second!)];
  const columns = domain.sizes[second!]!;
  return Float64Array.from(
    { length: countCells(domain, [first!, second!]) },
    (_, cell) => rows * shares[(top + Math.floor(cell / columns)) * width + left + (cell % columns)]!,
  );
}

/** Chooses and measures the rounds of one batch with one state of the generator, each pair at most once. */
async function runBatch(
  training: Training,
  job: { readonly all: readonly Candidate[]; readonly rounds: readonly number[]; readonly shares: Float32Array },
): Promise<Measurement[]> {
  const { input } = training.phase;
  let open = drawCandidates(job.all, job.rounds[0]!);
  const estimates = new Map(
    open.map(({ clique }) => [clique, cutPair(job.shares, input.domain, clique, training.rows)] as const),
  );
  const measured: Measurement[] = [];
  for (const round of job.rounds) {
    input.signal?.throwIfAborted();
    const variance = plannedVariance(input, measureLabel(round));
    const winner = await selectWorst(input, {
      label: selectLabel(round),
      cliques: open.map(({ clique }) => clique),
      weights: open.map(({ weight }) => weight),
      estimates: open.map(({ clique }) => estimates.get(clique)!),
      penalties: open.map(({ clique }) => noisePenalty(input.domain, clique, variance)),
    });
    const { clique } = open[winner]!;
    measured.push(await measureMarginal(input, clique, measureLabel(round)));
    open = open.filter((candidate) => candidate.clique !== clique);
  }
  return measured;
}

/** What rounds give: everything measured, and the error per measured cell after each fit. */
interface Learned {
  readonly measurements: readonly Measurement[];
  readonly errors: Float64Array;
}

async function runRounds(training: Training): Promise<Learned> {
  const { phase, fit, rows } = training;
  const { input } = phase;
  const total = countRounds(input);
  const all = listPairs(input);
  const batch = roundsPerBatch(total, all.length);
  const steps = readNumber(input.options, 'steps');
  const measurements = [...phase.measurements];
  const errors: number[] = [];
  let shares: Float32Array = new Float32Array(0);
  const refit = async (job: { readonly steps: number; readonly isLast?: boolean }) => {
    const table = tabulateTargets({ sizes: input.domain.sizes, measurements, zeros: input.zeros, rows });
    const rate = (step: number) =>
      LEARNING_RATE * (job.isLast ? 0.5 + 0.5 * Math.cos((Math.PI * step) / job.steps) : 1);
    await fitMarginals(fit, table, { ...job, rate, average: job.isLast === true, signal: input.signal });
    shares = pairShares(fit);
    errors.push(errorPerCell(table, input.domain.sizes, shares));
  };
  await refit({ steps: FIRST_STEPS * steps });
  for (let first = 0; first < total; first += batch) {
    const rounds = Array.from({ length: Math.min(batch, total - first) }, (_, index) => first + index);
    measurements.push(...(await runBatch(training, { all, rounds, shares })));
    await refit({ steps });
    input.onProgress?.(first + rounds.length, total + 1, errors.at(-1));
  }
  await refit({ steps: readNumber(input.options, 'finalSteps'), isLast: true });
  input.onProgress?.(total + 1, total + 1, errors.at(-1));
  return { measurements, errors: Float64Array.from(errors) };
}

async function train(input: FitInput): Promise<TrainedGenerator> {
  const phase = await runOneWayPhase(input);
  const { domain } = phase.input;
  const rows = Math.max(1, phase.rows);
  const { shape, bank } = shapeOf(input, domain);
  const { ops, name } = await loadNeuralBackend(backendChoice(input));
  const weights = createStream(bank.seed, 'ctgan', 'weights');
  const parameters = initialGenerator(shape, weights, startingLogits(phase, rows));
  const fit = beginFit(ops, shape, { parameters, inputs: bankInputs(bank, shape.inputSize) });
  try {
    const { measurements, errors } = await runRounds({ phase, fit, rows });
    const pairs = measurements.filter(({ clique }) => clique.length > 1).map(({ clique }) => clique);
    const notes = {
      backend: name,
      measured: pairs.map((clique) => clique.map((attribute) => domain.names[attribute]!)),
    };
    return { rows: phase.rows, merges: phase.merges, shape, parameters, bank, measurements, errors, notes };
  } finally {
    endFit(fit);
  }
}

/**
 * Trains the generator on adaptively chosen noisy marginals: every column first, then, round by round, the pair that the
 * present generator gets most wrong by the exponential mechanism, measured with discrete Gaussian noise; after each
 * measurement the generator goes on descending the weighted squared error of everything measured so far. Private rows are
 * touched by counting alone.
 *
 * @source Liu, Vietri and Wu 2021 (GEM, arXiv 2106.07153), algorithm 2; MargNet (arXiv 2511.13893). Differs in AIM's plan
 * of rounds and penalties, in a fixed bank of latent vectors (so that the finished model is the fitted mixture and no
 * sample of it), in exact pair tables by one matrix product, and in weights by precision.
 */
export const marginalTrainer: CtganTrainer = {
  summary: 'the generator learns from adaptively measured noisy pair tables',
  planShares: planAdaptiveRounds,
  expectCost: marginalCost,
  train,
};
