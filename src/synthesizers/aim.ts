import type { Clique, Domain } from '../marginals/domain.ts';
import { countCells } from '../marginals/domain.ts';
import { estimate } from '../marginals/estimate.ts';
import type { GraphicalModel } from '../marginals/graphical-model.ts';
import { junctionTreeCells } from '../marginals/junction-tree.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { modelMarginals } from '../marginals/model-marginals.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import { openGraphical, storeGraphical } from './graphical-parts.ts';
import { measureMarginal, pairCliques, plannedVariance, selectWorst } from './measure.ts';
import { estimateOptions, type OneWayPhase, planOneWay, runOneWayPhase } from './one-way-phase.ts';
import type { FitInput, PlanShape, Synthesizer } from './synthesizer.ts';

/** Share of the budget spent on choosing marginals; what the one-way marginals leave is spent on measuring. */
const SELECTION_SHARE = 0.05;

/** Share of the one-way marginals when the signal is strong, and what is added when there is none; measured. */
const ONE_WAY_SHARE = 0.15;
const WEAK_ONE_WAY_SHARE = 0.7;

/** Rounds per column at unit signal; how they grow and fall off around it; at most this many times as many. */
const ROUNDS_PER_COLUMN = 2;
const FEWEST_ROUNDS = 4;
const GROWTH_EXPONENT = 0.25;
const DECAY_EXPONENT = 0.4;
const MOST_GROWTH = 2;

/** Rows assumed when the schema declares no population. */
const ASSUMED_ROWS = 20_000;

/** Rows times epsilon per column at unit signal: Adult at epsilon 1. */
const UNIT_SIGNAL = 1750;

/** Weight in the workload of pairs with the declared target column; 1 for the others. */
const TARGET_WEIGHT = 2;

/**
 * How much of the expected noise of a marginal counts against choosing it. The paper takes all of it; fitting a model
 * removes much of the noise, most of all in sparse marginals, and half of it measured best from epsilon 0.1 to 10.
 */
const NOISE_PENALTY = 0.5;

/** Largest junction tree in cells of 8 bytes; the limit grows with the rounds up to this. */
const MOST_CELLS = 1_000_000;

/** Smallest part of the limit that applies in the first rounds. */
const FIRST_CELLS_SHARE = 0.1;

const selectLabel = (round: number) => `select:round-${round + 1}`;
const measureLabel = (round: number) => `measure:round-${round + 1}`;

/** Rows times epsilon per column, 1 on Adult at epsilon 1: a function of public facts alone. */
function signalStrength({ budget, population, columns }: PlanShape): number {
  return (budget.epsilon * (population ?? ASSUMED_ROWS)) / (UNIT_SIGNAL * columns.length);
}

/** Rounds of choosing and measuring. */
function countRounds(shape: PlanShape): number {
  if (shape.columns.length < 2) return 0;
  const asked = Number(shape.options.rounds ?? 0);
  if (asked > 0) return Math.round(asked);
  const signal = signalStrength(shape);
  const growth = Math.min(MOST_GROWTH, signal ** (signal < 1 ? DECAY_EXPONENT : GROWTH_EXPONENT));
  return Math.max(FEWEST_ROUNDS, Math.round(ROUNDS_PER_COLUMN * shape.columns.length * growth));
}

/** Share of the one-way marginals: weak signals are better spent on single columns. */
function oneWayShare(shape: PlanShape): number {
  return ONE_WAY_SHARE + WEAK_ONE_WAY_SHARE * (1 - Math.min(1, signalStrength(shape) ** GROWTH_EXPONENT));
}

function planShares(shape: PlanShape): PlanShare[] {
  const rounds = countRounds(shape);
  const oneWay = rounds === 0 ? 1 : oneWayShare(shape);
  const measuring = 1 - oneWay - SELECTION_SHARE;
  return [
    ...planOneWay(shape, oneWay),
    ...Array.from({ length: rounds }, (_, round): PlanShare[] => [
      {
        label: selectLabel(round),
        purpose: 'choice of marginals',
        kind: 'exponential',
        weight: SELECTION_SHARE / rounds,
      },
      {
        label: measureLabel(round),
        purpose: 'chosen marginals',
        kind: 'discrete-gaussian',
        weight: measuring / rounds,
        l2Sensitivity: shape.unitRows,
        oneCell: shape.unitRows === 1,
      },
    ]).flat(),
  ];
}

