import type { Clique } from '../marginals/domain.ts';
import { estimate } from '../marginals/estimate.ts';
import type { GraphicalModel } from '../marginals/graphical-model.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { modelMarginalsPausing } from '../marginals/model-marginals.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import { openGraphical, storeGraphical } from './graphical-parts.ts';
import { measureMarginal, pairCliques, selectWorst } from './measure.ts';
import { estimateOptions, type OneWayPhase, planOneWay, runOneWayPhase } from './one-way-phase.ts';
import type { FitInput, PlanShape, Synthesizer } from './synthesizer.ts';

/** Shares of the budget: one-way marginals, choice of pairs, two-way marginals. */
const SHARES = { oneWay: 0.25, selection: 0.1, pairs: 0.65 } as const;

const selectLabel = (round: number) => `select:pair-${round + 1}`;
const pairLabel = (round: number) => `measure:pair-${round + 1}`;

/** Number of edges of a spanning tree. */
const countEdges = (shape: PlanShape) => Math.max(0, shape.columns.length - 1);

function planShares(shape: PlanShape): PlanShare[] {
  const edges = countEdges(shape);
  const rounds = Array.from({ length: edges }, (_, round) => round);
  return [
    ...planOneWay(shape, SHARES.oneWay),
    ...rounds.map(
      (round): PlanShare => ({
        label: selectLabel(round),
        purpose: 'choice of pairs',
        kind: 'exponential',
        weight: SHARES.selection / edges,
      }),
    ),
    ...rounds.map(
      (round): PlanShare => ({
        label: pairLabel(round),
        purpose: 'two-way marginals',
        kind: 'discrete-gaussian',
        weight: SHARES.pairs / edges,
        l2Sensitivity: shape.unitRows,
        oneCell: shape.unitRows === 1,
      }),
    ),
  ];
}

/**
 * Chooses the edges of a spanning tree one by one: in each round, the pair whose joint counts differ most from
 * independence among those that join two components.
 */
async function selectTree(input: FitInput, model: GraphicalModel): Promise<Clique[]> {
  const pairs = pairCliques(input.domain);
  const estimates = await modelMarginalsPausing(model, pairs, input.signal);
  const component = input.domain.names.map((_, attribute) => attribute);
  const edges: Clique[] = [];
  for (let round = 0; round < countEdges(input); round++) {
    input.signal?.throwIfAborted();
    const open = pairs
      .map((_, index) => index)
      .filter((index) => component[pairs[index]![0]!] !== component[pairs[index]![1]!]);
    const winner = await selectWorst(input, {
      label: selectLabel(round),
      cliques: open.map((index) => pairs[index]!),
      weights: open.map(() => 1),
      estimates: open.map((index) => estimates[index]!),
      penalties: open.map(() => 0),
    });
    const edge = pairs[open[winner]!]!;
    const [kept, absorbed] = [component[edge[0]!]!, component[edge[1]!]!];
    component.forEach((label, attribute) => {
      if (label === absorbed) component[attribute] = kept;
    });
    edges.push(edge);
  }
  return edges;
}

async function measureEdges(phase: OneWayPhase, edges: readonly Clique[]): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const [round, edge] of edges.entries()) {
    phase.input.signal?.throwIfAborted();
    measurements.push(await measureMarginal(phase.input, edge, pairLabel(round)));
    phase.input.onProgress?.(round + 1, edges.length);
  }
  return measurements;
}

/**
 * MST: one-way marginals, a maximum spanning tree of pairs chosen by the exponential mechanism, the tree's two-way
 * marginals, and the graphical model of least error over all of them.
 *
 * @source McKenna, Miklau and Sheldon, "Winning the NIST Contest", JPC 2021 (arXiv 2108.04978), algorithm 2. Differs in
 * shares of the budget (thirds there; these measured better), in exact integer scores and noise, in the total taken from the one-way marginals, and in a plan that is accounted as a
 * whole by the tightest accountant.
 */
export const mst: Synthesizer = {
  name: 'mst',
  summary: 'a tree of pairs; fast and robust',
  options: {},
  planShares,
  fit: async (input) => {
    const phase = await runOneWayPhase(input);
    const options = estimateOptions(phase);
    const first = await estimate(phase.input.domain, phase.measurements, options);
    const edges = await selectTree(phase.input, first);
    const measured = await measureEdges(phase, edges);
    const measurements = [...phase.measurements, ...measured];
    return storeGraphical(await estimate(phase.input.domain, measurements, options), phase, measurements);
  },
  open: openGraphical,
};
