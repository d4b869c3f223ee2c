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

/** A leaf of the part of the tree that a query needs, with what the query wants of it. */
interface Leaf {
  readonly clique: number;
  /** Attributes the leaf shares with its only needed neighbour. */
  readonly separator: Clique;
  /** Attributes of the query that only the leaf holds. */
  readonly wanted: Clique;
}

/**
 * Variable elimination on a calibrated tree, leaf by leaf: with leaf attributes W and separator S,
 * P(Q) = Σ_{S \ Q} P((Q \ W) ∪ S) · P(W | S). Every P on the way is remembered, so queries share paths.
 * @source Koller and Friedman, Probabilistic Graphical Models, section 10.3.3 (out-of-clique inference)
 */
function createQuery(model: GraphicalModel): (clique: Clique) => Factor {
  const { domain, tree, beliefs } = model;
  const neighbours = neighboursOf(model);
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
    const host = findHost(domain, tree.cliques, clique);
    if (host >= 0) return { clique, values: projectFactor(domain, tree.cliques[host]!, beliefs[host]!, clique) };
    const leaf = cheapestLeaf(model, neighbours, sets, clique);
    const rest = clique.filter((attribute) => !leaf.wanted.includes(attribute));
    const joint = query(union(rest, leaf.separator));
    const key = `${leaf.clique}|${leaf.separator}|${leaf.wanted}`;
    const conditional = conditionals.get(key) ?? conditionOnSeparator(model, leaf);
    conditionals.set(key, conditional);
    return extendJoint(domain, joint, conditional, clique);
  };
  return query;
}

function neighboursOf({ tree }: GraphicalModel): readonly (readonly number[])[] {
  const neighbours: number[][] = tree.cliques.map(() => []);
  tree.parents.forEach((parent, clique) => {
    if (parent < 0) return;
    neighbours[parent]!.push(clique);
    neighbours[clique]!.push(parent);
  });
  return neighbours;
}

/**
 * Prunes leaves that hold nothing of the query which their neighbour lacks; of the leaves that remain, the one whose
 * elimination step is cheapest.
 */
function cheapestLeaf(
  { domain, tree }: GraphicalModel,
  neighbours: readonly (readonly number[])[],
  sets: readonly ReadonlySet<number>[],
  clique: Clique,
): Leaf {
  const degree = neighbours.map((list) => list.length);
  const gone = tree.cliques.map(() => false);
  const pending = degree.flatMap((count, index) => (count === 1 ? [index] : []));
  let best: Leaf | undefined;
  let bestCells = Number.POSITIVE_INFINITY;
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const neighbour = neighbours[index]!.find((other) => !gone[other]);
    if (neighbour === undefined) break;
    const wanted = clique.filter((attribute) => sets[index]!.has(attribute) && !sets[neighbour]!.has(attribute));
    if (wanted.length === 0) {
      gone[index] = true;
      degree[neighbour]!--;
      if (degree[neighbour] === 1) pending.push(neighbour);
      continue;
    }
    const separator = tree.cliques[index]!.filter((attribute) => sets[neighbour]!.has(attribute));
    const cells = countCells(domain, union(clique, separator));
    if (cells < bestCells) {
      best = { clique: index, separator, wanted };
      bestCells = cells;
    }
  }
  return best!;
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
