import { type Clique, countCells } from './domain.ts';
import { type Embedding, embed } from './embedding.ts';
import { projectFactor, scaleEmbedded, sumOnto } from './factor.ts';
import type { GraphicalModel } from './graphical-model.ts';
import { isWithin, mapTree, type TreeMap } from './tree-map.ts';

/** Cells of projected tree cliques that a walk keeps for later sources, 8 bytes each; beyond, they are summed anew. */
const MOST_KEPT_CELLS = 4_000_000;

/** A way out of a clique. */
interface Edge {
  readonly clique: number;
  readonly separator: Clique;
}

/** A marginal of a tree clique over what is known and what is wanted, and where both lie in it. */
interface Passage {
  readonly values: Float64Array;
  readonly known: Embedding;
  readonly wanted: Embedding;
}

/** P(source value | separator) on the way into a clique: one row of separator cells for each value of the source. */
interface Entry {
  readonly from: number;
  readonly clique: number;
  readonly separator: Clique;
  readonly ratios: Float64Array;
}

/**
 * Expected counts of one attribute with many others, none of which shares a tree clique with it: row-major, the source first.
 */
export type PairWalk = (source: number, targets: readonly number[]) => Map<number, Float64Array>;

/**
 * Answers pairs of attributes that lie apart in the tree by walking from one of them through the cliques on the way to all
 * others: what is carried is its distribution given the separator, so memory is that of one path and not of all pairs.
 *
 * **Cost**: per source about three passes over the cliques on the way for each of its values.
 * @source Koller and Friedman, Probabilistic Graphical Models, section 10.3.3 (out-of-clique inference)
 */
export function createPairWalk(model: GraphicalModel): PairWalk {
  const { domain, tree, beliefs } = model;
  const map = mapTree(tree, domain.sizes.length);
  const edges = edgesOf(model);
  const passageOf = createPassages(model);
  const scratch = new Float64Array(beliefs.reduce((most, belief) => Math.max(most, belief.length), 0));
  return (source, targets) => {
    const found = new Map<number, Float64Array>();
    const values = domain.sizes[source]!;
    const visit = ({ from, clique, separator, ratios }: Entry) => {
      const members = tree.cliques[clique]!;
      const carry = (wanted: Clique) =>
        carryOver(passageOf({ clique, known: separator, wanted }), ratios, values, scratch);
      for (const target of targets) {
        if (members.includes(target) && !separator.includes(target)) found.set(target, carry([target]));
      }
      for (const edge of edges[clique]!) {
        if (edge.clique === from || !leadsTo(map, tree.parents, clique, edge, targets)) continue;
        visit({ ...edge, from: clique, ratios: given(model, clique, edge.separator, carry(edge.separator)) });
      }
    };
    tree.cliques.forEach((members, clique) => {
      if (!members.includes(source)) return;
      for (const edge of edges[clique]!) {
        const isInside = tree.cliques[edge.clique]!.includes(source);
        if (isInside || !leadsTo(map, tree.parents, clique, edge, targets)) continue;
        const joint = jointWith(model, clique, source, edge.separator);
        visit({ ...edge, from: clique, ratios: given(model, clique, edge.separator, joint) });
      }
    });
    return found;
  };
}

function edgesOf({ tree }: GraphicalModel): Edge[][] {
  const edges: Edge[][] = tree.cliques.map(() => []);
  tree.parents.forEach((parent, clique) => {
    if (parent < 0) return;
    const separator = tree.separators[clique]!;
    edges[parent]!.push({ clique, separator });
    edges[clique]!.push({ clique: parent, separator });
  });
  return edges;
}

/** Whether some target lies beyond the edge: only there, and not in its separator. */
function leadsTo(
  map: TreeMap,
  parents: readonly number[],
  clique: number,
  edge: Edge,
  targets: readonly number[],
): boolean {
  const isDown = parents[edge.clique] === clique;
  const lower = isDown ? edge.clique : clique;
  return targets.some(
    (target) => isWithin(map, lower, map.tops[target]!) === isDown && !edge.separator.includes(target),
  );
}

/** Counts over source and separator, the source first, from a clique that holds both. */
function jointWith({ domain, tree, beliefs }: GraphicalModel, clique: number, source: number, separator: Clique) {
  const members = tree.cliques[clique]!;
  const values = domain.sizes[source]!;
  const cells = countCells(domain, separator);
  const both = [...separator, source].sort((a, b) => a - b);
  const ascending = projectFactor(domain, members, beliefs[clique]!, both);
  const inner = countCells(
    domain,
    separator.filter((attribute) => attribute > source),
  );
  const joint = new Float64Array(values * cells);
  for (let cell = 0; cell < ascending.length; cell++) {
    const block = Math.floor(cell / inner);
    const value = block % values;
    joint[value * cells + ((block - value) / values) * inner + (cell % inner)] = ascending[cell]!;
  }
  return joint;
}

/** Divides rows over a separator by its counts; where those are 0, so is the result. */
function given({ domain, tree, beliefs }: GraphicalModel, clique: number, separator: Clique, joint: Float64Array) {
  const counts = projectFactor(domain, tree.cliques[clique]!, beliefs[clique]!, separator);
  for (let cell = 0; cell < joint.length; cell++) {
    const count = counts[cell % counts.length]!;
    joint[cell] = count > 0 ? joint[cell]! / count : 0;
  }
  return joint;
}

/** Σ over known of P(source | known) · counts(known, wanted), for each value of the source. */
function carryOver(
  { values: counts, known, wanted }: Passage,
  ratios: Float64Array,
  rows: number,
  scratch: Float64Array,
): Float64Array {
  const out = new Float64Array(rows * wanted.smallCells);
  const table = scratch.subarray(0, counts.length);
  for (let row = 0; row < rows; row++) {
    table.set(counts);
    scaleEmbedded(table, ratios.subarray(row * known.smallCells, (row + 1) * known.smallCells), known);
    sumOnto(table, wanted, out.subarray(row * wanted.smallCells, (row + 1) * wanted.smallCells));
  }
  return out;
}

interface PassageRequest {
  readonly clique: number;
  readonly known: Clique;
  readonly wanted: Clique;
}

/** Passages of the model, the first ones remembered up to a limit of cells. */
function createPassages({ domain, tree, beliefs }: GraphicalModel): (request: PassageRequest) => Passage {
  const kept = new Map<string, Passage>();
  let keptCells = 0;
  return ({ clique, known, wanted }) => {
    const key = `${clique}|${known}|${wanted}`;
    const before = kept.get(key);
    if (before !== undefined) return before;
    const members = tree.cliques[clique]!;
    const joint = members.filter((attribute) => known.includes(attribute) || wanted.includes(attribute));
    const isWhole = joint.length === members.length;
    const passage: Passage = {
      values: isWhole ? beliefs[clique]! : projectFactor(domain, members, beliefs[clique]!, joint),
      known: embed(domain, joint, known),
      wanted: embed(domain, joint, wanted),
    };
    const cells = (isWhole ? 0 : passage.values.length) + passage.known.outer.length + passage.wanted.outer.length;
    if (keptCells + cells <= MOST_KEPT_CELLS) {
      keptCells += cells;
      kept.set(key, passage);
    }
    return passage;
  };
}
