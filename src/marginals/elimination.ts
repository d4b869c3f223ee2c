import type { Clique, Domain } from './domain.ts';

/** Rule that picks the next attribute to eliminate. */
export type EliminationRule = 'min-weight' | 'min-fill';

/**
 * Undirected graph over attributes as bit rows: attribute a is joined to b when bit b of row a is set. Two attributes
 * are joined when some clique holds both.
 */
interface InteractionGraph {
  readonly attributes: number;
  readonly words: number;
  readonly rows: Uint32Array;
}

/**
 * Maximal cliques of a chordal completion of the graph in which every given clique is complete, by greedy vertex
 * elimination; every attribute of the domain is in at least one. Each clique is ascending; the order of the list is the
 * order of elimination. Ties go to the other rule, then to the lower attribute, so the result is a function of domain
 * and cliques alone.
 *
 * **Cost**: about attributes² word operations; tens of microseconds for 15 attributes.
 * @source Koller and Friedman, Probabilistic Graphical Models, algorithm 9.4 and section 10.4.2
 */
export function eliminate(domain: Domain, cliques: readonly Clique[], rule: EliminationRule): Clique[] {
  const graph = createGraph(domain, cliques);
  const logSizes = Float64Array.from(domain.sizes, Math.log);
  const alive = new Uint8Array(graph.attributes).fill(1);
  const weights = new Float64Array(graph.attributes);
  const fills = new Float64Array(graph.attributes);
  for (let vertex = 0; vertex < graph.attributes; vertex++) score(graph, logSizes, vertex, weights, fills);
  const found: Uint32Array[] = [];
  for (let step = 0; step < graph.attributes; step++) {
    const vertex = rule === 'min-weight' ? pickLowest(alive, weights, fills) : pickLowest(alive, fills, weights);
    alive[vertex] = 0;
    const row = rowOf(graph, vertex).slice();
    const affected = connectNeighbours(graph, vertex, row);
    for (const neighbour of affected) score(graph, logSizes, neighbour, weights, fills);
    row[vertex >>> 5]! |= 1 << (vertex & 31);
    if (!found.some((other) => contains(other, row))) found.push(row);
  }
  return found.map(attributesOf);
}

function createGraph(domain: Domain, cliques: readonly Clique[]): InteractionGraph {
  const attributes = domain.sizes.length;
  const words = Math.ceil(attributes / 32);
  const rows = new Uint32Array(attributes * words);
  for (const clique of cliques) {
    for (const a of clique) {
      for (const b of clique) if (a !== b) rows[a * words + (b >>> 5)]! |= 1 << (b & 31);
    }
  }
  return { attributes, words, rows };
}

function rowOf({ rows, words }: InteractionGraph, vertex: number): Uint32Array {
  return rows.subarray(vertex * words, (vertex + 1) * words);
}

/** Sets the log cells of the clique that eliminating `vertex` makes, and the number of edges it adds. */
function score(
  graph: InteractionGraph,
  logSizes: Float64Array,
  vertex: number,
  weights: Float64Array,
  fills: Float64Array,
): void {
  const row = rowOf(graph, vertex);
  let weight = logSizes[vertex]!;
  let missing = 0;
  for (let word = 0; word < graph.words; word++) {
    for (let bits = row[word]!; bits !== 0; bits &= bits - 1) {
      const neighbour = word * 32 + 31 - Math.clz32(bits & -bits);
      weight += logSizes[neighbour]!;
      const base = neighbour * graph.words;
      // Every neighbour lacks itself, hence the -1.
      missing -= 1;
      for (let other = 0; other < graph.words; other++) missing += popCount(row[other]! & ~graph.rows[base + other]!);
    }
  }
  weights[vertex] = weight;
  fills[vertex] = missing / 2;
}

function popCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function pickLowest(alive: Uint8Array, first: Float64Array, second: Float64Array): number {
  let best = -1;
  for (let vertex = 0; vertex < alive.length; vertex++) {
    if (alive[vertex] === 0) continue;
    const better =
      best < 0 || first[vertex]! < first[best]! || (first[vertex] === first[best] && second[vertex]! < second[best]!);
    if (better) best = vertex;
  }
  return best;
}

/** Joins all neighbours of `vertex`, removes it, and returns the vertices whose scores may have changed. */
function connectNeighbours(graph: InteractionGraph, vertex: number, row: Uint32Array): number[] {
  const affected = row.slice();
  for (const neighbour of attributesOf(row)) {
    const neighbourRow = rowOf(graph, neighbour);
    for (let word = 0; word < graph.words; word++) {
      neighbourRow[word]! |= row[word]!;
      affected[word]! |= neighbourRow[word]!;
    }
    neighbourRow[vertex >>> 5]! &= ~(1 << (vertex & 31));
    neighbourRow[neighbour >>> 5]! &= ~(1 << (neighbour & 31));
  }
  affected[vertex >>> 5]! &= ~(1 << (vertex & 31));
  rowOf(graph, vertex).fill(0);
  return attributesOf(affected);
}

function contains(large: Uint32Array, small: Uint32Array): boolean {
  return small.every((word, index) => (word & ~large[index]!) === 0);
}

function attributesOf(row: Uint32Array): number[] {
  const attributes: number[] = [];
  row.forEach((word, index) => {
    for (let bits = word; bits !== 0; bits &= bits - 1) attributes.push(index * 32 + 31 - Math.clz32(bits & -bits));
  });
  return attributes;
}
