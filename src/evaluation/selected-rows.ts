import { MISSING_CODE } from '../table/columns.ts';
import { type AlignedColumn, codesOf, type TableRole, valuesOf } from './aligned-tables.ts';

/** Some rows of one column: numbers (NaN missing), or codes 0 … size-1 where the last code is missing. */
export type SelectedColumn =
  | { readonly kind: 'number'; readonly values: Float64Array }
  | { readonly kind: 'category'; readonly codes: Int32Array; readonly size: number };

/** The given rows of the given columns of one table. */
export function selectRows(
  columns: readonly AlignedColumn[],
  role: TableRole,
  rows: Int32Array,
): readonly SelectedColumn[] {
  return columns.map((column) => {
    if (column.kind === 'number') {
      const values = valuesOf(column, role);
      return { kind: 'number', values: Float64Array.from(rows, (row) => values[row] as number) };
    }
    const codes = codesOf(column, role);
    const missing = column.categories.length;
    const pick = (row: number) => (codes[row] === MISSING_CODE ? missing : (codes[row] as number));
    return { kind: 'category', codes: Int32Array.from(rows, pick), size: missing + 1 };
  });
}

/** Two selections of the same columns, one below the other. */
export function stackRows(
  above: readonly SelectedColumn[],
  below: readonly SelectedColumn[],
): readonly SelectedColumn[] {
  return above.map((column, index) => {
    const other = below[index];
    if (column.kind === 'number' && other?.kind === 'number') {
      const values = new Float64Array(column.values.length + other.values.length);
      values.set(column.values);
      values.set(other.values, column.values.length);
      return { kind: 'number', values };
    }
    if (column.kind === 'category' && other?.kind === 'category') {
      const codes = new Int32Array(column.codes.length + other.codes.length);
      codes.set(column.codes);
      codes.set(other.codes, column.codes.length);
      return { kind: 'category', codes, size: column.size };
    }
    return column;
  });
}

/** Rows of selected columns in the given order, which may name a row more than once. */
export function pickRows(columns: readonly SelectedColumn[], rows: Int32Array): readonly SelectedColumn[] {
  return columns.map((column) =>
    column.kind === 'number'
      ? { kind: 'number', values: Float64Array.from(rows, (row) => column.values[row] as number) }
      : { kind: 'category', codes: rows.map((row) => column.codes[row] as number), size: column.size },
  );
}

/** How many rows the selected columns have; 0 without columns. */
export function rowsOf([first]: readonly SelectedColumn[]): number {
  if (first === undefined) return 0;
  return first.kind === 'number' ? first.values.length : first.codes.length;
}

/** All row numbers of a table of that many rows. */
export function allRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row);
}
