import type { Measurement } from '../../marginals/measurement.ts';
import type { Levels } from './levels.ts';
import type { PairTable } from './pair-tables.ts';
import { projectToTotal } from './released-marginal.ts';

/** Sums of cells by level. */
function sumByLevel(values: Float64Array, { recoding }: Levels): Float64Array {
  const sums = new Float64Array(recoding.size);
  values.forEach((value, cell) => {
    sums[recoding.codes[cell]!]! += value;
  });
  return sums;
}

/**
 * Shares of levels from everything measured about them: the column's own marginal and the sides of its pair tables,
 * each weighted by its precision.
 */
export function poolLevels(
  column: number,
  levels: Levels,
  state: { readonly measurement: Measurement; readonly tables: readonly PairTable[]; readonly rows: number },
): Float64Array {
  const { size, codes } = levels.recoding;
  const weighted = sumByLevel(state.measurement.counts, levels);
  const precision = new Float64Array(size);
  for (const code of codes) precision[code]! += state.measurement.variance;
  precision.forEach((variance, level) => {
    precision[level] = 1 / variance;
    weighted[level]! /= variance;
  });
  for (const table of state.tables) {
    if (table.first !== column && table.second !== column) continue;
    const side = sideOf(table, size, table.first === column);
    const weight = size / (table.variance * table.counts.length);
    for (let level = 0; level < size; level++) {
      weighted[level]! += weight * side[level]!;
      precision[level]! += weight;
    }
  }
  const variances = precision.map((weight) => 1 / weight);
  const counts = projectToTotal(
    weighted.map((sum, level) => sum * variances[level]!),
    variances,
    state.rows,
  );
  return counts.map((count) => count / state.rows);
}

/** Row sums or column sums of a table. */
function sideOf({ counts }: PairTable, size: number, isRow: boolean): Float64Array {
  const sums = new Float64Array(size);
  const width = isRow ? counts.length / size : size;
  counts.forEach((count, cell) => {
    sums[isRow ? Math.floor(cell / width) : cell % width]! += count;
  });
  return sums;
}

/** Cells rescaled so that levels have their pooled shares. */
export function spreadLevels(shares: Float64Array, levelShares: Float64Array, levels: Levels): Float64Array {
  const held = sumByLevel(shares, levels);
  const members = sumByLevel(
    shares.map(() => 1),
    levels,
  );
  return shares.map((share, cell) => {
    const level = levels.recoding.codes[cell]!;
    const part = held[level]! > 0 ? share / held[level]! : 1 / members[level]!;
    return part * levelShares[level]!;
  });
}

/** Cells along the latent axis: by level, then by code; the cell of missing values behind all levels in the order. */
export function orderCells(levelOrder: Int32Array, { recoding }: Levels): Int32Array {
  const rank = new Int32Array(recoding.size).fill(recoding.size);
  levelOrder.forEach((level, position) => {
    rank[level] = position;
  });
  const cells = Int32Array.from(recoding.codes.keys());
  return cells.sort((a, b) => rank[recoding.codes[a]!]! - rank[recoding.codes[b]!]! || a - b);
}
