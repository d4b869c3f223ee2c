import { type Conditional, extendJoint, reorder } from './contraction.ts';
import { type Clique, countCells, type Domain } from './domain.ts';
import { projectFactor } from './factor.ts';
import type { GraphicalModel } from './graphical-model.ts';
import { findHost } from './junction-tree.ts';
import type { Factor } from './marginal-oracle.ts';
import { createPairWalk } from './pair-walk.ts';
import { createPause } from './pause.ts';
import { mapTree, type TreeMap } from './tree-map.ts';

/** Cells of tables on the way that are remembered for later queries, 8 bytes each. */
const MOST_REMEMBERED_CELLS = 8_000_000;

/** Beyond so many attributes pairs that lie apart are answered by walks from their attributes. */
const MOST_QUERIED_ATTRIBUTES = 24;

/** Expected counts of the model over `clique` (any attributes, ascending): row-major, last attribute fastest. */
export function modelMarginal(model: GraphicalModel, clique: Clique): Float64Array {
  return createQuery(model)(clique).values;
}

/**
 * Expected counts over many cliques. Intermediate tables along the junction tree are shared between them.
 *
 * **Cost**: cliques inside a tree clique cost one pass over it; others cost matrix products along the path between
 * their attributes. Memory beside the answers is bounded.
 */
export function modelMarginals(model: GraphicalModel, cliques: readonly Clique[]): Float64Array[] {
  const answers: Float64Array[] = [];
  for (const _ of answerInTurn(model, cliques, answers));
  return answers;
}

/** `modelMarginals` with returns to the event loop. @throws the signal's reason when aborted. */
export async function modelMarginalsPausing(
  model: GraphicalModel,
  cliques: readonly Clique[],
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const answers: Float64Array[] = [];
  const pause = createPause(signal);
  for (const _ of answerInTurn(model, cliques, answers)) await pause();
  return answers;
}

/** Fills `answers`, a clique or the pairs of one attribute at a time. */
function* answerInTurn(
  model: GraphicalModel,
  cliques: readonly Clique[],
  answers: Float64Array[],
): Generator<undefined> {
  const query = createQuery(model);
  const apart =
    model.domain.sizes.length > MOST_QUERIED_ATTRIBUTES ? pairsApart(model, cliques) : new Map<number, number[]>();
  const inPairs = new Set([...apart.values()].flat());
  for (const [index, clique] of cliques.entries()) {
    if (inPairs.has(index)) continue;
    answers[index] = query(clique).values;
    yield;
  }
  const walk = createPairWalk(model);
  for (const [source, indices] of apart) {
    const targets = indices.map((index) => otherOf(cliques[index]!, source));
    const found = walk(source, targets);
    for (const [k, index] of indices.entries())
      answers[index] = orient(model, source, targets[k]!, found.get(targets[k]!)!);
    yield;
  }
}

/** Pairs in no tree clique, as indices by the end with fewer values: fewer to carry. */
function pairsApart({ domain, tree }: GraphicalModel, cliques: readonly Clique[]): Map<number, number[]> {
  const joined = domain.sizes.map(() => new Set<number>());
  for (const members of tree.cliques) {
    for (const attribute of members) for (const other of members) joined[attribute]!.add(other);
  }
  const apart = new Map<number, number[]>();
  for (const [index, clique] of cliques.entries()) {
    const [first, second] = clique;
    if (clique.length !== 2 || joined[first!]!.has(second!)) continue;
    const source = domain.sizes[second!]! < domain.sizes[first!]! ? second! : first!;
    apart.set(source, [...(apart.get(source) ?? []), index]);
  }
  return apart;
}

const otherOf = ([first, second]: Clique, attribute: number) => (first === attribute ? second! : first!);

/** A table of source by target as one over ascending attributes. */
function orient({ domain }: GraphicalModel, source: number, target: number, values: Float64Array): Float64Array {
  return reorder(domain, { order: [source, target], values }, source < target ? [source, target] : [target, source])
    .values;
}

/** A memory of tables by key that starts anew when it holds too many cells. */
function rememberCells<Table extends { readonly values: Float64Array }>(): (key: string, make: () => Table) => Table {
  const known = new Map<string, Table>();
  let cells = 0;
  return (key, make) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const table = make();
    if (cells + table.values.length > MOST_REMEMBERED_CELLS) {
      known.clear();
      cells = 0;
    }
    cells += table.values.length;
    known.set(key, table);
    return table;
  };
}

/** An end of the part of the tree that a query needs. */
interface Leaf {
  readonly clique: number;
  /** Attributes the end shares with its only needed neighbour. */
  readonly separator: Clique;
  /** Attributes of the query that only the end holds. */
  readonly wanted: Clique;
}

/**
 * Variable elimination on a calibrated tree, leaf by leaf: with W the attributes of the query that only a leaf with
 * separator S holds, P(Q) = Σ_{S \ Q} P((Q \ W) ∪ S) · P(W | S). Every P on the way is remembered, so queries share paths.
 * @source Koller and Friedman, Probabilistic Graphical Models, section 10.3.3 (out-of-clique inference)
 */
function createQuery(model: GraphicalModel): (clique: Clique) => Factor {
  const { domain, tree, beliefs } = model;
  const map = mapTree(tree, domain.sizes.length);
  const sets = tree.cliques.map((clique) => new Set(clique));
  const known = rememberCells<Factor>();
  const conditionals = rememberCells<Conditional>();
  const query = (clique: Clique): Factor => known(clique.join(','), () => answer(clique));
  const answer = (clique: Clique): Factor => {
    const lowest = clique.reduce((low, attribute) => Math.max(low, map.tops[attribute]!), 0);
    // If any tree clique holds the whole query, so does the lowest top.
    if (clique.every((attribute) => sets[lowest]!.has(attribute))) return projectDown(clique);
    const leaf = cheapestLeaf(model, map, sets, clique);
    const rest = clique.filter((attribute) => !leaf.wanted.includes(attribute));
    const joint = query(union(rest, leaf.separator));
    const key = `${leaf.clique}|${leaf.separator}|${leaf.wanted}`;
    const conditional = conditionals(key, () => conditionOnSeparator(model, leaf));
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
