import { type AlignedTables, codesOf, valuesOf } from '../aligned-tables.ts';
import type { BinnedTables } from '../bins.ts';
import type { RowsOf } from './inference.ts';

/** One text per row that is equal exactly where all cells are; missing equals missing. */
export function rowKeys(tables: AlignedTables, at: RowsOf): readonly string[] {
  const columns = tables.columns.map((column) =>
    column.kind === 'number' ? valuesOf(column, at.role) : codesOf(column, at.role),
  );
  return Array.from(at.rows, (row) => columns.map((values) => values[row]).join('|'));
}

/** One text per row over some binned columns. */
export function binKeys(tables: BinnedTables, names: readonly string[], at: RowsOf): readonly string[] {
  const columns = tables.columns.filter((column) => names.includes(column.name)).map((column) => column.codes[at.role]);
  return Array.from(at.rows, (row) => columns.map((codes) => codes?.[row]).join('|'));
}

/** How often each key occurs. */
export function countKeys<K>(keys: Iterable<K>): ReadonlyMap<K, number> {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
