import { type Clique, countCells, type Domain } from './domain.ts';
import { buildJunctionTree, type JunctionTree, junctionTreeCellsWith } from './junction-tree.ts';

/** Up to this many attributes every candidate is sized exactly; beyond, pairs are sized by growing the present tree. */
const EXACT_ATTRIBUTES = 24;

/**
 * Which candidates a model measured on `cliques` may grow by so that its junction tree keeps at most `mostCells` cells.
 *
 * Small domains: exactly those for which `buildJunctionTree` stays within the limit. Large ones: pairs that the present
 * tree can take in along the path between their attributes within the limit, other candidates exactly. Either way a
 * function of public sizes and cliques alone.
 *
 * **Cost**: all 4,950 pairs of 100 attributes in tens of milliseconds.
 */
export function candidatesWithin(
  domain: Domain,
  cliques: readonly Clique[],
  candidates: readonly Clique[],
  mostCells: number,
): boolean[] {
  const byPath = (clique: Clique) => clique.length === 2 && domain.sizes.length > EXACT_ATTRIBUTES;
  const exact = candidates.filter((clique) => !byPath(clique));
  const exactCells = junctionTreeCellsWith(domain, cliques, exact);
  const pairCells = createPairBound(domain, buildJunctionTree(domain, cliques));
  let next = 0;
  return candidates.map((clique) => {
    const cells = byPath(clique) ? pairCells(clique[0]!, clique[1]!) : exactCells[next++]!;
    return cells <= mostCells;
  });
}

/**
 * Cells of a junction tree that also holds a pair: one attribute is carried from where it occurs to where the other
 * does. A clique on the way either takes it in or is bypassed by a clique of its two separators and the attribute,
 * whichever adds fewer cells. Parts joined by an empty separator are joined by the pair instead.
 */
export function createPairBound(domain: Domain, tree: JunctionTree): (a: number, b: number) => number {
  const present = tree.cliques.reduce((cells, clique) => cells + countCells(domain, clique), 0);
  const neighbours = neighboursOf(tree);
  const carried = domain.sizes.map((_, attribute) => carry(domain, tree, neighbours, attribute));
  return (a, b) => present + Math.min(carried[a]![b]!, carried[b]![a]!);
}

interface Edge {
  readonly clique: number;
  readonly separator: Clique;
}

function neighboursOf({ parents, separators, cliques }: JunctionTree): Edge[][] {
  const edges: Edge[][] = cliques.map(() => []);
  parents.forEach((parent, clique) => {
    if (parent < 0) return;
    edges[parent]!.push({ clique, separator: separators[clique]! });
    edges[clique]!.push({ clique: parent, separator: separators[clique]! });
  });
  return edges;
}

/** Cells added by carrying `attribute` to each other attribute of the domain. */
function carry(
  domain: Domain,
  { cliques }: JunctionTree,
  neighbours: readonly (readonly Edge[])[],
  attribute: number,
): Float64Array {
  const size = domain.sizes[attribute]!;
  // Attributes of other parts of the tree are reached by a clique of the pair alone.
  const added = Float64Array.from(domain.sizes, (other) => size * other);
  const pending: { clique: number; entry: Clique; from: number; cost: number }[] = [];
  const leave = (clique: number, from: number, costOf: (exit: Clique) => number) => {
    for (const { clique: other, separator } of neighbours[clique]!) {
      if (other === from || separator.length === 0 || cliques[other]!.includes(attribute)) continue;
      pending.push({ clique: other, entry: separator, from: clique, cost: costOf(separator) });
    }
  };
  const reached = new Set<number>([attribute]);
  cliques.forEach((clique, index) => {
    if (!clique.includes(attribute)) return;
    for (const other of clique) {
      added[other] = 0;
      reached.add(other);
    }
    leave(index, -1, () => 0);
  });
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { clique, entry, from, cost } = at;
    const members = cliques[clique]!;
    const takeIn = countCells(domain, members) * (size - 1);
    for (const other of members) {
      const total = cost + Math.min(takeIn, countCells(domain, entry) * size * domain.sizes[other]!);
      added[other] = reached.has(other) ? Math.min(added[other]!, total) : total;
      reached.add(other);
    }
    leave(clique, from, (exit) => {
      const bypass = members.filter((member) => entry.includes(member) || exit.includes(member));
      return cost + Math.min(takeIn, countCells(domain, bypass) * size);
    });
  }
  return added;
}
