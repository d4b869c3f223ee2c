import { TabveilError } from '../errors.ts';
import type { TableRole } from './aligned-tables.ts';
import type { BinnedColumn, BinnedTables } from './bins.ts';

/** Above this many cells a marginal is counted by sorting its keys instead of in a dense array. */
const DENSE_CELLS = 1 << 22;

/** Counts of two tables over the cells of one marginal that either of them fills. */
export interface PairedCounts {
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** Cell number of each count; absent where the counts are dense and the position is the cell. */
  readonly cells?: Float64Array;
}

/** All sets of `way` column indices, ascending, in lexicographic order. */
export function combinations(columnCount: number, way: number): readonly (readonly number[])[] {
  const found: number[][] = [];
  const extend = (prefix: readonly number[], next: number): void => {
    if (prefix.length === way) found.push([...prefix]);
    else for (let column = next; column < columnCount; column += 1) extend([...prefix, column], column + 1);
  };
  extend([], 0);
  return found;
}

/** Number of cells of the marginal over these columns. */
export function cellCount(columns: readonly BinnedColumn[]): number {
  return columns.reduce((cells, column) => cells * column.size, 1);
}

/** Codes of a table. @throws TabveilError (bug) when the table is absent. */
export function binsOf(column: BinnedColumn, role: TableRole): Int32Array {
  const codes = column.codes[role];
  if (codes) return codes;
  throw new TabveilError('bug', 'evaluate.no-table', `column "${column.name}": there is no ${role} table here.`);
}

/** Key of every row: row-major cell number, last column fastest; written to `out`. */
export function cellKeys(columns: readonly BinnedColumn[], role: TableRole, out: Float64Array | Int32Array): void {
  const [first, ...rest] = columns;
  if (!first) return void out.fill(0);
  out.set(binsOf(first, role));
  for (const column of rest) {
    const codes = binsOf(column, role);
    const { size } = column;
    for (let row = 0; row < codes.length; row += 1) out[row] = (out[row] as number) * size + (codes[row] as number);
  }
}

/**
 * Counts of pairs by the codes of their columns: marginals, associations and the k-marginal score ask for the same ones. They
 * live as long as the codes do.
 */
const PAIR_COUNTS = new WeakMap<Int32Array, WeakMap<Int32Array, Float64Array>>();

function rememberPair(first: Int32Array, second: Int32Array, counts: Float64Array): void {
  const seconds = PAIR_COUNTS.get(first) ?? new WeakMap<Int32Array, Float64Array>();
  PAIR_COUNTS.set(first, seconds.set(second, counts));
}

/**
 * Dense counts of one marginal; pairs are remembered, so they must not be written to, nor the codes changed.
 * **Cost** one pass over the rows, two or three nanoseconds per row.
 */
export function countCells(columns: readonly BinnedColumn[], role: TableRole, rowCount: number): Float64Array {
  const cells = cellCount(columns);
  const codes = columns.map((column) => binsOf(column, role));
  const [first, second] = codes;
  if (columns.length === 1) return countCodes(first!, cells, rowCount);
  if (columns.length === 2) {
    const known = PAIR_COUNTS.get(first!)?.get(second!);
    if (known?.length === cells) return known;
    const counts = countJoint(first!, second!, { size: columns[1]!.size, cells, to: rowCount });
    rememberPair(first!, second!, counts);
    return counts;
  }
  const last = columns.at(-1);
  const keys = new Int32Array(rowCount);
  cellKeys(columns.slice(0, -1), role, keys);
  return countJoint(keys, codes.at(-1) ?? keys, { size: last?.size ?? 1, cells, to: rowCount });
}

function countCodes(codes: Int32Array, cells: number, rowCount: number): Float64Array {
  const counts = new Float64Array(cells);
  for (let row = 0; row < rowCount; row += 1) counts[codes[row]!]! += 1;
  return counts;
}

