import { countCells, type Domain } from './domain.ts';
import { type Embedding, embed } from './embedding.ts';
import { addEmbedded, expGroups, scaleEmbedded, sumOnto } from './factor.ts';
import type { JunctionTree } from './junction-tree.ts';

/** Buffers for belief propagation on one junction tree; allocated once, used for every iteration. */
export interface Propagation {
  readonly tree: JunctionTree;
  /** One table per tree clique: log potentials going in, expected counts coming out. */
  readonly tables: readonly Float64Array[];
  /** How each clique's separator lies inside it. */
  readonly inClique: readonly Embedding[];
  /** How each clique's separator lies inside its parent; of no use for the root. */
  readonly inParent: readonly Embedding[];
  readonly maxima: readonly Float64Array[];
  readonly sums: readonly Float64Array[];
  readonly messages: readonly Float64Array[];
}

/** Buffers for belief propagation on `tree`. */
export function createPropagation(domain: Domain, tree: JunctionTree): Propagation {
  const perSeparator = () => tree.separators.map((separator) => new Float64Array(countCells(domain, separator)));
  return {
    tree,
    tables: tree.cliques.map((clique) => new Float64Array(countCells(domain, clique))),
    inClique: tree.cliques.map((clique, index) => embed(domain, clique, tree.separators[index]!)),
    inParent: tree.cliques.map((_, index) =>
      embed(domain, tree.cliques[Math.max(0, tree.parents[index]!)]!, tree.separators[index]!),
    ),
    maxima: perSeparator(),
    sums: perSeparator(),
    messages: perSeparator(),
  };
}

/**
 * Belief propagation in place: `tables` holds log potentials on entry and the marginals of
 * total · exp(Σ log potentials) / Z on exit.
 *
 * Upwards each clique becomes the conditional distribution given its separator, with one exponential per cell taken
 * relative to the largest cell of its separator group; downwards conditionals are scaled by the parent's marginal. So
 * nothing overflows, and no conditional underflows however skewed the messages are.
 *
 * @returns log Z; -Infinity when the potentials exclude every cell, and then all tables are zero.
 * **Cost**: per cell one exponential and four passes, plus one pass per child for messages.
 * @source Lauritzen and Spiegelhalter 1988; the conditional form is that of Shafer and Shenoy's collect phase
 */
export function propagate(propagation: Propagation, total: number): number {
  const logZ = collect(propagation);
  distribute(propagation, total);
  return logZ;
}

function collect({ tree, tables, inClique, inParent, maxima, sums, messages }: Propagation): number {
  for (let clique = tree.cliques.length - 1; clique >= 0; clique--) {
    const max = maxima[clique]!;
    const sum = sums[clique]!;
    const message = messages[clique]!;
    expGroups(tables[clique]!, inClique[clique]!, max, sum);
    for (let cell = 0; cell < message.length; cell++) message[cell] = max[cell]! + Math.log(sum[cell]!);
    if (clique > 0) addEmbedded(tables[tree.parents[clique]!]!, message, inParent[clique]!);
  }
  return messages[0]![0]!;
}

function distribute({ tree, tables, inClique, inParent, sums, messages }: Propagation, total: number): void {
  for (let clique = 0; clique < tree.cliques.length; clique++) {
    const sum = sums[clique]!;
    const scale = messages[clique]!;
    if (clique === 0) scale[0] = total;
    else sumOnto(tables[tree.parents[clique]!]!, inParent[clique]!, scale);
    for (let cell = 0; cell < scale.length; cell++) scale[cell] = sum[cell]! > 0 ? scale[cell]! / sum[cell]! : 0;
    scaleEmbedded(tables[clique]!, scale, inClique[clique]!);
  }
}
