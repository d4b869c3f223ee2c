import type { Clique, Domain } from './domain.ts';

/**
 * Rule that picks the next attribute to eliminate: the one whose clique has fewest cells (`min-weight`), or whose
 * elimination adds the lightest edges, an edge weighing the product of its ends' sizes (`min-fill`) or of the logarithms
 * of their sizes (`min-log-fill`). None is best on all graphs; on random ones the best of the three has 5 to 30 % fewer
 * cells than the best of weight and plain edge count.
 */
export type EliminationRule = 'min-weight' | 'min-fill' | 'min-log-fill';
/** All rules. */
export const ELIMINATION_RULES: readonly EliminationRule[] = ['min-weight', 'min-fill', 'min-log-fill'];

/**
 * Undirected graph over attributes as bit rows: attribute a is joined to b when bit b of row a is set. Two attributes
 * are joined when some clique holds both.
 */
export interface InteractionGraph {
  readonly sizes: readonly number[];
  readonly logSizes: Float64Array;
  /** 32-bit words per row. */
  readonly words: number;
  readonly rows: Uint32Array;
}

/** What elimination found: the maximal cliques of a chordal completion. */
export interface Elimination {
  /** One bit row per clique, `words` long each, in order of elimination. */
  readonly cliques: readonly Uint32Array[];
  /** Cells of all cliques together. */
  readonly cells: number;
}

/** The graph of a set of cliques. */
export function createInteractionGraph(domain: Domain, cliques: readonly Clique[]): InteractionGraph {
  const words = Math.ceil(domain.sizes.length / 32);
  const graph: InteractionGraph = {
    sizes: domain.sizes,
    logSizes: Float64Array.from(domain.sizes, Math.log),
    words,
    rows: new Uint32Array(domain.sizes.length * words),
  };
  for (const clique of cliques) joinAll(graph, clique);
  return graph;
}

/** A copy of the graph in which the attributes of one more clique are joined. */
export function withClique(graph: InteractionGraph, clique: Clique): InteractionGraph {
  const extended = { ...graph, rows: graph.rows.slice() };
  joinAll(extended, clique);
  return extended;
}

/** Whether all attributes of the clique are joined to each other. */
export function isComplete({ rows, words }: InteractionGraph, clique: Clique): boolean {
  return clique.every((a) => clique.every((b) => a === b || (rows[a * words + (b >>> 5)]! & (1 << (b & 31))) !== 0));
}

function joinAll({ rows, words }: InteractionGraph, clique: Clique): void {
  for (const a of clique) {
    for (const b of clique) if (a !== b) rows[a * words + (b >>> 5)]! |= 1 << (b & 31);
  }
}

/**
 * Greedy vertex elimination. Ties go to the lower attribute, so the result is a function of sizes and cliques alone.
 *
 * **Cost**: some 20 µs for 15 attributes, 200 µs for 100.
 * @source Koller and Friedman, Probabilistic Graphical Models, algorithm 9.4 and section 10.4.2
 */
export function eliminate(start: InteractionGraph, rule: EliminationRule): Elimination {
  const graph = { ...start, rows: start.rows.slice() };
  const { words } = graph;
  const count = graph.sizes.length;
  const score = scoreOf(graph, rule);
  const scores = new Float64Array(count);
  for (let vertex = 0; vertex < count; vertex++) scores[vertex] = score(vertex);
  const affected = new Uint32Array(words);
  const cliques: Uint32Array[] = [];
  const orphans: Uint32Array[] = [];
  let cells = 0;
  for (let step = 0; step < count; step++) {
    const vertex = pickLowest(scores);
    scores[vertex] = Number.POSITIVE_INFINITY;
    const row = graph.rows.slice(vertex * words, (vertex + 1) * words);
    connectNeighbours(graph, vertex, row, affected);
    // A vertex's weight changes only with its own neighbours, its fill also with theirs.
    rescore(rule === 'min-weight' ? row : affected, score, scores);
    if (!adoptOrphans(orphans, vertex, row)) {
      const clique = row.slice();
      clique[vertex >>> 5]! |= 1 << (vertex & 31);
      cliques.push(clique);
      cells += cellsOf(graph, clique);
    }
    orphans.push(row);
  }
  return { cliques, cells };
}

function scoreOf(graph: InteractionGraph, rule: EliminationRule): (vertex: number) => number {
  if (rule === 'min-weight') return (vertex) => weightOf(graph, vertex);
  const weights = rule === 'min-fill' ? graph.sizes : graph.logSizes;
  return (vertex) => fillOf(graph, weights, vertex);
}

function pickLowest(scores: Float64Array): number {
  let best = 0;
  for (let vertex = 1; vertex < scores.length; vertex++) if (scores[vertex]! < scores[best]!) best = vertex;
  return best;
}

