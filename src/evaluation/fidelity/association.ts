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

/**
 * Standard error of Cramér's V by the delta method on φ² = Σ p²/(r c) − 1; 0 where V is.
 * @param counts - row-major two-way table, as for `cramersV`.
 * @source Bishop, Fienberg, Holland, "Discrete Multivariate Analysis" (1975), section 11.3; Agresti, "Categorical Data
 * Analysis" (2013), section 16.1.
 */
export function cramersVError(counts: Float64Array, rows: number, columns: number): number {
  const v = cramersV(counts, rows, columns);
  if (v === 0) return 0;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rowShares = new Float64Array(rows);
  const columnShares = new Float64Array(columns);
  counts.forEach((count, cell) => {
    rowShares[Math.floor(cell / columns)]! += count / total;
    columnShares[cell % columns]! += count / total;
  });
  // Derivatives of φ² with respect to a row's and a column's share.
  const rowPull = new Float64Array(rows);
  const columnPull = new Float64Array(columns);
  counts.forEach((count, cell) => {
    if (count === 0) return;
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const [r, c] = [rowShares[row] as number, columnShares[column] as number];
    const square = (count / total) ** 2;
    rowPull[row]! += square / (r * r * c);
    columnPull[column]! += square / (r * c * c);
  });
  let variance = 0;
  counts.forEach((count, cell) => {
    if (count === 0) return;
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const expected = (rowShares[row] as number) * (columnShares[column] as number);
    const slope = (2 * count) / total / expected - (rowPull[row] as number) - (columnPull[column] as number);
    variance += (count / total) * slope ** 2;
  });
  const levels = Math.min(countPositive(rowShares), countPositive(columnShares));
  return Math.sqrt(variance / total) / (2 * v * (levels - 1));
}

function countPositive(values: Float64Array): number {
  return values.reduce((count, value) => count + Number(value > 0), 0);
}

/** Cramér's V of every pair of binned columns of one table, in the order of `combinations(columns, 2)`. */
export function associationMatrix(tables: BinnedTables, role: TableRole): Float64Array {
  return Float64Array.from(associations(tables, role), ({ value }) => value);
}

/** Strength of a pair with its standard error. */
export interface Association {
  readonly value: number;
  readonly standardError: number;
}

/** Cramér's V of every pair of binned columns of one table with its error, in the order of `combinations(columns, 2)`. */
export function associations(tables: BinnedTables, role: TableRole): readonly Association[] {
  const pairs = combinations(tables.columns.length, 2).map((pair) =>
    pair.map((index) => tables.columns[index] as BinnedColumn),
  );
  return pairs.map((pair) => {
    const [a, b] = pair as [BinnedColumn, BinnedColumn];
    const counts = countCells(pair, role, tables.rowCounts[role] ?? 0);
    return { value: cramersV(counts, a.size, b.size), standardError: cramersVError(counts, a.size, b.size) };
  });
}
