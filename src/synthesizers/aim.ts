import type { Clique, Domain } from '../marginals/domain.ts';
import { countCells } from '../marginals/domain.ts';
import { estimate } from '../marginals/estimate.ts';
import type { GraphicalModel } from '../marginals/graphical-model.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { modelMarginals } from '../marginals/model-marginals.ts';
import { candidatesWithin } from '../marginals/tree-growth.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import { createStream } from '../random/stream.ts';
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
const MOST_CELLS = 400_000;

/** Smallest part of the limit that applies in the first rounds. */
const FIRST_CELLS_SHARE = 0.1;

/** Estimations of a run; with more rounds than this, several marginals are chosen from one state of the model. */
const MOST_BATCHES = 40;

/** Candidates looked at in one round. */
const MOST_CANDIDATES = 5000;

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

/** Candidates whose junction tree stays within the limit; the smallest one when none does. */
function withinLimit(
  domain: Domain,
  measured: readonly Clique[],
  job: { readonly candidates: readonly Candidate[]; readonly mostCells: number },
): Candidate[] {
  const cliques = job.candidates.map(({ clique }) => clique);
  const isWithin = candidatesWithin(domain, measured, cliques, job.mostCells);
  const fitting = job.candidates.filter((_, index) => isWithin[index]);
  if (fitting.length > 0) return fitting;
  const cells = cliques.map((clique) => countCells(domain, clique));
  return [job.candidates[cells.indexOf(Math.min(...cells))]!];
}

/** Expected L1 error of measuring a marginal that counts against it. */
function noisePenalty(domain: Domain, clique: Clique, variance: number): number {
  return NOISE_PENALTY * Math.sqrt((2 * variance) / Math.PI) * countCells(domain, clique);
}

/** What the rounds of one batch share: candidates and the model's answers to them. */
interface Batch {
  readonly candidates: readonly Candidate[];
  readonly estimates: ReadonlyMap<Clique, Float64Array>;
}

async function chooseRound(
  input: FitInput,
  batch: Batch,
  state: { readonly measured: readonly Clique[]; readonly round: number; readonly rounds: number },
): Promise<Clique> {
  const share = Math.max(FIRST_CELLS_SHARE, (state.round + 1) / state.rounds);
  const open = withinLimit(input.domain, state.measured, { ...batch, mostCells: share * mostCells(input) });
  const variance = plannedVariance(input, measureLabel(state.round));
  const winner = await selectWorst(input, {
    label: selectLabel(state.round),
    cliques: open.map(({ clique }) => clique),
    weights: open.map(({ weight }) => weight),
    estimates: open.map(({ clique }) => batch.estimates.get(clique)!),
    penalties: open.map(({ clique }) => noisePenalty(input.domain, clique, variance)),
  });
  return open[winner]!.clique;
}

const mostCells = ({ options }: PlanShape) => Number(options.maxCells ?? MOST_CELLS);

/** Candidates of a batch: all pairs, or as many as can be looked at, drawn by public coins. */
function drawCandidates(all: readonly Candidate[], firstRound: number): readonly Candidate[] {
  if (all.length <= MOST_CANDIDATES) return all;
  const stream = createStream('aim candidates', firstRound);
  const chosen = Array.from({ length: MOST_CANDIDATES }, () => all[stream.below(all.length)]!);
  return [...new Set(chosen)];
}

/** What is known of the table while rounds go on. */
interface Learned {
  readonly model: GraphicalModel;
  readonly measurements: readonly Measurement[];
}

/** Chooses and measures the rounds of one batch with one state of the model, each clique at most once. */
async function runBatch(
  input: FitInput,
  known: Learned,
  job: { readonly all: readonly Candidate[]; readonly rounds: readonly number[]; readonly total: number },
): Promise<Measurement[]> {
  const candidates = drawCandidates(job.all, job.rounds[0]!);
  const answers = modelMarginals(
    known.model,
    candidates.map(({ clique }) => clique),
  );
  const estimates = new Map(candidates.map(({ clique }, index) => [clique, answers[index]!]));
  const measurements = [...known.measurements];
  const chosen = new Set<Clique>();
  for (const round of job.rounds) {
    input.signal?.throwIfAborted();
    const batch = { candidates: candidates.filter(({ clique }) => !chosen.has(clique)), estimates };
    const measured = [...measurements, ...input.zeros].map(({ clique }) => clique);
    const clique = await chooseRound(input, batch, { measured, round, rounds: job.total });
    chosen.add(clique);
    measurements.push(await measureMarginal(input, clique, measureLabel(round)));
  }
  return measurements;
}

async function runRounds(phase: OneWayPhase): Promise<Learned> {
  const { input } = phase;
  const total = countRounds(input);
  const all = pairCliques(input.domain).map((clique) => ({
    clique,
    weight: clique.some((attribute) => input.domain.names[attribute] === input.target) ? TARGET_WEIGHT : 1,
  }));
  const settings = estimateOptions(phase);
  const batchRounds = Math.min(all.length, Math.max(1, Math.ceil(total / MOST_BATCHES)));
  let known: Learned = {
    model: await estimate(input.domain, phase.measurements, settings),
    measurements: phase.measurements,
  };
  for (let first = 0; first < total; first += batchRounds) {
    const rounds = Array.from({ length: Math.min(batchRounds, total - first) }, (_, index) => first + index);
    const measurements = await runBatch(input, known, { all, rounds, total });
    known = {
      model: await estimate(input.domain, measurements, { ...settings, warmStart: known.model }),
      measurements,
    };
    input.onProgress?.(first + rounds.length, total);
  }
  return known;
}

/**
 * AIM: measures the marginals that the current model answers worst, round by round, within a limit on the model's size.
 *
 * @source McKenna, Mullins, Sheldon and Miklau, "AIM: An Adaptive and Iterative Mechanism for Differentially Private
 * Synthetic Data", VLDB 2022 (arXiv 2201.12677), algorithms 1 and 2. Differs in a schedule of rounds that is fixed before
 * data are touched (so that the whole run is one composition of known events, accounted by the tightest accountant,
 * instead of annealing under zCDP), in choosing several marginals per estimation and among drawn candidates when tables
 * are wide, in half the noise penalty, in merging cells that noise hides, and in exact integer
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
