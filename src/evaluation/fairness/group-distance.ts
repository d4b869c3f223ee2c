import type { TableRole } from '../aligned-tables.ts';
import { mean } from '../average.ts';
import type { BinnedColumn, BinnedTables } from '../bins.ts';
import { binsOf } from '../contingency.ts';
import { type Distance, totalVariation } from '../total-variation.ts';
import { type Grouping, rowsInGroup } from './groups.ts';

/**
 * Mean one-way total variation distance between the real rows of a group and those of another table, over the columns that
 * do not define the group; `null` when a side has no rows or there are no such columns.
 */
export function groupDistance(
  tables: BinnedTables,
  grouping: Grouping,
  { role, group }: { readonly role: TableRole; readonly group: number },
): Distance | null {
  const real = rowsInGroup(grouping, 'real', group);
  const other = rowsInGroup(grouping, role, group);
  const columns = tables.columns.filter((column) => !grouping.names.includes(column.name));
  if (real.length === 0 || other.length === 0 || columns.length === 0) return null;
  const distances = columns.map((column) =>
    totalVariation({ left: countRows(column, 'real', real), right: countRows(column, role, other) }),
  );
  // The mean of the errors bounds that of the mean whatever the correlation of the columns.
  return {
    value: mean(distances.map(({ value }) => value)),
    standardError: mean(distances.map(({ standardError }) => standardError)),
  };
}

function countRows(column: BinnedColumn, role: TableRole, rows: Int32Array): Float64Array {
  const codes = binsOf(column, role);
  const counts = new Float64Array(column.size);
  for (const row of rows) counts[codes[row] as number]! += 1;
  return counts;
}
