import type { Domain } from '../marginals/domain.ts';
import { countCells } from '../marginals/domain.ts';
import { DEFAULT_SHRINKAGE, type EstimateOptions, estimate } from '../marginals/estimate.ts';
import type { GraphicalModel } from '../marginals/graphical-model.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { modelMarginalsPausing } from '../marginals/model-marginals.ts';
import { candidatesWithin, type GrownTree, growTree } from '../marginals/tree-growth.ts';
import {
  countRounds,
  drawCandidates,
  listCandidates,
  measureLabel,
  noisePenalty,
  planAdaptiveRounds,
  roundsPerBatch,
  selectLabel,
} from './adaptive-rounds.ts';
import { openGraphical, storeGraphical } from './graphical-parts.ts';
import { measureMarginal, plannedVariance, selectWorst } from './measure.ts';
import { estimateOptions, type OneWayPhase, runOneWayPhase } from './one-way-phase.ts';
import type { FitInput, PlanShape, Synthesizer } from './synthesizer.ts';
import { type FitSize, workDone } from './work-done.ts';
import type { Candidate } from './workload.ts';

/** Largest junction tree in cells of 8 bytes; the limit grows with the rounds up to this. */
const MOST_CELLS = 400_000;

/** Smallest part of the limit that applies in the first rounds. */
const FIRST_CELLS_SHARE = 0.1;

/** Cells of a model in a batch of rounds; `last` is the last of them. */
function limitAt(input: FitInput, last: number, total: number): number {
  return Math.max(FIRST_CELLS_SHARE, (last + 1) / total) * mostCells(input);
}

/** The `count` candidates with fewest cells. */
function smallest(domain: Domain, candidates: readonly Candidate[], count: number): Candidate[] {
  const cells = (candidate: Candidate) => countCells(domain, candidate.clique);
  return candidates.toSorted((a, b) => cells(a) - cells(b)).slice(0, count);
}

/**
 * Candidates whose junction tree stays within the limit, the smallest one when none does; and as many of the smallest
 * others as the two need to be `atLeast` together.
 *
 * **Privacy**: a function of public sizes and of cliques chosen before.
 */
function withinLimit(
  domain: Domain,
  grown: GrownTree,
  job: { readonly candidates: readonly Candidate[]; readonly mostCells: number; readonly atLeast: number },
): { readonly open: readonly Candidate[]; readonly spare: readonly Candidate[] } {
  const cliques = job.candidates.map(({ clique }) => clique);
  const isWithin = candidatesWithin(domain, grown, cliques, job.mostCells);
  const fitting = job.candidates.filter((_, index) => isWithin[index]);
  if (fitting.length >= job.atLeast) return { open: fitting, spare: [] };
  const others = job.candidates.filter((_, index) => !isWithin[index]);
  const spare = smallest(domain, others, job.atLeast - fitting.length);
  return fitting.length > 0 ? { open: fitting, spare } : { open: spare.slice(0, 1), spare: spare.slice(1) };
}

/**
 * Certified gap of the last fit, in nats: the weak pull of high epsilons makes the last digits expensive; ten times closer
 * took twice as long on Bank at epsilon 10 and changed the error of triples by less than its spread.
 */
const LAST_TOLERANCE = 0.3;

/** Chooses among `open` the candidate that the model answers worst. */
async function chooseRound(
  input: FitInput,
  round: number,
  open: ReadonlyMap<Candidate, Float64Array>,
): Promise<Candidate> {
  const candidates = [...open.keys()];
  const variance = plannedVariance(input, measureLabel(round));
  const winner = await selectWorst(input, {
    label: selectLabel(round),
    cliques: candidates.map(({ clique }) => clique),
    weights: candidates.map(({ weight }) => weight),
    estimates: [...open.values()],
    penalties: candidates.map(({ clique }) => noisePenalty(input.domain, clique, variance)),
  });
  return candidates[winner]!;
}

const mostCells = ({ options }: PlanShape) => Number(options.maxCells ?? MOST_CELLS);

/** Candidates that a model within the limit can hold at all; the smallest one when none is. */
function holdable(input: FitInput, candidates: readonly Candidate[]): readonly Candidate[] {
  const cells = candidates.map(({ clique }) => countCells(input.domain, clique));
  const most = Math.max(
    mostCells(input),
    cells.reduce((least, count) => Math.min(least, count), Infinity),
  );
  return candidates.filter((_, index) => cells[index]! <= most);
}