/** Log cells of the clique that eliminating `vertex` makes. */
function weightOf({ rows, words, logSizes }: InteractionGraph, vertex: number): number {
  let weight = logSizes[vertex]!;
  for (let word = 0; word < words; word++) {
    for (let bits = rows[vertex * words + word]! | 0; bits !== 0; bits &= bits - 1) {
      weight += logSizes[word * 32 + 31 - Math.clz32(bits & -bits)]!;
    }
  }
  return weight;
}

/** Twice the weight of the edges that eliminating `vertex` adds. */
function fillOf({ rows, words }: InteractionGraph, weights: ArrayLike<number>, vertex: number): number {
  const base = vertex * words;
  let total = 0;
  for (let word = 0; word < words; word++) {
    for (let bits = rows[base + word]! | 0; bits !== 0; bits &= bits - 1) {
      const neighbour = word * 32 + 31 - Math.clz32(bits & -bits);
      total += weights[neighbour]! * missingWeight(rows, words, weights, base, neighbour);
    }
  }
  return total;
}

/** Weight of the neighbours in the row at `base` to which `neighbour` is not joined. */
function missingWeight(
  rows: Uint32Array,
  words: number,
  weights: ArrayLike<number>,
  base: number,
  neighbour: number,
): number {
  let weight = 0;
  for (let word = 0; word < words; word++) {
    const itself = neighbour >>> 5 === word ? 1 << (neighbour & 31) : 0;
    for (let bits = rows[base + word]! & ~rows[neighbour * words + word]! & ~itself; bits !== 0; bits &= bits - 1) {
      weight += weights[word * 32 + 31 - Math.clz32(bits & -bits)]!;
    }
  }
  return weight;
}

function popCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Joins all neighbours of `vertex`, removes it, and sets `affected` to them and their neighbours. */
function connectNeighbours(graph: InteractionGraph, vertex: number, row: Uint32Array, affected: Uint32Array): void {
  const { rows, words } = graph;
  affected.set(row);
  for (let word = 0; word < words; word++) {
    for (let bits = row[word]! | 0; bits !== 0; bits &= bits - 1) {
      const neighbour = word * 32 + 31 - Math.clz32(bits & -bits);
      const base = neighbour * words;
      for (let k = 0; k < words; k++) {
        rows[base + k]! |= row[k]!;
        affected[k]! |= rows[base + k]!;
      }
      rows[base + (vertex >>> 5)]! &= ~(1 << (vertex & 31));
      rows[base + (neighbour >>> 5)]! &= ~(1 << (neighbour & 31));
    }
  }
  affected[vertex >>> 5]! &= ~(1 << (vertex & 31));
  rows.fill(0, vertex * words, (vertex + 1) * words);
}

function rescore(vertices: Uint32Array, score: (vertex: number) => number, scores: Float64Array): void {
  for (let word = 0; word < vertices.length; word++) {
    for (let bits = vertices[word]! | 0; bits !== 0; bits &= bits - 1) {
      const vertex = word * 32 + 31 - Math.clz32(bits & -bits);
      scores[vertex] = score(vertex);
    }
  }
}

/**
 * Earlier vertices whose first eliminated neighbour is `vertex` become its children. True when the clique of one of them
 * contains the clique of `vertex`, which happens exactly when it has one attribute more.
 */
function adoptOrphans(orphans: Uint32Array[], vertex: number, row: Uint32Array): boolean {
  const size = sizeOf(row);
  let contained = false;
  let kept = 0;
  for (const orphan of orphans) {
    if ((orphan[vertex >>> 5]! & (1 << (vertex & 31))) === 0) orphans[kept++] = orphan;
    else if (sizeOf(orphan) === size + 1) contained = true;
  }
  orphans.length = kept;
  return contained;
}

function sizeOf(row: Uint32Array): number {
  let size = 0;
  for (let word = 0; word < row.length; word++) size += popCount(row[word]!);
  return size;
}

function cellsOf({ sizes }: InteractionGraph, row: Uint32Array): number {
  let cells = 1;
  for (let word = 0; word < row.length; word++) {
    for (let bits = row[word]! | 0; bits !== 0; bits &= bits - 1) {
      cells *= sizes[word * 32 + 31 - Math.clz32(bits & -bits)]!;
    }
  }
  return cells;
}

/** The attributes whose bits are set, ascending. */
export function attributesOf(row: Uint32Array): number[] {
  const attributes: number[] = [];
  for (let word = 0; word < row.length; word++) {
    for (let bits = row[word]! | 0; bits !== 0; bits &= bits - 1) {
      attributes.push(word * 32 + 31 - Math.clz32(bits & -bits));
    }
  }
  return attributes;
}
