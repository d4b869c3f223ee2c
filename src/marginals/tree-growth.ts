import { type Clique, countCells, type Domain } from './domain.ts';
import { buildJunctionTree, findHost, type JunctionTree, junctionTreeCellsWith } from './junction-tree.ts';

/** Up to this many attributes every candidate is sized exactly; beyond, pairs are sized by growing the present tree. */
const EXACT_ATTRIBUTES = 24;

/** A model's measured cliques and a junction tree of them. */
export interface GrownTree {
  readonly cliques: readonly Clique[];
  readonly tree: JunctionTree;
}

const isLarge = ({ sizes }: Domain) => sizes.length > EXACT_ATTRIBUTES;

/**
 * Which candidates a tree may grow by so that `growTree` keeps at most `mostCells` cells.
 *
 * Candidates that the present tree holds, whatever its size. Of the others, in small domains exactly those for which
 * `buildJunctionTree` stays within the limit; in large ones pairs that the present tree can take in along the path between
 * their attributes within the limit, other candidates exactly. Either way a function of public sizes and cliques alone.
 *
 * **Cost**: all 4,950 pairs of 100 attributes in tens of milliseconds; see `junctionTreeCellsWith` for what is exact.
 */
export function candidatesWithin(
  domain: Domain,
  { cliques, tree }: GrownTree,
  candidates: readonly Clique[],
  mostCells: number,
): boolean[] {
  const sets = tree.cliques.map((members) => new Set(members));
  const isHeld = (clique: Clique) => sets.some((set) => clique.every((attribute) => set.has(attribute)));
  const byPath = (clique: Clique) => clique.length === 2 && isLarge(domain);
  const within = candidates.map((clique) => isHeld(clique));
  // What has more cells than the limit on its own needs no tree.
  const isOpen = (clique: Clique, index: number) => !within[index] && countCells(domain, clique) <= mostCells;
  const exact = candidates.filter((clique, index) => isOpen(clique, index) && !byPath(clique));
  const exactCells = junctionTreeCellsWith(domain, cliques, exact);
  const pairCells = isLarge(domain) ? createPairBound(domain, tree) : undefined;
  let next = 0;
  return candidates.map((clique, index) => {
    if (!isOpen(clique, index)) return within[index]!;
    const cells = pairCells && byPath(clique) ? pairCells(clique[0]!, clique[1]!) : exactCells[next++]!;
    return cells <= mostCells;
  });
}

/**
 * A junction tree that also holds `clique`: the present one if it does, else built anew, or in large domains and for pairs
 * grown along the path between the pair's attributes if that has fewer cells, so that it keeps what `candidatesWithin`
 * promised.
 */
export function growTree(domain: Domain, { cliques, tree }: GrownTree, clique: Clique): GrownTree {
  const grown = [...cliques, clique];
  if (findHost(domain, tree.cliques, clique) >= 0) return { cliques: grown, tree };
  const anew = buildJunctionTree(domain, grown);
  if (!isLarge(domain) || clique.length !== 2) return { cliques: grown, tree: anew };
  const [first, second] = clique;
  // The cliques of a tree and of a path through it make a chordal graph: elimination finds them again and adds nothing.
  const along = buildJunctionTree(domain, [...tree.cliques, ...pathCliques(domain, tree, first!, second!)]);
  return { cliques: grown, tree: treeCells(domain, along) < treeCells(domain, anew) ? along : anew };
}

const treeCells = (domain: Domain, tree: JunctionTree) =>
  tree.cliques.reduce((cells, clique) => cells + countCells(domain, clique), 0);

/**
 * Cells of a junction tree that also holds a pair: one attribute is carried from where it occurs to where the other
 * does. A clique on the way either takes it in or is bypassed by a clique of its two separators and the attribute,
 * whichever adds fewer cells. Parts joined by an empty separator are joined by the pair instead.
 */
export function createPairBound(domain: Domain, tree: JunctionTree): (a: number, b: number) => number {
  const present = treeCells(domain, tree);
  const neighbours = neighboursOf(tree);
  const carried = domain.sizes.map((_, attribute) => carry(domain, tree, neighbours, attribute).added);
  return (a, b) => present + Math.min(carried[a]![b]!, carried[b]![a]!);
}

/** The cliques that growing the tree by a pair adds, of which `createPairBound` tells the cells. */
function pathCliques(domain: Domain, tree: JunctionTree, a: number, b: number): Clique[] {
  const neighbours = neighboursOf(tree);
  const [there, back] = [carry(domain, tree, neighbours, a), carry(domain, tree, neighbours, b)];
  const isThere = there.added[b]! <= back.added[a]!;
  const [attribute, other, { ends, steps }] = isThere ? [a, b, there] : [b, a, back];
  if (ends[other]! < 0) return [[a, b]];
  const path: Clique[] = [];
  // The last clique ends with the other attribute, those before with the separator through which they are left.
  let exit: Clique = [other];
  for (let at = steps[ends[other]!]; at !== undefined; at = steps[at.from]) {
    path.push(cheaperCarrier(domain, tree.cliques[at.clique]!, { attribute, entry: at.entry, exit }));
    exit = at.entry;
  }
  return path;
}

/** What takes an attribute from `entry` to `exit`, both in `members`: the clique itself, or a bypass beside it. */
function cheaperCarrier(
  domain: Domain,
  members: Clique,
  { attribute, entry, exit }: { readonly attribute: number; readonly entry: Clique; readonly exit: Clique },
): Clique {
  const bypass = members.filter((member) => entry.includes(member) || exit.includes(member));
  const size = domain.sizes[attribute]!;
  const takesIn = countCells(domain, members) * (size - 1) <= countCells(domain, bypass) * size;
  return [...(takesIn ? members : bypass), attribute].sort((x, y) => x - y);
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

/** How a clique is entered on the way from the cliques that hold an attribute; `from` may be one of those. */
interface Step {
  readonly clique: number;
  readonly from: number;
  readonly entry: Clique;
}

/** What carrying one attribute to the others costs. */
interface Carried {
  /** Cells added until the attribute meets each other one. */
  readonly added: Float64Array;
  /** The clique where they meet; -1 where they need none on the way. */
  readonly ends: Int32Array;
  /** How each clique on the way is entered. */
  readonly steps: readonly (Step | undefined)[];
}

/** Cells added by carrying `attribute` to each other attribute of the domain. */
function carry(
  domain: Domain,
  { cliques }: JunctionTree,
  neighbours: readonly (readonly Edge[])[],
  attribute: number,
): Carried {
  const size = domain.sizes[attribute]!;
  // Attributes of other parts of the tree are reached by a clique of the pair alone.
  const added = Float64Array.from(domain.sizes, (other) => size * other);
  const ends = new Int32Array(domain.sizes.length).fill(-1);
  const steps: (Step | undefined)[] = cliques.map(() => undefined);
  const pending: (Step & { readonly cost: number })[] = [];
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
    steps[clique] = at;
    const takeIn = countCells(domain, members) * (size - 1);
    for (const other of members) {
      const total = cost + Math.min(takeIn, countCells(domain, entry) * size * domain.sizes[other]!);
      if (reached.has(other) && total >= added[other]!) continue;
      added[other] = total;
      ends[other] = clique;
      reached.add(other);
    }
    leave(clique, from, (exit) => {
      const bypass = members.filter((member) => entry.includes(member) || exit.includes(member));
      return cost + Math.min(takeIn, countCells(domain, bypass) * size);
    });
  }
  return { added, ends, steps };
}