/** What is known of the table while rounds go on. */
interface Learned {
  readonly model: GraphicalModel;
  readonly measurements: readonly Measurement[];
  /** A junction tree of all that was measured and is declared impossible; that of the model after a fit. */
  readonly grown: GrownTree;
}

/**
 * Chooses and measures the rounds of one batch with one state of the model, each clique at most once. Only candidates that
 * the model may grow by are answered: the others are those that cost most to answer.
 */
async function runBatch(
  input: FitInput,
  known: Learned,
  job: { readonly all: readonly Candidate[]; readonly rounds: readonly number[]; readonly total: number },
): Promise<Omit<Learned, 'model'> & { readonly answered: Omit<FitSize, 'cells'> }> {
  const { domain, signal } = input;
  const most = limitAt(input, job.rounds.at(-1)!, job.total);
  const drawn = drawCandidates(job.all, job.rounds[0]!);
  const atLeast = job.rounds.length;
  const first = withinLimit(domain, known.grown, { candidates: drawn, mostCells: most, atLeast });
  const all = [...first.open, ...first.spare];
  const cliques = all.map(({ clique }) => clique);
  const answers = await modelMarginalsPausing(known.model, cliques, signal);
  const answered = new Map(all.map((candidate, index) => [candidate, answers[index]!]));
  const measurements = [...known.measurements];
  let { grown } = known;
  let { open } = first;
  for (const [index, round] of job.rounds.entries()) {
    signal?.throwIfAborted();
    const left = [...answered.keys()];
    if (index > 0) open = withinLimit(domain, grown, { candidates: left, mostCells: most, atLeast: 1 }).open;
    const chosen = await chooseRound(
      input,
      round,
      new Map(open.map((candidate) => [candidate, answered.get(candidate)!])),
    );
    answered.delete(chosen);
    grown = growTree(domain, grown, chosen.clique);
    measurements.push(await measureMarginal(input, chosen.clique, measureLabel(round)));
  }
  const candidateCells = answers.reduce((sum, answer) => sum + answer.length, 0);
  return { measurements, grown, answered: { candidates: cliques.length, candidateCells } };
}

async function runRounds(phase: OneWayPhase): Promise<Learned> {
  const { input } = phase;
  const total = countRounds(input);
  const all = holdable(input, listCandidates(input));
  const settings: EstimateOptions = { ...estimateOptions(phase), shrinkage: DEFAULT_SHRINKAGE };
  const batchRounds = roundsPerBatch(total, all.length);
  const first = await estimate(input.domain, phase.measurements, settings);
  const cliques = [...phase.measurements, ...input.zeros].map(({ clique }) => clique);
  let known: Learned = {
    model: first,
    measurements: phase.measurements,
    grown: { cliques, tree: first.tree },
  };
  const plan = {
    fits: Math.ceil(total / batchRounds),
    rounds: total,
    columns: input.columns.length,
    mostCells: Math.min(mostCells(input), countCells(input.domain, [...input.domain.sizes.keys()])),
  };
  const fitted: FitSize[] = [];
  input.onProgress?.(0, total, undefined, 0);
  for (let first = 0; first < total; first += batchRounds) {
    const rounds = Array.from({ length: Math.min(batchRounds, total - first) }, (_, index) => first + index);
    const { measurements, grown, answered } = await runBatch(input, known, { all, rounds, total });
    const options = { ...settings, tree: grown.tree, warmStart: known.model };
    known = { model: await estimate(input.domain, measurements, options), measurements, grown };
    fitted.push({ ...answered, cells: known.model.beliefs.reduce((sum, belief) => sum + belief.length, 0) });
    input.onProgress?.(first + rounds.length, total, undefined, workDone(fitted, plan));
  }
  // While rounds go on a stronger pull finds the worst marginal just as well, several times faster at high epsilon.
  const model = await estimate(input.domain, known.measurements, {
    ...estimateOptions(phase),
    tolerance: LAST_TOLERANCE,
    tree: known.grown.tree,
    warmStart: known.model,
  });
  input.onProgress?.(total, total, undefined, 1);
  return { ...known, model };
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
    workload:
      '3-way (default), 2-way (default for many columns or a weak signal), 1-way, target, or a .json file of column sets with weights',
  },
  planShares: planAdaptiveRounds,
  fit: async (input) => {
    const phase = await runOneWayPhase(input);
    const { model, measurements } = await runRounds(phase);
    return storeGraphical(model, phase, measurements);
  },
  open: openGraphical,
};
