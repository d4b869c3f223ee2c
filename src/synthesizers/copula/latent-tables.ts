import type { Levels } from './levels.ts';
import type { PairTable } from './pair-tables.ts';

/** The value of a column over its present levels, and how often it is missing. */
export interface LatentColumn {
  /** Share of every level among rows that have a value; sums to 1. */
  readonly shares: Float64Array;
  /** Leading levels on an axis. */
  readonly orderedLevels: number;
  /** Share of rows without a value; undefined where the schema rules them out. */
  readonly missing: number | undefined;
}

/**
 * The latent variables of a copula: one per column for its value, in the order of columns; then one per column that may be
 * missing, for whether it is. Low values of such an indicator stand for present.
 */
export interface LatentLayout {
  /** Number of columns. */
  readonly columns: number;
  /** Column of every indicator, ascending. */
  readonly indicators: readonly number[];
}

/** Number of latent variables. */
export function countLatents({ columns, indicators }: LatentLayout): number {
  return columns + indicators.length;
}

/** The latent variable that tells whether a column is missing; undefined when it never is. */
export function indicatorOf({ columns, indicators }: LatentLayout, column: number): number | undefined {
  const rank = indicators.indexOf(column);
  return rank < 0 ? undefined : columns + rank;
}

/** A noisy table of two latent variables: row-major, second one fastest. */
export interface LatentTable {
  readonly first: number;
  readonly second: number;
  readonly counts: Float64Array;
  /** Noise variance of every cell. */
  readonly variances: Float64Array;
}

/** What pair tables say about latent variables; an indicator's levels are present, then missing. */
export interface LatentTables {
  /** Two values, over rows that have both. */
  readonly values: readonly LatentTable[];
  /** An indicator, first, and the value of another column, over rows that have this one. */
  readonly presence: readonly LatentTable[];
  /** Two indicators, over all rows. */
  readonly missing: readonly LatentTable[];
}

/** Splits level shares, the missing level the last where there is one, into those of present rows and that of missing ones. */
export function splitShares(shares: Float64Array, { hasMissing, orderedLevels }: Levels): LatentColumn {
  if (!hasMissing) return { shares, orderedLevels, missing: undefined };
  const present = shares.slice(0, -1);
  const total = present.reduce((sum, share) => sum + share, 0);
  return {
    shares: present.map((share) => (total > 0 ? share / total : 1 / present.length)),
    orderedLevels,
    missing: Math.min(1, Math.max(0, 1 - total)),
  };
}

/** Cells of one level each, or of several taken together. */
type Group = readonly number[];

/** Sums of blocks of a pair table, row groups by column groups. */
function sumBlocks(
  { counts, variance }: PairTable,
  width: number,
  groups: { readonly rows: readonly Group[]; readonly columns: readonly Group[] },
): Pick<LatentTable, 'counts' | 'variances'> {
  const columns = groups.columns.length;
  const sums = new Float64Array(groups.rows.length * columns);
  const variances = new Float64Array(sums.length);
  groups.rows.forEach((rows, at) => {
    groups.columns.forEach((levels, beside) => {
      for (const row of rows) for (const level of levels) sums[at * columns + beside]! += counts[row * width + level]!;
      variances[at * columns + beside] = variance * rows.length * levels.length;
    });
  });
  return { counts: sums, variances };
}

/** Levels of a column as groups: the present ones each alone, and present against missing. */
function groupLevels({ recoding, hasMissing }: Levels): { each: Group[]; presence: Group[] } {
  const present = Array.from({ length: recoding.size - (hasMissing ? 1 : 0) }, (_, level) => level);
  return { each: present.map((level) => [level]), presence: [present, [recoding.size - 1]] };
}

/**
 * Splits pair tables into what they say about values and about missing values. The blocks of one table share no row, so
 * indicators cost nothing beside the tables that values need anyway.
 *
 * **Privacy**: post-processing.
 */
export function splitTables(
  tables: readonly PairTable[],
  levels: readonly Levels[],
  layout: LatentLayout,
): LatentTables {
  const split = { values: [] as LatentTable[], presence: [] as LatentTable[], missing: [] as LatentTable[] };
  const groups = levels.map(groupLevels);
  for (const table of tables) {
    const { first, second } = table;
    const width = levels[second]!.recoding.size;
    const [rows, columns] = [groups[first]!, groups[second]!];
    split.values.push({ first, second, ...sumBlocks(table, width, { rows: rows.each, columns: columns.each }) });
    const [firstMissing, secondMissing] = [indicatorOf(layout, first), indicatorOf(layout, second)];
    if (firstMissing !== undefined) {
      const sums = sumBlocks(table, width, { rows: rows.presence, columns: columns.each });
      split.presence.push({ first: firstMissing, second, ...sums });
    }
    if (secondMissing !== undefined) {
      const sums = sumBlocks(table, width, { rows: rows.each, columns: columns.presence });
      split.presence.push({ first: secondMissing, second: first, ...transpose(sums, 2) });
    }
    if (firstMissing !== undefined && secondMissing !== undefined) {
      const sums = sumBlocks(table, width, { rows: rows.presence, columns: columns.presence });
      split.missing.push({ first: firstMissing, second: secondMissing, ...sums });
    }
  }
  return split;
}

function transpose(
  { counts, variances }: Pick<LatentTable, 'counts' | 'variances'>,
  width: number,
): Pick<LatentTable, 'counts' | 'variances'> {
  const height = counts.length / width;
  const turn = (values: Float64Array) =>
    values.map((_, cell) => values[(cell % height) * width + Math.floor(cell / height)]!);
  return { counts: turn(counts), variances: turn(variances) };
}
