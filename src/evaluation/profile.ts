import type { TableRole } from './aligned-tables.ts';
import type { BinnedTables } from './bins.ts';
import { countCells } from './contingency.ts';

/** How the rows of each table spread over the bins of one column. **Privacy**: private. */
export interface ColumnProfile {
  readonly column: string;
  readonly labels: readonly string[];
  /** Share of rows per bin. */
  readonly shares: Readonly<Partial<Record<TableRole, readonly number[]>>>;
}

/** Profiles of every binned column. */
export function profileColumns(tables: BinnedTables): readonly ColumnProfile[] {
  return tables.columns.map((column) => {
    const shares = tables.roles.map((role) => {
      const rows = tables.rowCounts[role] ?? 0;
      return [role, Array.from(countCells([column], role, rows), (count) => count / Math.max(rows, 1))] as const;
    });
    return { column: column.name, labels: column.labels, shares: Object.fromEntries(shares) };
  });
}
