import type { AlignedColumn, AlignedTables, TableRole } from '../aligned-tables.ts';
import { codesOf, valuesOf } from '../aligned-tables.ts';
import { spearman } from './correlation.ts';

/** Rank correlations between the columns of one table that have an order. */
export interface RankCorrelations {
  readonly columns: readonly string[];
  /** Symmetric, 1 on the diagonal; null where a column is constant on the rows that have both values. */
  readonly values: readonly (readonly (number | null)[])[];
}

/** Most columns correlated: more would neither fit a page nor be read. */
const MOST_COLUMNS = 40;

/**
 * Spearman correlations of numbers, dates, ordered categories and columns of two categories, over pairwise complete rows.
 *
 * **Privacy**: as private as the table of that role.
 * @returns undefined when fewer than two columns have an order.
 */
export function rankCorrelations(tables: AlignedTables, role: TableRole): RankCorrelations | undefined {
  const columns = tables.columns.filter(hasOrder).slice(0, MOST_COLUMNS);
  if (columns.length < 2) return undefined;
  const places = columns.map((column) => placesOf(column, role));
  const values: (number | null)[][] = places.map((_, row) => places.map((_, column) => (row === column ? 1 : null)));
  for (let row = 1; row < places.length; row++) {
    for (let column = 0; column < row; column++) {
      const { value } = spearman(places[row]!, places[column]!);
      const known = Number.isNaN(value) ? null : value;
      values[row]![column] = known;
      values[column]![row] = known;
    }
  }
  return { columns: columns.map(({ field }) => field.name), values };
}

function hasOrder(column: AlignedColumn): boolean {
  if (column.kind === 'number') return true;
  const { domain } = column.field;
  return column.declared === 2 || (domain.kind === 'categorical' && domain.ordered);
}

/** Values or places in the order of categories; NaN is missing or not declared. */
function placesOf(column: AlignedColumn, role: TableRole): Float64Array {
  if (column.kind === 'number') return valuesOf(column, role);
  return Float64Array.from(codesOf(column, role), (code) => (code >= 0 && code < column.declared ? code : Number.NaN));
}