/** Up to this many cells rows are counted in two arrays by turns. */
const TWIN_CELLS = 1 << 16;

/**
 * Rows `from` … `to`-1 per cell `keys · size + codes`. Rows in turn go to one of two arrays: consecutive rows often fall into the
 * same cell, and an addition that waits for the one before it takes twice as long.
 */
export function countJoint(
  keys: Int32Array,
  codes: Int32Array,
  at: { readonly size: number; readonly cells: number; readonly from?: number; readonly to: number },
): Float64Array {
  const { size, cells, from = 0, to } = at;
  const other = cells <= TWIN_CELLS ? cells : 0;
  const counts = new Int32Array(cells + other);
  let row = from;
  for (; row + 1 < to; row += 2) {
    counts[keys[row]! * size + codes[row]!]! += 1;
    counts[other + keys[row + 1]! * size + codes[row + 1]!]! += 1;
  }
  if (row < to) counts[keys[row]! * size + codes[row]!]! += 1;
  const sums = new Float64Array(cells);
  for (let cell = 0; cell < cells; cell += 1) sums[cell] = counts[cell]! + (other > 0 ? counts[other + cell]! : 0);
  return sums;
}

/**
 * Counts three-way marginals in the order of `combinations`, where the first two columns stay the same for a while: their keys
 * are computed once. Huge domains go to `countPaired`.
 */
export function tripleCounter(tables: BinnedTables): typeof countPaired {
  const known = new Map<TableRole, { readonly pair: string; readonly keys: Int32Array }>();
  const keysOf = (columns: readonly BinnedColumn[], pair: string, role: TableRole) => {
    const found = known.get(role);
    if (found?.pair === pair) return found.keys;
    const keys = found?.keys ?? new Int32Array(tables.rowCounts[role] ?? 0);
    cellKeys(columns, role, keys);
    known.set(role, { pair, keys });
    return keys;
  };
  return (_tables, clique, roles) => {
    const columns = clique.map((index) => tables.columns[index] as BinnedColumn);
    const [first, second, last] = columns;
    const cells = cellCount(columns);
    if (cells > DENSE_CELLS || !first || !second || !last) return countPaired(tables, clique, roles);
    const [left, right] = roles.map((role) => {
      const keys = keysOf([first, second], `${clique[0]},${clique[1]}`, role);
      return countJoint(keys, binsOf(last, role), { size: last.size, cells, to: keys.length });
    });
    return { left: left ?? new Float64Array(), right: right ?? new Float64Array() };
  };
}

/** Counts of two tables over the same marginal, dense for small domains, over filled cells only for huge ones. */
export function countPaired(
  tables: BinnedTables,
  clique: readonly number[],
  roles: readonly [TableRole, TableRole],
): PairedCounts {
  const columns = clique.map((index) => tables.columns[index] as BinnedColumn);
  const [left, right] = roles;
  if (cellCount(columns) <= DENSE_CELLS) {
    return {
      left: countCells(columns, left, tables.rowCounts[left] ?? 0),
      right: countCells(columns, right, tables.rowCounts[right] ?? 0),
    };
  }
  return countSparse(columns, tables, roles);
}

function countSparse(
  columns: readonly BinnedColumn[],
  tables: BinnedTables,
  roles: readonly [TableRole, TableRole],
): PairedCounts {
  const counts = new Map<number, [number, number]>();
  roles.forEach((role, side) => {
    const keys = new Float64Array(tables.rowCounts[role] ?? 0);
    cellKeys(columns, role, keys);
    for (const key of keys) {
      const cell = counts.get(key) ?? [0, 0];
      cell[side]! += 1;
      counts.set(key, cell);
    }
  });
  const filled = [...counts.values()];
  return {
    left: Float64Array.from(filled, ([a]) => a),
    right: Float64Array.from(filled, ([, b]) => b),
    cells: Float64Array.from(counts.keys()),
  };
}
