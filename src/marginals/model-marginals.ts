import { type Conditional, extendJoint, reorder } from './contraction.ts';
import { type Clique, countCells, type Domain } from './domain.ts';
import { projectFactor } from './factor.ts';
import type { GraphicalModel } from './graphical-model.ts';
import { findHost } from './junction-tree.ts';
import type { Factor } from './marginal-oracle.ts';

/** Expected counts of the model over `clique` (any attributes, ascending): row-major, last attribute fastest. */
export function modelMarginal(model: GraphicalModel, clique: Clique): Float64Array {
  return createQuery(model)(clique).values;
}

/**
 * Expected counts over many cliques. Intermediate tables along the junction tree are shared between them.
 *
 * **Cost**: cliques inside a tree clique cost one pass over it; others cost matrix products along the path between
 * their attributes.
 */
export function modelMarginals(model: GraphicalModel, cliques: readonly Clique[]): Float64Array[] {
  const query = createQuery(model);
  return cliques.map((clique) => query(clique).values);
}

/** An end of the part of the tree that a query needs. */
interface Leaf {
  readonly clique: number;
  /** Attributes the end shares with its only needed neighbour. */
  readonly separator: Clique;
  /** Attributes of the query that only the end holds. */
  readonly wanted: Clique;
}

/** Where attributes and cliques lie in a rooted tree. */
interface TreeMap {
  /** The clique nearest to the root that holds each attribute. */
  readonly tops: Int32Array;
  /** Position of each clique in a depth-first walk. */
  readonly enter: Int32Array;
  /** One more than the last position of the clique's descendants. */
  readonly exit: Int32Array;
}

/**
 * Variable elimination on a calibrated tree, leaf by leaf: with W the attributes of the query that only a leaf with
 * separator S holds, P(Q) = Σ_{S \ Q} P((Q \ W) ∪ S) · P(W | S). Every P on the way is remembered, so queries share paths.
 * @source Koller and Friedman, Probabilistic Graphical Models, section 10.3.3 (out-of-clique inference)
 */
function createQuery(model: GraphicalModel): (clique: Clique) => Factor {
  const { domain, tree, beliefs } = model;
  const map = mapTree(model);
  const sets = tree.cliques.map((clique) => new Set(clique));
  const known = new Map<string, Factor>();
  const conditionals = new Map<string, Conditional>();
  const query = (clique: Clique): Factor => {
    const key = clique.join(',');
    const found = known.get(key) ?? answer(clique);
    known.set(key, found);
    return found;
  };
  const answer = (clique: Clique): Factor => {
    const lowest = clique.reduce((low, attribute) => Math.max(low, map.tops[attribute]!), 0);
    // If any tree clique holds the whole query, so does the lowest top.
    if (clique.every((attribute) => sets[lowest]!.has(attribute))) return projectDown(clique);
    const leaf = cheapestLeaf(model, map, sets, clique);
    const rest = clique.filter((attribute) => !leaf.wanted.includes(attribute));
    const joint = query(union(rest, leaf.separator));
    const key = `${leaf.clique}|${leaf.separator}|${leaf.wanted}`;
    const conditional = conditionals.get(key) ?? conditionOnSeparator(model, leaf);
    conditionals.set(key, conditional);
    return extendJoint(domain, joint, conditional, clique);
  };
  /**
   * Sums a tree clique down to `clique`, largest attribute first and one at a time: the tables on the way are the same
   * for most queries, so only the first few pass over all cells.
   */
  const projectDown = (clique: Clique): Factor => {
    const host = findHost(domain, tree.cliques, clique);
    const hostClique = tree.cliques[host]!;
    const others = hostClique.filter((attribute) => !clique.includes(attribute));
    if (others.length < 2) return { clique, values: projectFactor(domain, hostClique, beliefs[host]!, clique) };
    const smallest = others.reduce((a, b) => (domain.sizes[b]! < domain.sizes[a]! ? b : a));
    const above = query(union(clique, [smallest]));
    return { clique, values: projectFactor(domain, above.clique, above.values, clique) };
  };
  return query;
}