/** A clique that may be measured, with the weight of its error in the workload. */
interface Candidate {
  readonly clique: Clique;
  readonly weight: number;
}

/** Candidates whose junction tree stays within the limit of this round. */
function withinLimit(
  domain: Domain,
  measured: readonly Clique[],
  job: { readonly candidates: readonly Candidate[]; readonly mostCells: number },
): Candidate[] {
  const fitting = job.candidates.filter(
    ({ clique }) => junctionTreeCells(domain, [...measured, clique]) <= job.mostCells,
  );
  if (fitting.length > 0) return fitting;
  const cells = job.candidates.map(({ clique }) => countCells(domain, clique));
  return [job.candidates[cells.indexOf(Math.min(...cells))]!];
}

/** Expected L1 error of measuring a marginal that counts against it. */
function noisePenalty(domain: Domain, clique: Clique, variance: number): number {
  return NOISE_PENALTY * Math.sqrt((2 * variance) / Math.PI) * countCells(domain, clique);
}

async function chooseRound(
  input: FitInput,
  state: { readonly model: GraphicalModel; readonly measured: readonly Clique[] },
  job: { readonly candidates: readonly Candidate[]; readonly round: number; readonly rounds: number },
): Promise<Clique> {
  const share = Math.max(FIRST_CELLS_SHARE, (job.round + 1) / job.rounds);
  const open = withinLimit(input.domain, state.measured, { ...job, mostCells: share * mostCells(input) });
  const variance = plannedVariance(input, measureLabel(job.round));
  const winner = await selectWorst(input, {
    label: selectLabel(job.round),
    cliques: open.map(({ clique }) => clique),
    weights: open.map(({ weight }) => weight),
    estimates: modelMarginals(
      state.model,
      open.map(({ clique }) => clique),
    ),
    penalties: open.map(({ clique }) => noisePenalty(input.domain, clique, variance)),
  });
  return open[winner]!.clique;
}

const mostCells = ({ options }: PlanShape) => Number(options.maxCells ?? MOST_CELLS);

async function runRounds(
  phase: OneWayPhase,
): Promise<{ readonly model: GraphicalModel; readonly measurements: readonly Measurement[] }> {
  const { input } = phase;
  const rounds = countRounds(input);
  const candidates = pairCliques(input.domain).map((clique) => ({
    clique,
    weight: clique.some((attribute) => input.domain.names[attribute] === input.target) ? TARGET_WEIGHT : 1,
  }));
  const settings = estimateOptions(phase);
  const measurements: Measurement[] = [...phase.measurements];
  let model = await estimate(input.domain, measurements, settings);
  for (let round = 0; round < rounds; round++) {
    input.signal?.throwIfAborted();
    const measured = [...measurements, ...input.zeros].map(({ clique }) => clique);
    const clique = await chooseRound(input, { model, measured }, { candidates, round, rounds });
    measurements.push(await measureMarginal(input, clique, measureLabel(round)));
    model = await estimate(input.domain, measurements, { ...settings, warmStart: model });
    input.onProgress?.(round + 1, rounds);
  }
  return { model, measurements };
}

/**
 * AIM: measures the marginals that the current model answers worst, round by round, within a limit on the model's size.
 *
 * @source McKenna, Mullins, Sheldon and Miklau, "AIM: An Adaptive and Iterative Mechanism for Differentially Private
 * Synthetic Data", VLDB 2022 (arXiv 2201.12677), algorithms 1 and 2. Differs in a schedule of rounds that is fixed before
 * data are touched (so that the whole run is one composition of known events, accounted by the tightest accountant,
 * instead of annealing under zCDP), in half the noise penalty, in merging cells that noise hides, and in exact integer
 * scores and noise.
 */
export const aim: Synthesizer = {
  name: 'aim',
  summary: 'adaptive marginals on a graphical model; best data per epsilon',
  options: {
    rounds: 'number of rounds of choosing and measuring',
    maxCells: 'largest model in cells of 8 bytes',
  },
  planShares,
  fit: async (input) => {
    const phase = await runOneWayPhase(input);
    const { model, measurements } = await runRounds(phase);
    return storeGraphical(model, phase, measurements);
  },
  open: openGraphical,
};
