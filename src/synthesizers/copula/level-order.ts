import { createStream } from '../../random/stream.ts';
import type { LatentColumn, LatentLayout, LatentTable, LatentTables } from './latent-tables.ts';

/** What orders are found from: released values. */
export interface OrderRequest {
  readonly columns: readonly LatentColumn[];
  readonly layout: LatentLayout;
  readonly tables: LatentTables;
  /** Released number of rows. */
  readonly rows: number;
}

/** Deterministic starts; alternating maximisation has local maxima. */
const STARTS = 4;

/** Rounds of alternation; scores settle in about ten. */
const ROUNDS = 25;

/**
 * Orders the levels of every column so that one latent correlation per pair carries as much of the relations as it can:
 * levels without an axis get scores that maximise the sum of squared correlations with all other columns, noise taken
 * off; levels of an axis keep their order, and those beside it (other) go to the end where their score is. Missing values take part as indicators of two levels.
 *
 * **Privacy**: post-processing of released tables; the random starts are fixed.
 * @source Gifi 1990 (homogeneity analysis with alternating least squares), with relations weighted by the share of signal
 * in them.
 * @returns for each column its levels from the low end of the latent axis to the high end.
 */
export function orderLevels(request: OrderRequest): Int32Array[] {
  const variables = [
    ...request.columns,
    ...request.layout.indicators.map((column) => presence(request.columns[column]!)),
  ];
  const excess = createExcess(request, variables);
  let best: { scores: Float64Array[]; strength: number } | undefined;
  for (let start = 0; start < STARTS; start++) {
    const scores = alternate(variables, excess, start);
    const strength = totalStrength(excess, scores);
    if (best === undefined || strength > best.strength) best = { scores, strength };
  }
  return request.columns.map((column, index) => orderColumn(column, best!.scores[index]!));
}

/** A latent variable over its levels. */
type Levelled = Pick<LatentColumn, 'shares' | 'orderedLevels'>;

/** The indicator of a column: present, then missing. */
function presence({ missing = 0 }: LatentColumn): Levelled {
  return { shares: Float64Array.of(1 - missing, missing), orderedLevels: 2 };
}

/** A table less what independence expects, in shares of the rows, with a view from either side. */
interface Excess {
  readonly values: Float64Array;
  readonly variance: number;
  readonly first: number;
  readonly second: number;
}

function createExcess({ tables, rows, columns, layout }: OrderRequest, variables: readonly Levelled[]): Excess[] {
  const presentShare = (latent: number) => (latent < layout.columns ? 1 - (columns[latent]!.missing ?? 0) : 1);
  return [...tables.values, ...tables.presence, ...tables.missing].map((table) => {
    const { first, second, counts, variances } = table;
    // Rows without a value say nothing of its levels: the table stands for all rows in proportion.
    const total = rows * Math.max(LEAST_SHARE, presentShare(first) * presentShare(second));
    const expected = expectIndependence(table, [variables[first]!, variables[second]!]);
    const values = counts.map((count, cell) => count / total - expected[cell]!);
    // Sums over present levels are noisier, but where few rows are missing their scores are next to nothing.
    const variance = variances.reduce((least, cell) => Math.min(least, cell), Number.POSITIVE_INFINITY);
    return { values, variance: variance / total ** 2, first, second };
  });
}

function expectIndependence({ counts }: LatentTable, [first, second]: readonly [Levelled, Levelled]): Float64Array {
  const width = second.shares.length;
  return counts.map((_, cell) => first.shares[Math.floor(cell / width)]! * second.shares[cell % width]!);
}

function alternate(variables: readonly Levelled[], excess: readonly Excess[], start: number): Float64Array[] {
  const stream = createStream('copula level scores', start);
  const scores = variables.map(({ shares, orderedLevels }) => {
    const initial = shares.map((_, level) => (level < orderedLevels ? level : stream.nextNormal()));
    return standardise(initial, shares);
  });
  const tables = variables.map((): Excess[] => []);
  for (const table of excess) for (const side of [table.first, table.second]) tables[side]!.push(table);
  for (let round = 0; round < ROUNDS; round++) {
    variables.forEach((column, index) => {
      if (column.shares.length < 3 || column.orderedLevels === column.shares.length) return;
      const pulled = pull(column, index, { excess: tables[index]!, scores });
      if (pulled !== undefined) scores[index] = standardise(keepAxis(pulled, scores[index]!, column), column.shares);
    });
  }
  return scores;
}

