import { createPropagation, propagate } from './belief-propagation.ts';
import { type Clique, countCells, type Domain } from './domain.ts';
import { type Embedding, embed } from './embedding.ts';
import { addEmbedded, sumOnto } from './factor.ts';
import { guestsFirst, planHosting } from './hosting.ts';
import { buildJunctionTree, findHost, type JunctionTree } from './junction-tree.ts';

/** A table over a clique: row-major, last attribute fastest. */
export interface Factor {
  readonly clique: Clique;
  readonly values: Float64Array;
}

/**
 * Maps log potentials on chosen cliques to the marginals of the distribution they define, on the same cliques. Both are
 * flat vectors: the tables of the cliques one after the other.
 */
export interface MarginalOracle {
  readonly domain: Domain;
  readonly tree: JunctionTree;
  readonly cliques: readonly Clique[];
  /** First cell of each clique in the flat vectors. */
  readonly offsets: readonly number[];
  /** Length of the flat vectors. */
  readonly length: number;
  /**
   * Writes the marginals of total · exp(Σ log potentials) / Z to `out`; returns log Z. The beliefs of the tree cliques
   * stay in `beliefs` until the next call.
   */
  evaluate(logPotentials: Float64Array, total: number, out: Float64Array): number;
  /** Marginals of the tree cliques from the last evaluation. */
  readonly beliefs: readonly Float64Array[];
}

/**
 * A marginal oracle by belief propagation on the junction tree of all cliques.
 *
 * @param cliques - distinct cliques that carry potentials
 * @param fixed - log potentials that stay as they are, -Infinity for cells that cannot occur
 * @param tree - a junction tree that holds all of them; built when absent
 */
export function createMarginalOracle(
  domain: Domain,
  cliques: readonly Clique[],
  fixed: readonly Factor[] = [],
  tree = buildJunctionTree(domain, [...cliques, ...fixed.map((factor) => factor.clique)]),
): MarginalOracle {
  const propagation = createPropagation(domain, tree);
  const offsets = cliques.map(() => 0);
  let length = 0;
  cliques.forEach((clique, index) => {
    offsets[index] = length;
    length += countCells(domain, clique);
  });
  const hosted = planHosting(domain, tree.cliques, cliques);
  const order = guestsFirst(hosted);
  const [small, large] = partitionFixed(domain, cliques, fixed);
  const base = fixedTables(domain, tree, large);
  const scratch = new Float64Array(length);
  const between = hosted.slice(cliques.length).map(({ clique }) => new Float64Array(countCells(domain, clique)));
  const views = (flat: Float64Array) => [
    ...cliques.map((clique, index) => flat.subarray(offsets[index], offsets[index]! + countCells(domain, clique))),
    ...between,
  ];
  const scratchViews = views(scratch);
  const { tables } = propagation;
  const evaluate = (logPotentials: Float64Array, total: number, out: Float64Array): number => {
    scratch.set(logPotentials);
    for (const { host, embedding, values } of small) addEmbedded(scratchViews[host]!, values, embedding);
    for (const table of between) table.fill(0);
    resetTables(tables, base);
    for (const index of order) {
      const { host, embedding } = hosted[index]!;
      addEmbedded(host < 0 ? tables[-1 - host]! : scratchViews[host]!, scratchViews[index]!, embedding);
    }
    const logZ = propagate(propagation, total);
    const outViews = views(out);
    for (const index of order.toReversed()) {
      const { host, embedding } = hosted[index]!;
      sumOnto(host < 0 ? tables[-1 - host]! : outViews[host]!, embedding, outViews[index]!);
    }
    return logZ;
  };
  return { domain, tree, cliques, offsets, length, evaluate, beliefs: tables };
}

/** A fixed factor inside a chosen clique. */
interface HostedFactor {
  readonly host: number;
  readonly embedding: Embedding;
  readonly values: Float64Array;
}

/** Fixed factors inside a chosen clique are added to its small table; only the others need tables as large as the tree's. */
function partitionFixed(
  domain: Domain,
  cliques: readonly Clique[],
  fixed: readonly Factor[],
): readonly [readonly HostedFactor[], readonly Factor[]] {
  const small: HostedFactor[] = [];
  const large: Factor[] = [];
  for (const factor of fixed) {
    const host = findHost(domain, cliques, factor.clique);
    if (host < 0) large.push(factor);
    else small.push({ host, embedding: embed(domain, cliques[host]!, factor.clique), values: factor.values });
  }
  return [small, large];
}

function fixedTables(
  domain: Domain,
  tree: JunctionTree,
  fixed: readonly Factor[],
): readonly (Float64Array | undefined)[] {
  const tables: (Float64Array | undefined)[] = tree.cliques.map(() => undefined);
  for (const { clique, values } of fixed) {
    const host = findHost(domain, tree.cliques, clique);
    const hostClique = tree.cliques[host]!;
    const table = tables[host] ?? new Float64Array(countCells(domain, hostClique));
    addEmbedded(table, values, embed(domain, hostClique, clique));
    tables[host] = table;
  }
  return tables;
}

function resetTables(tables: readonly Float64Array[], base: readonly (Float64Array | undefined)[]): void {
  tables.forEach((table, index) => {
    const start = base[index];
    if (start === undefined) table.fill(0);
    else table.set(start);
  });
}
