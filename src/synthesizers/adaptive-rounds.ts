import type { Clique, Domain } from '../marginals/domain.ts';
import { countCells } from '../marginals/domain.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import { createStream } from '../random/stream.ts';
import { planOneWay } from './one-way-phase.ts';
import type { PlanShape } from './synthesizer.ts';
import { type Candidate, readWorkload, type Workload, workloadCandidates } from './workload.ts';

/** Share of the budget spent on choosing marginals; what the one-way marginals leave is spent on measuring. */
const SELECTION_SHARE = 0.05;

/** Rows times epsilon per column below which pairs cannot be told from noise, and all is spent on single columns. */
const FAINT_ROWS = 10;

/**
 * Below so many rows times epsilon per column only a few pairs can be told from noise. Then a few rounds, chosen carefully,
 * mostly with the target, after well measured columns. Measured at epsilon 1 on German credit (38 rows) and Titanic (88):
 * better by 1 to 3 % of the three-way distance and 0.01 to 0.08 of AUC than what the formulas below give, and Titanic with
 * more rounds and less for columns better by another 5 %.
 */
const WEAK = [
  { below: 60, rounds: 5, oneWay: 0.65, selection: 0.1, targetWeight: 8 },
  { below: 100, rounds: 8, oneWay: 0.45, selection: 0.1, targetWeight: 4 },
] as const;

/** Share of the one-way marginals when the signal is strong, and what is added when there is none; measured. */
const ONE_WAY_SHARE = 0.15;
const WEAK_ONE_WAY_SHARE = 0.7;

/** Rounds per column at unit signal; how they grow and fall off around it; at most this many times as many. */
const ROUNDS_PER_COLUMN = 2;
const FEWEST_ROUNDS = 4;
const GROWTH_EXPONENT = 0.25;
const DECAY_EXPONENT = 0.4;
const MOST_GROWTH = 2;

/**
 * Triples are learned by default where they are few enough to look at in every round and the signal is strong enough to
 * choose among them: they weigh more than pairs, so choices take more noise, and on Bank at epsilon 0.1 (213 rows × epsilon
 * per column) the pair that tells most of the target was missed in three runs of seven. German credit at epsilon 10 has 381.
 */
const TRIPLES = { mostColumns: 24, leastRows: 300 } as const;

/** Rows assumed when the schema declares no population. */
const ASSUMED_ROWS = 20_000;

/** Rows times epsilon per column at unit signal: Adult at epsilon 1. */
const UNIT_SIGNAL = 1750;

/** Weight in the workload of marginals with the declared target column; 1 for the others. */
const TARGET_WEIGHT = 2;

/**
 * How much of the expected noise of a marginal counts against choosing it. The paper takes all of it; fitting a model
 * removes much of the noise, most of all in sparse marginals, and half of it measured best from epsilon 0.1 to 10.
 */
const NOISE_PENALTY = 0.5;

/** Estimations of a run; with more rounds than this, several marginals are chosen from one state of the model. */
const MOST_BATCHES = 40;

/** Candidates looked at in one round. */
const MOST_CANDIDATES = 5000;

/** Label of the event that chooses the marginal of a round. */
export const selectLabel = (round: number) => `select:round-${round + 1}`;

/** Label of the event that measures it. */
export const measureLabel = (round: number) => `measure:round-${round + 1}`;

/** Rows times epsilon per column, over the rows of a unit; 1 on Adult at epsilon 1: a function of public facts alone. */
function signalStrength({ budget, population, columns, unitRows }: PlanShape): number {
  return (budget.epsilon * (population ?? ASSUMED_ROWS)) / (UNIT_SIGNAL * columns.length * unitRows);
}

/** The workload asked for; by default all triples, or all pairs of many columns or at a weak signal. */
function workloadOf(shape: PlanShape): Workload {
  const isForTriples =
    shape.columns.length <= TRIPLES.mostColumns && signalStrength(shape) * UNIT_SIGNAL >= TRIPLES.leastRows;
  return readWorkload(shape, isForTriples ? '3-way' : '2-way');
}

