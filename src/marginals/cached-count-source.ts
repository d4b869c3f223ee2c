import type { CountSource } from './count-source.ts';
import { type Clique, countCells } from './domain.ts';

/** Cells kept in memory, 8 bytes each: all pairs of some hundred columns. */
const MOST_CACHED_CELLS = 16_000_000;

/**
 * A source that remembers counts, for methods that look at the same marginals round after round. Once the cache is full,
 * further cliques are counted anew each time.
 *
 * **Privacy**: holds exact counts, so it stays behind the door with its source.
 */
export function cacheCounts(source: CountSource): CountSource {
  const known = new Map<string, Float64Array>();
  let cells = 0;
  const remember = (clique: Clique, counts: Float64Array): void => {
    const size = countCells(source.domain, clique);
    if (cells + size > MOST_CACHED_CELLS) return;
    cells += size;
    known.set(clique.join(), counts);
  };
  return {
    domain: source.domain,
    count: async (cliques) => {
      const fresh = cliques.filter((clique) => !known.has(clique.join()));
      const counted = fresh.length === 0 ? [] : await source.count(fresh);
      const answers = new Map(fresh.map((clique, index) => [clique.join(), counted[index]!]));
      for (const [index, clique] of fresh.entries()) remember(clique, counted[index]!);
      return cliques.map((clique) => (known.get(clique.join()) ?? answers.get(clique.join())!).slice());
    },
  };
}
