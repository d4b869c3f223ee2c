import { createPropagation, type Propagation, propagate } from './belief-propagation.ts';
import { type Clique, countCells, type Domain } from './domain.ts';
import { type Embedding, embed } from './embedding.ts';
import { addEmbedded, sumOnto } from './factor.ts';
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

/** One step of moving tables between a clique and the larger table that hosts it. */
interface Hosting {
  readonly clique: number;
  /** Index of the hosting chosen clique, or -1 when a tree clique hosts it. */
  readonly hostClique: number;
  readonly hostTree: number;
  readonly embedding: Embedding;
}

/**
 * A marginal oracle by belief propagation. Small cliques inside larger chosen ones are served from those, so that only
 * maximal chosen cliques touch the tables of the junction tree.
 *
 * @param cliques - distinct cliques that carry potentials
 * @param fixed - log potentials that stay as they are, -Infinity for cells that cannot occur
 */
export function createMarginalOracle(
  domain: Domain,
  cliques: readonly Clique[],
  fixed: readonly Factor[] = [],
): MarginalOracle {
  const tree = buildJunctionTree(domain, [...cliques, ...fixed.map((factor) => factor.clique)]);
  const propagation = createPropagation(domain, tree);
  const offsets = cliques.map(() => 0);
  let length = 0;
  cliques.forEach((clique, index) => {
    offsets[index] = length;
    length += countCells(domain, clique);
  });
  const ascending = planHosting(domain, tree, cliques);
  const descending = ascending.toReversed();
  const base = fixedTables(domain, tree, fixed);
  const scratch = new Float64Array(length);
  const views = (vector: Float64Array) =>
    cliques.map((clique, index) => vector.subarray(offsets[index], offsets[index]! + countCells(domain, clique)));
  const scratchViews = views(scratch);
  const evaluate = (logPotentials: Float64Array, total: number, out: Float64Array): number => {
    scratch.set(logPotentials);
    loadPotentials(propagation, base, ascending, scratchViews);
    const logZ = propagate(propagation, total);
    const outViews = views(out);
    for (const { clique, hostClique, hostTree, embedding } of descending) {
      const host = hostClique >= 0 ? outViews[hostClique]! : propagation.tables[hostTree]!;
      sumOnto(host, embedding, outViews[clique]!);
    }
    return logZ;
  };
  return { domain, tree, cliques, offsets, length, evaluate, beliefs: propagation.tables };
}

/** Cliques in ascending order of cells with the smallest table that can host each. */
function planHosting(domain: Domain, tree: JunctionTree, cliques: readonly Clique[]): Hosting[] {
  const order = cliques.map((_, index) => index);
  const cells = cliques.map((clique) => countCells(domain, clique));
  order.sort((a, b) => cells[a]! - cells[b]! || cliques[a]!.length - cliques[b]!.length || a - b);
  return order.map((clique, position) => {
    const larger = order.slice(position + 1);
    const found = findHost(
      domain,
      larger.map((index) => cliques[index]!),
      cliques[clique]!,
    );
    const hostClique = found < 0 ? -1 : larger[found]!;
    const hostTree = findHost(domain, tree.cliques, cliques[clique]!);
    const host = hostClique >= 0 ? cliques[hostClique]! : tree.cliques[hostTree]!;
    return { clique, hostClique, hostTree, embedding: embed(domain, host, cliques[clique]!) };
  });
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

function loadPotentials(
  { tables }: Propagation,
  base: readonly (Float64Array | undefined)[],
  ascending: readonly Hosting[],
  potentials: readonly Float64Array[],
): void {
  tables.forEach((table, index) => {
    const start = base[index];
    if (start === undefined) table.fill(0);
    else table.set(start);
  });
  for (const { clique, hostClique, hostTree, embedding } of ascending) {
    const host = hostClique >= 0 ? potentials[hostClique]! : tables[hostTree]!;
    addEmbedded(host, potentials[clique]!, embedding);
  }
}