/** How to spend where the signal is weak; undefined where it is not. */
const weakPlan = (shape: PlanShape) => WEAK.find(({ below }) => signalStrength(shape) * UNIT_SIGNAL < below);

/**
 * Rounds of choosing and measuring: 0 when there is nothing to choose from or no pair stands out of noise.
 * @throws TabveilError (usage) when the option `workload` is not one.
 */
export function countRounds(shape: PlanShape): number {
  const workload = workloadOf(shape);
  const candidates = workload.kind === 'all' ? Infinity : listCandidates(shape).length;
  if (shape.columns.length < 2 || candidates === 0 || (workload.kind === 'all' && workload.size === 1)) return 0;
  const asked = Number(shape.options.rounds ?? 0);
  if (asked > 0) return Math.round(asked);
  return Math.min(candidates, roundsBySignal(shape));
}

function roundsBySignal(shape: PlanShape): number {
  const signal = signalStrength(shape);
  if (signal * UNIT_SIGNAL < FAINT_ROWS) return 0;
  const weak = weakPlan(shape);
  if (weak !== undefined) return weak.rounds;
  const growth = Math.min(MOST_GROWTH, signal ** (signal < 1 ? DECAY_EXPONENT : GROWTH_EXPONENT));
  return Math.max(FEWEST_ROUNDS, Math.round(ROUNDS_PER_COLUMN * shape.columns.length * growth));
}

/** Share of the one-way marginals: weak signals are better spent on single columns. */
function oneWayShare(shape: PlanShape): number {
  const spread = 1 - Math.min(1, signalStrength(shape) ** GROWTH_EXPONENT);
  return weakPlan(shape)?.oneWay ?? ONE_WAY_SHARE + WEAK_ONE_WAY_SHARE * spread;
}

/**
 * Events of one-way marginals and of rounds that choose a marginal where the model is worst and measure it.
 *
 * **Privacy**: a function of public facts alone.
 */
export function planAdaptiveRounds(shape: PlanShape): PlanShare[] {
  const rounds = countRounds(shape);
  const oneWay = rounds === 0 ? 1 : oneWayShare(shape);
  const selection = weakPlan(shape)?.selection ?? SELECTION_SHARE;
  const measuring = 1 - oneWay - selection;
  return [
    ...planOneWay(shape, oneWay),
    ...Array.from({ length: rounds }, (_, round): PlanShare[] => [
      {
        label: selectLabel(round),
        purpose: 'choice of marginals',
        kind: 'exponential',
        weight: selection / rounds,
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

/** Expected L1 error of measuring a marginal that counts against it. */
export function noisePenalty(domain: Domain, clique: Clique, variance: number): number {
  return NOISE_PENALTY * Math.sqrt((2 * variance) / Math.PI) * countCells(domain, clique);
}

/** Candidates of a batch: all, or as many as can be looked at, drawn by public coins. */
export function drawCandidates(all: readonly Candidate[], firstRound: number): readonly Candidate[] {
  if (all.length <= MOST_CANDIDATES) return all;
  const stream = createStream('aim candidates', firstRound);
  const chosen = Array.from({ length: MOST_CANDIDATES }, () => all[stream.below(all.length)]!);
  return [...new Set(chosen)];
}

/** What may be measured: the workload and everything inside it, cliques with the target first unless queries are listed. */
export function listCandidates(shape: PlanShape): Candidate[] {
  return workloadCandidates(workloadOf(shape), shape, weakPlan(shape)?.targetWeight ?? TARGET_WEIGHT);
}

/** All pairs, for models that answer nothing larger; those with the target first. */
export function listPairs(shape: PlanShape): Candidate[] {
  return workloadCandidates({ kind: 'all', size: 2 }, shape, weakPlan(shape)?.targetWeight ?? TARGET_WEIGHT);
}

/** Rounds that are chosen from one state of the model. */
export function roundsPerBatch(rounds: number, candidates: number): number {
  return Math.min(candidates, Math.max(1, Math.ceil(rounds / MOST_BATCHES)));
}
