import { type GowerRows, type GowerView, gowerDistances } from './gower.ts';

/** Candidates are visited in blocks of this many rows, so that distances stay in the first-level cache. */
const BLOCK_ROWS = 1024;

/** The nearest candidate of every target in one view. */
export interface Nearest {
  /** Lowest row number among the nearest. */
  readonly index: Int32Array;
  readonly distance: Float64Array;
  /** How many candidates are exactly as near. */
  readonly ties: Int32Array;
}

/** The nearest target of every candidate: what distance-to-closest-record measures need, from the same distances. */
export interface Closest {
  readonly first: Float64Array;
  /** Distance of the second-nearest target; equal to the first on ties. */
  readonly second: Float64Array;
}

/** Results of one search: one `Nearest` per view, and the reverse of the first view. */
export interface NeighbourSearch {
  readonly views: readonly Nearest[];
  readonly reverse: Closest;
}

/** What to search: every row of `targets` from `from` to `to`-1 among all candidates. */
export interface SearchRequest {
  readonly targets: GowerRows;
  readonly candidates: GowerRows;
  readonly views: readonly GowerView[];
  readonly from: number;
  readonly to: number;
}

/**
 * Exhaustive nearest neighbours under Gower distances.
 * **Cost**: targets · candidates · columns of all views, about a nanosecond each.
 */
export function searchNearest(request: SearchRequest): NeighbourSearch {
  const { candidates, views, from, to } = request;
  const found = views.map(() => emptyNearest(to - from));
  const reverse = emptyClosest(candidates.rows);
  const out = new Float64Array(BLOCK_ROWS);
  for (let row = from; row < to; row += 1) {
    for (let start = 0; start < candidates.rows; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, candidates.rows);
      views.forEach((view, index) => {
        gowerDistances({ table: request.targets, row }, candidates, { view, from: start, to: end, out });
        takeNearest(found[index] as Nearest, row - from, { out, start, end });
        if (index === 0) takeClosest(reverse, { out, start, end });
      });
    }
  }
  return { views: found, reverse };
}

/** A result with no candidates seen. */
export function emptyNearest(rows: number): Nearest {
  return {
    index: new Int32Array(rows).fill(-1),
    distance: new Float64Array(rows).fill(Number.POSITIVE_INFINITY),
    ties: new Int32Array(rows),
  };
}

/** A reverse result with no targets seen. */
export function emptyClosest(rows: number): Closest {
  const infinite = () => new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  return { first: infinite(), second: infinite() };
}

interface DistanceBlock {
  readonly out: Float64Array;
  readonly start: number;
  readonly end: number;
}

function takeNearest(found: Nearest, target: number, { out, start, end }: DistanceBlock): void {
  let best = found.distance[target] as number;
  let index = found.index[target] as number;
  let ties = found.ties[target] as number;
  for (let at = 0; at < end - start; at += 1) {
    const distance = out[at] as number;
    if (distance > best) continue;
    if (distance === best) {
      ties += 1;
      continue;
    }
    best = distance;
    index = start + at;
    ties = 1;
  }
  found.distance[target] = best;
  found.index[target] = index;
  found.ties[target] = ties;
}

function takeClosest({ first, second }: Closest, { out, start, end }: DistanceBlock): void {
  for (let at = 0; at < end - start; at += 1) {
    const distance = out[at] as number;
    const candidate = start + at;
    if (distance >= (second[candidate] as number)) continue;
    if (distance < (first[candidate] as number)) {
      second[candidate] = first[candidate] as number;
      first[candidate] = distance;
    } else {
      second[candidate] = distance;
    }
  }
}

/** Joins the results of searches over consecutive parts of the targets. */
export function joinSearches(parts: readonly NeighbourSearch[], candidateRows: number): NeighbourSearch {
  const reverse = emptyClosest(candidateRows);
  for (const part of parts) mergeClosest(reverse, part.reverse);
  const views = (parts[0]?.views ?? []).map((_, view) => ({
    index: Int32Array.from(parts.flatMap((part) => [...(part.views[view]?.index ?? [])])),
    distance: Float64Array.from(parts.flatMap((part) => [...(part.views[view]?.distance ?? [])])),
    ties: Int32Array.from(parts.flatMap((part) => [...(part.views[view]?.ties ?? [])])),
  }));
  return { views, reverse };
}

function mergeClosest(into: Closest, other: Closest): void {
  for (let row = 0; row < into.first.length; row += 1) {
    const [first = 0, second = 0] = [
      into.first[row] as number,
      into.second[row] as number,
      other.first[row] as number,
      other.second[row] as number,
    ].sort((a, b) => a - b);
    into.first[row] = first;
    into.second[row] = second;
  }
}
