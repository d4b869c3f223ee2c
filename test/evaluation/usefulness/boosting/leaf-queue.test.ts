import { describe, expect, it } from 'vitest';
import { LeafQueue } from '../../../../src/evaluation/usefulness/boosting/leaf-queue.ts';

describe('LeafQueue', () => {
  it('gives leaves by gain, largest first, whatever the order they came in', () => {
    const gains = Array.from({ length: 40 }, (_, at) => (at * 17) % 41);
    const queue = new LeafQueue<{ gain: number }>();
    for (const gain of gains) queue.push({ gain });
    const found = gains.map(() => queue.pop()?.gain);
    expect(found).toEqual(gains.toSorted((a, b) => b - a));
    expect(queue.pop()).toBeUndefined();
  });

  it("gives equal gains in the order of Python's heapq", () => {
    // heapq over objects compared by gain alone, pushed a to h with these gains, then popped until it is empty.
    const queue = new LeafQueue<{ gain: number; name: string }>();
    [...'abcdefgh'].forEach((name, at) => {
      queue.push({ name, gain: [2, 2, 1, 2, 1, 2, 2, 1][at] ?? 0 });
    });
    expect(Array.from({ length: 8 }, () => queue.pop()?.name).join('')).toBe('afgbdche');
  });
});
