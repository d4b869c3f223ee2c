import type { Recoding } from '../../marginals/count-source.ts';

/** What levels are chosen from: released or public. */
export interface LevelRequest {
  /** Released share of every cell. */
  readonly shares: Float64Array;
  /** Leading cells on an axis; see `ReleasedHistogram`. */
  readonly orderedCells: number;
  /** The cell of missing values, behind all others; undefined where the schema rules them out. */
  readonly missingCell?: number | undefined;
  /** Least share of a level of its own. */
  readonly leastShare: number;
  /** Most levels of an axis. */
  readonly axisLevels: number;
}

/** Levels of one column for its pair tables. */
export interface Levels {
  readonly recoding: Recoding;
  /** Leading levels on an axis, in this order. */
  readonly orderedLevels: number;
  /** True when the last level holds missing values and nothing else. */
  readonly hasMissing: boolean;
}

/** Most levels of a nominal column: bounds the size of a pair table. */
export const MOST_LEVELS = 24;

/**
 * Merges cells into few levels so that pair tables spend their budget on counts above the noise: neighbours on an axis
 * into levels of about equal share, rare categories into one. Missing values are a level of their own, whatever their
 * share: pair tables then tell where they are, apart from the values.
 *
 * **Privacy**: post-processing of released shares.
 */
export function chooseLevels(request: LevelRequest): Levels {
  const hasMissing = request.missingCell !== undefined;
  const cells = request.missingCell ?? request.shares.length;
  const codes = new Int32Array(request.shares.length);
  const orderedLevels = request.orderedCells > 0 ? cutAxis(request, codes) : 0;
  const free = Array.from({ length: cells - request.orderedCells }, (_, k) => request.orderedCells + k);
  const size = mergeCategories(request, free, { codes, firstLevel: orderedLevels });
  if (hasMissing) codes[cells] = size;
  return { recoding: { size: size + (hasMissing ? 1 : 0), codes }, orderedLevels, hasMissing };
}

/** Cuts the axis greedily into levels of about equal share; a cell that alone exceeds it gets a level of its own. */
function cutAxis({ shares, orderedCells, leastShare, axisLevels }: LevelRequest, codes: Int32Array): number {
  let rest = shares.subarray(0, orderedCells).reduce((sum, share) => sum + share, 0);
  let [level, held, left] = [0, 0, axisLevels];
  for (let cell = 0; cell < orderedCells; cell++) {
    const share = shares[cell]!;
    const isFull = held > 0 && held >= leastShare && rest - held >= leastShare;
    if (isFull && left > 1 && held + share / 2 >= rest / left) {
      rest -= held;
      left--;
      level++;
      held = 0;
    }
    codes[cell] = level;
    held += share;
  }
  return level + 1;
}

/** Gives every frequent category a level and the others one together, or the least of them when they are few. */
function mergeCategories(
  { shares, leastShare }: LevelRequest,
  cells: readonly number[],
  target: { readonly codes: Int32Array; readonly firstLevel: number },
): number {
  const { codes, firstLevel } = target;
  if (cells.length === 0) return firstLevel;
  const byShare = cells.toSorted((a, b) => shares[b]! - shares[a]! || a - b);
  // A nominal column needs two levels to say anything; cells beside an axis may join its first level.
  const leastOwn = firstLevel > 0 ? 0 : Math.min(2, cells.length);
  const frequent = byShare.filter((cell) => shares[cell]! >= leastShare).length;
  const own = Math.min(MOST_LEVELS - 1, Math.max(leastOwn, frequent));
  const rare = byShare.slice(own);
  const rareShare = rare.reduce((sum, cell) => sum + shares[cell]!, 0);
  const hasRareLevel = rare.length > 0 && rareShare >= leastShare;
  const rareLevel = hasRareLevel ? firstLevel + own : Math.max(0, firstLevel + own - 1);
  for (const [rank, cell] of byShare.entries()) codes[cell] = rank < own ? firstLevel + rank : rareLevel;
  if (own === 0 && !hasRareLevel) for (const cell of rare) codes[cell] = 0;
  return firstLevel + own + (hasRareLevel ? 1 : 0);
}
