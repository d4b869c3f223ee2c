import { TabveilError } from '../errors.ts';
import { type Clique, countCells, type Domain } from './domain.ts';
import { type DualPoint, type DualProblem, dualityGap, measurementLoss, minimizeDual } from './dual-solver.ts';
import type { GraphicalModel } from './graphical-model.ts';
import { createMarginalOracle, type Factor, type MarginalOracle } from './marginal-oracle.ts';
import type { Measurement } from './measurement.ts';

/** State of a running estimation. */
export interface EstimateProgress {
  /** Belief propagations so far, line searches not counted. */
  readonly steps: number;
  /** Certified distance to the optimum of the last stage, in nats of log-likelihood. */
  readonly gap: number;
  /** The gap at which the estimation ends. */
  readonly tolerance: number;
}

/** How to estimate; `total` is the only required fact. */
export interface EstimateOptions {
  /** Number of rows, public or released; not negative. */
  readonly total: number;
  /** Weight of the pull towards maximum entropy per row; see `DualProblem`. */
  readonly entropyWeight?: number;
  /** Ends when the duality gap is below this fraction of half the number of measured cells (the loss pure noise leaves). */
  readonly relativeGap?: number;
  /** Ends unconverged after this many steps. */
  readonly maxSteps?: number;
  /** A model of the same domain, usually of fewer measurements, whose potentials are the starting point. */
  readonly warmStart?: GraphicalModel;
  /** Public knowledge as log potentials: -Infinity for combinations that cannot occur, 0 elsewhere. */
  readonly fixed?: readonly Factor[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EstimateProgress) => void;
}

/** Measured: smaller values fit the noise without improving unmeasured marginals, larger ones blur strong dependence. */
export const DEFAULT_ENTROPY_WEIGHT = 0.01;
const DEFAULT_RELATIVE_GAP = 0.02;
const DEFAULT_MAX_STEPS = 1000;
/** From a cold start the entropy weight falls to its final value by this factor per stage; each is quick from the last. */
const STAGE_FACTOR = 4;
const FIRST_ENTROPY_WEIGHT = 1;
/** Early stages end at this gap relative to their loss; more precision would be thrown away by the next stage. */
const STAGE_GAP = 0.3;
/** Milliseconds between returns to the event loop, so that signals and timers work. */
const SLICE_MS = 30;

/**
 * The graphical model that fits noisy marginals best: maximum likelihood under Gaussian noise with a slight pull
 * towards maximum entropy, exact up to a certified duality gap.
 *
 * @param measurements - noisy counts; several of one clique are combined by their precision
 * @throws TabveilError when a measurement or option is malformed; the signal's reason when aborted.
 *
 * **Privacy**: post-processing of released counts.
 * **Numerics**: ends when objective − optimum ≤ relativeGap · measured cells / 2 nats.
 * **Cost**: typically 40–150 belief propagations, each about 10 ns per junction-tree cell.
 * @source McKenna, Sheldon, Miklau 2019 (Private-PGM); solved in the dual, see `minimizeDual`
 */
export async function estimate(
  domain: Domain,
  measurements: readonly Measurement[],
  options: EstimateOptions,
): Promise<GraphicalModel> {
  checkInputs(domain, measurements, options);
  const combined = combineMeasurements(measurements);
  const oracle = createMarginalOracle(
    domain,
    combined.map(({ clique }) => clique),
    options.fixed,
  );
  const potentials =
    options.total > 0 && oracle.length > 0
      ? await fitPotentials(oracle, combined, options)
      : new Float64Array(oracle.length);
  return readModel(oracle, options.total, potentials);
}

function checkInputs(domain: Domain, measurements: readonly Measurement[], { total }: EstimateOptions): void {
  if (!(Number.isFinite(total) && total >= 0)) {
    throw new TabveilError(
      'bug',
      'estimate.total',
      `estimate: the total is ${total}; it is a finite number of at least 0.`,
    );
  }
  for (const { clique, counts, variance } of measurements) {
    const ascending = clique.every((attribute, index) => index === 0 || attribute > clique[index - 1]!);
    const cells = countCells(domain, clique);
    if (!ascending || counts.length !== cells || !counts.every(Number.isFinite)) {
      throw new TabveilError(
        'bug',
        'estimate.measurement',
        `estimate: the measurement of [${clique}] has ${counts.length} counts; it needs ${cells} finite counts over ascending attributes.`,
      );
    }
    if (!(Number.isFinite(variance) && variance > 0)) {
      throw new TabveilError(
        'bug',
        'estimate.variance',
        `estimate: the measurement of [${clique}] has variance ${variance}; variances are positive and finite.`,
      );
    }
  }
}

