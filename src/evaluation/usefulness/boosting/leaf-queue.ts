/** What a queue orders by. */
interface Gaining {
  readonly gain: number;
}

/**
 * Leaves by gain, largest first. Trees stop at a number of leaves, so the order of equal gains can decide which of them is split:
 * it is that of a binary heap in which the hole at the top sinks to the bottom along the larger children, the right one where
 * they are equal, and the last leaf then rises from there.
 * @source Wegener, "Bottom-up heapsort", Theoretical Computer Science 118 (1993) 81-98.
 */
export class LeafQueue<Leaf extends Gaining> {
  readonly #heap: Leaf[] = [];

  /** Leaves waiting. */
  get size(): number {
    return this.#heap.length;
  }

  /** Adds a leaf. */
  push(leaf: Leaf): void {
    this.#heap.push(leaf);
    this.#rise(leaf, this.#heap.length - 1);
  }

  /** Takes the leaf of the largest gain; undefined when none waits. */
  pop(): Leaf | undefined {
    const heap = this.#heap;
    const last = heap.pop();
    const top = heap[0];
    if (last === undefined || top === undefined) return last;
    let hole = 0;
    for (let left = heap[1]; left !== undefined; left = heap[2 * hole + 1]) {
      const right = heap[2 * hole + 2];
      const taken = right !== undefined && left.gain <= right.gain ? right : left;
      heap[hole] = taken;
      hole = 2 * hole + (taken === left ? 1 : 2);
    }
    this.#rise(last, hole);
    return top;
  }

  #rise(leaf: Leaf, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#heap[parent] as Leaf;
      if (leaf.gain <= above.gain) break;
      this.#heap[at] = above;
      at = parent;
    }
    this.#heap[at] = leaf;
  }
}
