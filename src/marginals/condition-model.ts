import type { Domain } from './domain.ts';
import { embed } from './embedding.ts';
import { projectFactor, scaleEmbedded, sumOnto } from './factor.ts';
import type { GraphicalModel } from './graphical-model.ts';

/** Non-negative weight of every code of an attribute, by attribute. */
export type Evidence = ReadonlyMap<number, Float64Array>;

/** A model under evidence. */
export interface ConditionedModel {
  /** Calibrated beliefs given the evidence, scaled to the total of the model it came from; no potentials. */
  readonly model: GraphicalModel;
  /** Expected product of the weights under the model: the probability of the evidence when weights are 0 or 1. */
  readonly probability: number;
}

/**
 * The distribution of a graphical model reweighted by a product of weights of single attributes: exact, by one collecting
 * and one distributing pass over the junction tree.
 *
 * @returns undefined when the model gives the evidence no probability.
 * **Numerics**: divisions by separators take 0/0 as 0; a separator cell of 0 has beliefs of 0 on both sides.
 * @source Lauritzen and Spiegelhalter 1988 (entering evidence, propagation in trees of cliques)
 */
export function conditionModel(model: GraphicalModel, evidence: Evidence): ConditionedModel | undefined {
  const { domain, tree, total } = model;
  const beliefs = model.beliefs.map((belief) => belief.slice());
  for (const [attribute, weights] of evidence) {
    const host = tree.cliques.findIndex((clique) => clique.includes(attribute));
    scaleEmbedded(beliefs[host]!, weights, embed(domain, tree.cliques[host]!, [attribute]));
  }
  const before = tree.cliques.map((clique, index) =>
    projectFactor(domain, clique, model.beliefs[index]!, tree.separators[index]!),
  );
  const context: Passing = { domain, model, beliefs };
  const collected = before.slice();
  for (let child = tree.cliques.length - 1; child > 0; child--) {
    collected[child] = passMessage(context, { from: child, to: tree.parents[child]!, child }, before[child]!);
  }
  const mass = beliefs[0]!.reduce((sum, value) => sum + value, 0);
  if (!(mass > 0)) return undefined;
  for (let cell = 0; cell < beliefs[0]!.length; cell++) beliefs[0]![cell]! *= total / mass;
  for (let child = 1; child < tree.cliques.length; child++) {
    passMessage(context, { from: tree.parents[child]!, to: child, child }, collected[child]!);
  }
  return { model: { domain, total, tree, beliefs, potentials: [] }, probability: mass / total };
}

interface Passing {
  readonly domain: Domain;
  readonly model: GraphicalModel;
  /** Changed in place. */
  readonly beliefs: readonly Float64Array[];
}

/**
 * Multiplies a clique by what its neighbour now says about their separator, over what it said before.
 * @returns what it says now.
 */
function passMessage(
  { domain, model: { tree }, beliefs }: Passing,
  edge: { readonly from: number; readonly to: number; readonly child: number },
  before: Float64Array,
): Float64Array {
  const separator = tree.separators[edge.child]!;
  const now = new Float64Array(before.length);
  sumOnto(beliefs[edge.from]!, embed(domain, tree.cliques[edge.from]!, separator), now);
  const ratio = now.map((value, cell) => (before[cell]! > 0 ? value / before[cell]! : 0));
  scaleEmbedded(beliefs[edge.to]!, ratio, embed(domain, tree.cliques[edge.to]!, separator));
  return now;
}
