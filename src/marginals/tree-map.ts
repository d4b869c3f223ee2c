import type { JunctionTree } from './junction-tree.ts';

/** Where attributes and cliques lie in a rooted tree. */
export interface TreeMap {
  /** The clique nearest to the root that holds each attribute. */
  readonly tops: Int32Array;
  /** Position of each clique in a depth-first walk. */
  readonly enter: Int32Array;
  /** One more than the last position of the clique's descendants. */
  readonly exit: Int32Array;
}

/** The map of a tree over `attributes` attributes. */
export function mapTree(tree: JunctionTree, attributes: number): TreeMap {
  const tops = new Int32Array(attributes);
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

/** Whether `other` is `ancestor` or below it. */
export function isWithin({ enter, exit }: TreeMap, ancestor: number, other: number): boolean {
  return enter[other]! >= enter[ancestor]! && enter[other]! < exit[ancestor]!;
}
