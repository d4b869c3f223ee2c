import type { TableRole } from '../aligned-tables.ts';
import type { BinnedColumn, BinnedTables } from '../bins.ts';
import { combinations, countCells } from '../contingency.ts';

/**
 * Cramér's V of a two-way table given row-major: √(χ²/n / (min(r, c) − 1)) with r and c the non-empty rows and columns.
 * @returns 0 when a side has fewer than two non-empty levels or the table is empty.
 * @source Cramér, "Mathematical Methods of Statistics" (1946), section 21.9; no bias correction.
 */
export function cramersV(counts: Float64Array, rows: number, columns: number): number {
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(columns);
  let total = 0;
  for (let cell = 0; cell < counts.length; cell += 1) {
    const count = counts[cell] as number;
    rowSums[Math.floor(cell / columns)]! += count;
    columnSums[cell % columns]! += count;
    total += count;
  }
  const levels = Math.min(countPositive(rowSums), countPositive(columnSums));
  if (levels < 2) return 0;
  let chiSquare = 0;
  for (let cell = 0; cell < counts.length; cell += 1) {
    const expected = ((rowSums[Math.floor(cell / columns)] as number) * (columnSums[cell % columns] as number)) / total;
    if (expected > 0) chiSquare += ((counts[cell] as number) - expected) ** 2 / expected;
  }
  return Math.sqrt(chiSquare / total / (levels - 1));
}

function countPositive(values: Float64Array): number {
  return values.reduce((count, value) => count + Number(value > 0), 0);
}

/** Cramér's V of every pair of binned columns of one table, in the order of `combinations(columns, 2)`. */
export function associationMatrix(tables: BinnedTables, role: TableRole): Float64Array {
  const pairs = combinations(tables.columns.length, 2).map((pair) =>
    pair.map((index) => tables.columns[index] as BinnedColumn),
  );
  return Float64Array.from(pairs, (pair) => {
    const [a, b] = pair as [BinnedColumn, BinnedColumn];
    return cramersV(countCells(pair, role, tables.rowCounts[role] ?? 0), a.size, b.size);
  });
}