function mapTree({ domain, tree }: GraphicalModel): TreeMap {
  const tops = new Int32Array(domain.sizes.length);
  const size = new Int32Array(tree.cliques.length).fill(1);
  for (let clique = tree.cliques.length - 1; clique >= 0; clique--) {
    for (const attribute of tree.cliques[clique]!) tops[attribute] = clique;
    if (clique > 0) size[tree.parents[clique]!]! += size[clique]!;
  }
  const enter = new Int32Array(tree.cliques.length);
  const nextFree = new Int32Array(tree.cliques.length).fill(1);
  for (let clique = 1; clique < tree.cliques.length; clique++) {
    const parent = tree.parents[clique]!;
    enter[clique] = enter[parent]! + nextFree[parent]!;
    nextFree[parent]! += size[clique]!;
  }
  return { tops, enter, exit: enter.map((position, clique) => position + size[clique]!) };
}

/** Of the ends that may be peeled off next, the one that leaves the smallest table to ask for. */
function cheapestLeaf(model: GraphicalModel, map: TreeMap, sets: readonly ReadonlySet<number>[], clique: Clique): Leaf {
  const upper = upperLeaf(model, map, sets, clique);
  const leaves = [...lowerLeaves(model, map, clique), ...(upper === undefined ? [] : [upper])];
  const cells = leaves.map(({ separator }) => countCells(model.domain, union(clique, separator)));
  return leaves[cells.indexOf(Math.min(...cells))]!;
}

/** Cliques where attributes of the query enter the tree with no other entering below. */
function lowerLeaves({ tree }: GraphicalModel, { tops, enter, exit }: TreeMap, clique: Clique): Leaf[] {
  const entries = [...new Set(clique.map((attribute) => tops[attribute]!))];
  return entries.flatMap((top) => {
    const isBelow = (other: number) => other !== top && enter[other]! >= enter[top]! && enter[other]! < exit[top]!;
    if (top === 0 || entries.some(isBelow)) return [];
    const wanted = clique.filter((attribute) => tops[attribute] === top);
    return [{ clique: top, separator: tree.separators[top]!, wanted }];
  });
}

/** The upper end, if the query needs only one branch below it. */
function upperLeaf(
  { tree }: GraphicalModel,
  { tops, enter, exit }: TreeMap,
  sets: readonly ReadonlySet<number>[],
  clique: Clique,
): Leaf | undefined {
  const holds = (ancestor: number, other: number) =>
    enter[other]! >= enter[ancestor]! && enter[other]! < exit[ancestor]!;
  let end = tops[clique[0]!]!;
  while (!clique.every((attribute) => holds(end, tops[attribute]!))) end = tree.parents[end]!;
  while (true) {
    const below = clique.filter((attribute) => !sets[end]!.has(attribute));
    let child = tops[below[0]!]!;
    while (tree.parents[child] !== end) child = tree.parents[child]!;
    if (!below.every((attribute) => holds(child, tops[attribute]!))) return undefined;
    const wanted = clique.filter((attribute) => sets[end]!.has(attribute) && !sets[child]!.has(attribute));
    if (wanted.length > 0) return { clique: end, separator: tree.separators[child]!, wanted };
    end = child;
  }
}

function union(a: Clique, b: Clique): Clique {
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

function conditionOnSeparator({ domain, tree, beliefs }: GraphicalModel, leaf: Leaf): Conditional {
  const { separator, wanted } = leaf;
  const joint = union(separator, wanted);
  const values = projectFactor(domain, tree.cliques[leaf.clique]!, beliefs[leaf.clique]!, joint);
  const rows = reorder(domain, { order: joint, values }, [...separator, ...wanted]).values.slice();
  normalizeRows(rows, countCells(domain, wanted));
  return { given: separator, appended: wanted, values: rows };
}

/** Divides each row of `columns` cells by its sum; rows that sum to 0 stay 0. */
export function normalizeRows(values: Float64Array, columns: number): void {
  for (let start = 0; start < values.length; start += columns) {
    let sum = 0;
    for (let cell = start; cell < start + columns; cell++) sum += values[cell]!;
    const scale = sum > 0 ? 1 / sum : 0;
    for (let cell = start; cell < start + columns; cell++) values[cell]! *= scale;
  }
}

/** Every set of `size` attributes of the domain, in lexicographic order. */
export function allCliques(domain: Domain, size: 1 | 2 | 3): Clique[] {
  const count = domain.sizes.length;
  const grow = (cliques: readonly Clique[]): Clique[] =>
    cliques.flatMap((clique) =>
      Array.from({ length: count }, (_, k) => k)
        .filter((k) => k > (clique.at(-1) ?? -1))
        .map((k) => [...clique, k]),
    );
  return Array.from({ length: size }).reduce<Clique[]>((cliques) => grow(cliques), [[]]);
}