/** One measurement per clique: repeated ones are averaged by precision, which loses nothing under Gaussian noise. */
export function combineMeasurements(measurements: readonly Measurement[]): Measurement[] {
  const byClique = new Map<string, Measurement>();
  for (const measurement of measurements) {
    const key = measurement.clique.join(',');
    const known = byClique.get(key);
    byClique.set(key, known === undefined ? measurement : average(known, measurement));
  }
  return [...byClique.values()];
}

function average(first: Measurement, second: Measurement): Measurement {
  const variance = 1 / (1 / first.variance + 1 / second.variance);
  const share = variance / first.variance;
  return {
    clique: first.clique,
    counts: first.counts.map((count, cell) => share * count + (1 - share) * second.counts[cell]!),
    variance,
  };
}

async function fitPotentials(
  oracle: MarginalOracle,
  measurements: readonly Measurement[],
  options: EstimateOptions,
): Promise<Float64Array> {
  const targets = new Float64Array(oracle.length);
  const weights = new Float64Array(oracle.length);
  measurements.forEach(({ counts, variance }, index) => {
    const offset = oracle.offsets[index]!;
    targets.set(counts, offset);
    weights.fill(1 / variance, offset, offset + counts.length);
  });
  const final = options.entropyWeight ?? DEFAULT_ENTROPY_WEIGHT;
  const tolerance = ((options.relativeGap ?? DEFAULT_RELATIVE_GAP) * oracle.length) / 2;
  const clock = createClock(options, tolerance);
  let potentials = startPotentials(oracle, options.warmStart);
  const stages = options.warmStart === undefined ? entropyStages(final) : [final];
  for (const entropyWeight of stages) {
    const problem: DualProblem = { oracle, targets, weights, total: options.total, entropyWeight };
    const last = entropyWeight === final;
    const enough = (point: DualPoint, gap: number) =>
      gap <= (last ? tolerance : Math.max(tolerance, STAGE_GAP * measurementLoss(problem, point)));
    potentials = await runStage(problem, potentials, enough, clock);
  }
  return potentials;
}

function entropyStages(final: number): number[] {
  const stages: number[] = [];
  for (let weight = FIRST_ENTROPY_WEIGHT; weight > final; weight /= STAGE_FACTOR) stages.push(weight);
  return [...stages, final];
}

async function runStage(
  problem: DualProblem,
  start: Float64Array,
  enough: (point: DualPoint, gap: number) => boolean,
  clock: Clock,
): Promise<Float64Array> {
  let potentials = start;
  for (const point of minimizeDual(problem, start)) {
    potentials = point.potentials;
    const gap = dualityGap(problem, point);
    if (!(await clock.tick(gap)) || enough(point, gap)) break;
  }
  return potentials;
}

interface Clock {
  /** Counts a step; false when steps are used up. */
  readonly tick: (gap: number) => Promise<boolean>;
}

function createClock({ maxSteps = DEFAULT_MAX_STEPS, signal, onProgress }: EstimateOptions, tolerance: number): Clock {
  let steps = 0;
  let sliceEnd = performance.now() + SLICE_MS;
  signal?.throwIfAborted();
  return {
    tick: async (gap) => {
      steps++;
      if (performance.now() > sliceEnd) {
        onProgress?.({ steps, gap, tolerance });
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        signal?.throwIfAborted();
        sliceEnd = performance.now() + SLICE_MS;
      }
      return steps < maxSteps;
    },
  };
}

function startPotentials(oracle: MarginalOracle, warmStart: GraphicalModel | undefined): Float64Array {
  const known = new Map(warmStart?.potentials.map(({ clique, values }) => [clique.join(','), values]));
  const potentials = new Float64Array(oracle.length);
  oracle.cliques.forEach((clique, index) => {
    const values = known.get(clique.join(','));
    if (values !== undefined) potentials.set(values, oracle.offsets[index]!);
  });
  return potentials;
}

function readModel(oracle: MarginalOracle, total: number, potentials: Float64Array): GraphicalModel {
  oracle.evaluate(potentials, total, new Float64Array(oracle.length));
  const tables = (clique: Clique, index: number): Factor => ({
    clique,
    values: potentials.slice(oracle.offsets[index], oracle.offsets[index]! + countCells(oracle.domain, clique)),
  });
  return {
    domain: oracle.domain,
    total,
    tree: oracle.tree,
    beliefs: oracle.beliefs,
    potentials: oracle.cliques.map(tables),
  };
}
