import { cellOfStep, countFineCells, type NumericGrid, stepAtLeast } from './numeric-grid.ts';

/** Coarse bins aimed at for a numeric column whose edges are not declared; spikes may add up to as many again. */
export const TARGET_COARSE_BINS = 32;

/**
 * Coarse bins of a numeric column as first fine cells, ascending, beginning with 0: bin k holds the fine cells
 * firstCells[k] … firstCells[k+1]-1.
 */
export type CoarseBins = readonly number[];

/** Bins from declared edges; every declared edge is a boundary of the grid, so no cell is cut. */
export function binsFromEdges(grid: NumericGrid, edges: readonly number[]): CoarseBins {
  const cells = edges
    .slice(0, -1)
    .map((edge) => stepAtLeast(edge, grid.minimum, grid.precision))
    .filter((step) => step <= grid.lastStep)
    .map((step) => cellOfStep(grid, step));
  return [...new Set([0, ...cells])].sort((a, b) => a - b);
}

/** One bin per fine cell, for columns with few representable values. */
export function binsFromCells(grid: NumericGrid): CoarseBins {
  return Array.from({ length: countFineCells(grid) }, (_, cell) => cell);
}

/** Standard deviations a cell must rise above the noise to count as mass when bins are chosen. */
const SIGNIFICANT_SIGMAS = 2;

/** Standard deviations of mass a bin must hold. */
const MINIMUM_BIN_SIGMAS = 4;

/**
 * Chooses bins of about equal mass from a *released* noisy histogram; a cell that alone holds a bin's mass (a spike)
 * gets a bin of its own.
 *
 * **Privacy**: post-processing of released counts and public constants.
 * @param noisyCounts one per fine cell, without the missing cell.
 * @param sigma standard deviation of the noise per cell.
 */
export function binsFromReleased(noisyCounts: Float64Array, sigma: number): CoarseBins {
  const counts = noisyCounts.map((count) => (count > SIGNIFICANT_SIGMAS * sigma ? count : 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const target = Math.max(total / TARGET_COARSE_BINS, MINIMUM_BIN_SIGMAS * sigma);
  const firstCells = [0];
  let mass = 0;
  counts.forEach((count, cell) => {
    const isFull = mass >= target || (count >= target && cell > 0);
    if (isFull && firstCells.at(-1) !== cell) {
      firstCells.push(cell);
      mass = 0;
    }
    mass += count;
  });
  return firstCells.length > 1 ? firstCells : evenBins(counts.length);
}

/** Bins of equal numbers of cells: the fallback when nothing rises above the noise. */
function evenBins(cells: number): CoarseBins {
  const bins = Math.min(cells, TARGET_COARSE_BINS);
  return Array.from({ length: bins }, (_, bin) => Math.floor((bin * cells) / bins));
}