/** Mean scores of other columns given each level, weighted by correlation and by the share of signal in their tables. */
function pull(
  { shares }: Levelled,
  column: number,
  { excess, scores }: { readonly excess: readonly Excess[]; readonly scores: readonly Float64Array[] },
): Float64Array | undefined {
  const sum = new Float64Array(shares.length);
  for (const table of excess) {
    const other = scores[table.first === column ? table.second : table.first]!;
    const joint = sumAgainst(table, column, other);
    const noise = table.variance * other.reduce((total, score) => total + score * score, 0);
    let [correlation, square, noiseSquare] = [0, 0, 0];
    for (let level = 0; level < shares.length; level++) {
      const share = Math.max(LEAST_SHARE, shares[level]!);
      correlation += joint[level]! * scores[column]![level]!;
      square += joint[level]! ** 2 / share;
      noiseSquare += noise / share;
    }
    const signal = Math.max(0, 1 - noiseSquare / square);
    for (let level = 0; level < shares.length; level++) {
      sum[level]! += (signal * correlation * joint[level]!) / Math.max(LEAST_SHARE, shares[level]!);
    }
  }
  return sum.some((value) => value !== 0) ? sum : undefined;
}

/** Levels below it hold no rows that scores could stand for. */
const LEAST_SHARE = 1e-9;

/** Excess of a table summed against scores of its other column. */
function sumAgainst({ values, first }: Excess, column: number, other: Float64Array): Float64Array {
  const width = other.length;
  const isRow = first === column;
  const length = values.length / width;
  const sums = new Float64Array(length);
  for (let level = 0; level < length; level++) {
    for (let k = 0; k < width; k++) {
      sums[level]! += values[isRow ? level * width + k : k * length + level]! * other[k]!;
    }
  }
  return sums;
}

/** Levels on the axis keep their scores; those beside it take the new ones. */
function keepAxis(pulled: Float64Array, held: Float64Array, { shares, orderedLevels }: Levelled): Float64Array {
  if (orderedLevels === 0) return pulled;
  const standard = standardise(pulled, shares);
  // The pull is known up to its sign relative to the axis: turn it to agree.
  let agreement = 0;
  for (let level = 0; level < orderedLevels; level++) agreement += shares[level]! * standard[level]! * held[level]!;
  const sign = agreement < 0 ? -1 : 1;
  return held.map((score, level) => (level < orderedLevels ? score : sign * standard[level]!));
}

/** Scores of mean 0 and variance 1 under the shares. */
function standardise(scores: Float64Array, shares: Float64Array): Float64Array {
  const mean = scores.reduce((sum, score, level) => sum + shares[level]! * score, 0);
  const variance = scores.reduce((sum, score, level) => sum + shares[level]! * (score - mean) ** 2, 0);
  const scale = variance > 1e-18 ? 1 / Math.sqrt(variance) : 0;
  return scores.map((score) => (score - mean) * scale);
}

/** Sum over pairs of squared correlations of scores, less what noise adds on average. */
function totalStrength(excess: readonly Excess[], scores: readonly Float64Array[]): number {
  const squares = scores.map((values) => values.reduce((sum, score) => sum + score * score, 0));
  return excess.reduce((total, table) => {
    const joint = sumAgainst(table, table.first, scores[table.second]!);
    const correlation = joint.reduce((sum, value, level) => sum + value * scores[table.first]![level]!, 0);
    const noise = table.variance * squares[table.first]! * squares[table.second]!;
    return total + Math.max(0, correlation ** 2 - noise);
  }, 0);
}

function orderColumn({ orderedLevels }: Levelled, scores: Float64Array): Int32Array {
  const levels = Int32Array.from(scores.keys());
  if (orderedLevels === 0) return levels.sort((a, b) => scores[a]! - scores[b]! || a - b);
  const free = Array.from(levels.subarray(orderedLevels)).sort((a, b) => scores[a]! - scores[b]! || a - b);
  const axis = levels.subarray(0, orderedLevels);
  return Int32Array.from([
    ...free.filter((level) => scores[level]! < 0),
    ...axis,
    ...free.filter((level) => scores[level]! >= 0),
  ]);
}
