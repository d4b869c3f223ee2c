import type { PackedRows } from './gower.ts';

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

/** One set of columns: the same rows of targets and candidates packed over it. */
export interface SearchView {
  readonly targets: PackedRows;
  readonly candidates: PackedRows;
}

/** What to search: targets `from` … `to`-1 among all candidates, in every view. */
export interface SearchRequest {
  readonly views: readonly SearchView[];
  readonly from: number;
  readonly to: number;
}

/**
 * Exhaustive nearest neighbours under Gower distances.
 *
 * **Numerics**: numbers are summed in column order and the count of differing categories is added last, so rows that differ
 * in the same way have exactly equal distances.
 * **Cost**: a few nanoseconds per pair and view: a pair whose categories alone are too far is dropped at once.
 */
export function searchNearest(request: SearchRequest): NeighbourSearch {
  const { views, from, to } = request;
  const found = views.map(() => emptyNearest(to - from));
  const reverse = emptyClosest(views[0]?.candidates.rows ?? 0);
  for (let row = from; row < to; row += 1) {
    views.forEach((view, index) => {
      searchRow(view, { row, position: row - from }, found[index] as Nearest, index === 0 ? reverse : undefined);
    });
  }
  return { views: found, reverse };
}

/** Finds the nearest candidate of one target, and offers the target to every candidate. */
function searchRow(
  { targets, candidates }: SearchView,
  { row, position }: { readonly row: number; readonly position: number },
  found: Nearest,
  reverse: Closest | undefined,
): void {
  let best = Number.POSITIVE_INFINITY;
  let index = -1;
  let ties = 0;
  const second = reverse?.second;
  for (let candidate = 0; candidate < candidates.rows; candidate += 1) {
    const differing = countDiffering(targets, row, candidates, candidate);
    // The categories alone are a lower bound of the distance.
    if (differing > best && (second === undefined || differing >= second[candidate]!)) continue;
    const distance = sumNumbers(targets, row, candidates, candidate) + differing;
    if (reverse !== undefined && distance < reverse.second[candidate]!) offer(reverse, candidate, distance);
    if (distance > best) continue;
    ties = distance === best ? ties + 1 : 1;
    if (distance < best) {
      best = distance;
      index = candidate;
    }
  }
  found.distance[position] = best;
  found.index[position] = index;
  found.ties[position] = ties;
}

/** Categorical columns in which two rows differ. */
function countDiffering(a: PackedRows, rowA: number, b: PackedRows, rowB: number): number {
  const { wordCount, wideCount } = a;
  let count = 0;
  for (let word = 0; word < wordCount; word += 1) {
    const x = a.words[rowA * wordCount + word]! ^ b.words[rowB * wordCount + word]!;
    // The top bit of each byte says whether the byte is not zero; the product adds the four bits up.
    const marks = (((x & 0x7f7f7f7f) + 0x7f7f7f7f) | x) & 0x80808080;
    count += Math.imul(marks >>> 7, 0x01010101) >>> 24;
  }
  for (let at = 0; at < wideCount; at += 1) {
    if (a.wide[rowA * wideCount + at] !== b.wide[rowB * wideCount + at]) count += 1;
  }
  return count;
}

/** Sum over numeric columns of |a − b| / range, at most 1 each; the difference is taken before scaling. */
function sumNumbers(a: PackedRows, rowA: number, b: PackedRows, rowB: number): number {
  const { inverseRanges } = a;
  const width = inverseRanges.length;
  let sum = 0;
  for (let column = 0; column < width; column += 1) {
    const difference =
      Math.abs(a.numbers[rowA * width + column]! - b.numbers[rowB * width + column]!) * inverseRanges[column]!;
    sum += Math.min(difference, 1);
  }
  return sum;
}

/** Takes a distance below the second-smallest one. */
function offer({ first, second }: Closest, candidate: number, distance: number): void {
  if (distance < first[candidate]!) {
    second[candidate] = first[candidate]!;
    first[candidate] = distance;
  } else {
    second[candidate] = distance;
  }
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
