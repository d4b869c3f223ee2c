import type { AlignedColumn, AlignedTables, TableRole } from '../aligned-tables.ts';
import { codesOf, valuesOf } from '../aligned-tables.ts';

/** Stands for a missing number: equal to itself and farther than any range from every value. */
const MISSING_NUMBER = 1e300;

/** Rows ready for Gower distances. */
export interface GowerRows {
  readonly rows: number;
  /** Values of each numeric column, missing ones as one huge number. */
  readonly numbers: readonly Float64Array[];
  /** 1 / range of each numeric column. */
  readonly inverseRanges: Float64Array;
  /** Codes of each categorical column; missing is a code of its own. */
  readonly categories: readonly Int32Array[];
}

/** Which columns are compared: positions in `numbers` and in `categories`. */
export interface GowerView {
  readonly numbers: readonly number[];
  readonly categories: readonly number[];
}

/** Numeric columns and their ranges, categorical columns; fixed for all tables of one evaluation. */
export interface GowerScale {
  readonly numberNames: readonly string[];
  readonly ranges: readonly number[];
  readonly categoryNames: readonly string[];
}

/**
 * One scale for all tables: the range of a numeric column is the one the schema declares, otherwise that of the tables
 * `roles` together. It never depends on the table being judged unless it is named.
 */
export function gowerScale(tables: AlignedTables, roles: readonly TableRole[] = ['real', 'holdout']): GowerScale {
  const numbers = tables.columns.filter((column) => column.kind === 'number');
  const ranges = numbers.map((column) =>
    rangeOf(
      column,
      roles.filter((role) => tables.roles.includes(role)),
    ),
  );
  return {
    numberNames: numbers.map((column) => column.field.name),
    ranges: ranges.map(([low, high]) => (high > low ? high - low : 1)),
    categoryNames: tables.columns.filter((column) => column.kind === 'category').map((column) => column.field.name),
  };
}

function rangeOf(
  column: AlignedColumn & { readonly kind: 'number' },
  roles: readonly TableRole[],
): readonly [number, number] {
  const { domain } = column.field;
  if (domain.kind === 'numeric' && domain.bounds.status === 'public') {
    return [domain.bounds.value.minimum, domain.bounds.value.maximum];
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const role of roles) {
    for (const value of valuesOf(column, role)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** The given rows of one table on the scale. */
export function gowerRows(
  tables: AlignedTables,
  scale: GowerScale,
  at: { readonly role: TableRole; readonly rows: Int32Array },
): GowerRows {
  const numbers: Float64Array[] = [];
  const categories: Int32Array[] = [];
  for (const column of tables.columns) {
    if (column.kind === 'number') {
      const values = valuesOf(column, at.role);
      numbers.push(Float64Array.from(at.rows, (row) => present(values[row] as number)));
    } else {
      const codes = codesOf(column, at.role);
      categories.push(Int32Array.from(at.rows, (row) => codes[row] as number));
    }
  }
  const inverseRanges = Float64Array.from(scale.ranges, (range) => 1 / range);
  return { rows: at.rows.length, numbers, inverseRanges, categories };
}

function present(value: number): number {
  return Number.isNaN(value) ? MISSING_NUMBER : value;
}

/** The view over the named columns; all columns without names. */
export function gowerView(scale: GowerScale, names?: readonly string[]): GowerView {
  const positions = (all: readonly string[]) =>
    [...all.keys()].filter((index) => names === undefined || names.includes(all[index] as string));
  return { numbers: positions(scale.numberNames), categories: positions(scale.categoryNames) };
}

/** Number of columns a view compares: Gower distances are sums over them. */
export function viewWidth(view: GowerView): number {
  return view.numbers.length + view.categories.length;
}

/**
 * Sum over columns of the distance of one row to rows `from … to-1` of the candidates, written to `out` from position 0:
 * |a − b| on the scale, at most 1, for numbers; 0 or 1 for categories; missing equals missing and differs from the rest.
 *
 * **Numerics**: numbers are summed first in column order and differing categories added as whole counts, so rows that agree in
 * the same places have exactly equal distances.
 */
export function gowerDistances(
  target: { readonly table: GowerRows; readonly row: number },
  candidates: GowerRows,
  block: { readonly view: GowerView; readonly from: number; readonly to: number; readonly out: Float64Array },
): void {
  const { view, from, to, out } = block;
  out.fill(0, 0, to - from);
  for (const column of view.numbers) {
    const inverseRange = candidates.inverseRanges[column] as number;
    const value = target.table.numbers[column]?.[target.row] as number;
    addNumbers(value, candidates.numbers[column] as Float64Array, { ...block, inverseRange });
  }
  for (const column of view.categories) {
    addCategories(
      target.table.categories[column]?.[target.row] as number,
      candidates.categories[column] as Int32Array,
      block,
    );
  }
}

type Block = { readonly from: number; readonly to: number; readonly out: Float64Array };

/** The difference is taken before scaling, so that values equally far on either side tie exactly. */
function addNumbers(value: number, column: Float64Array, block: Block & { readonly inverseRange: number }): void {
  const { from, to, out, inverseRange } = block;
  for (let row = from; row < to; row += 1) {
    out[row - from]! += Math.min(Math.abs(value - column[row]!) * inverseRange, 1);
  }
}

function addCategories(code: number, column: Int32Array, { from, to, out }: Block): void {
  for (let row = from; row < to; row += 1) out[row - from]! += column[row] === code ? 0 : 1;
}
