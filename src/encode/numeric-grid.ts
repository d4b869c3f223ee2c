import type { Codes } from '../marginals/count-source.ts';

/** Most fine cells of one numeric column: a public constant, so that the size of a model says nothing about the rows. */
export const MAX_FINE_CELLS = 1024;

/**
 * A public grid of fine cells on a numeric axis. Representable values are `minimum + step·precision` for the integer
 * steps 0 … lastStep; fine cell k holds the steps starts[k] … starts[k+1]-1.
 */
export interface NumericGrid {
  readonly minimum: number;
  readonly precision: number;
  readonly lastStep: number;
  /** Ascending; starts[0] is 0 and the last entry is lastStep + 1; one entry more than there are cells. */
  readonly starts: Float64Array;
}

/** What fixes a grid; all of it public or released. */
export interface GridRequest {
  readonly minimum: number;
  readonly maximum: number;
  readonly precision: number;
  /** Declared coarse edges: every edge becomes a boundary of fine cells. */
  readonly edges?: readonly number[];
}

/** Slack when an edge is turned into steps: a relative error of a few ulps must not move it by a step. */
const EDGE_SLACK = 1e-9;

/** The first step whose value is at least `edge`. */
export function stepAtLeast(edge: number, minimum: number, precision: number): number {
  return Math.max(0, Math.ceil((edge - minimum) / precision - EDGE_SLACK));
}

/**
 * Builds the fine grid. Every representable value is a cell of its own when there are at most `MAX_FINE_CELLS` of them;
 * otherwise declared bins are split evenly, and an axis without declared bins gets the union of an even and a geometric
 * grid, so that both a flat body and a heavy tail are resolved, with the bounds and zero as cells of their own.
 */
export function createNumericGrid(request: GridRequest): NumericGrid {
  const { minimum, maximum, precision } = request;
  const lastStep = Math.max(0, Math.floor((maximum - minimum) / precision + EDGE_SLACK));
  const edgeSteps = request.edges?.map((edge) => stepAtLeast(edge, minimum, precision));
  const boundaries =
    lastStep < MAX_FINE_CELLS
      ? Array.from({ length: lastStep + 1 }, (_, step) => step)
      : edgeSteps === undefined
        ? openBoundaries(lastStep, stepAtLeast(0, minimum, precision))
        : binBoundaries(edgeSteps, lastStep);
  return {
    minimum,
    precision,
    lastStep,
    starts: Float64Array.from([...ascendingSteps(boundaries, lastStep), lastStep + 1]),
  };
}

/** Distinct boundaries in [0, lastStep], ascending, beginning with 0. */
function ascendingSteps(boundaries: readonly number[], lastStep: number): number[] {
  return [...new Set([0, ...boundaries])].filter((step) => step >= 0 && step <= lastStep).sort((a, b) => a - b);
}

/** Splits each declared bin into equally wide cells. */
function binBoundaries(edgeSteps: readonly number[], lastStep: number): number[] {
  const starts = ascendingSteps(edgeSteps, lastStep);
  const cellsPerBin = Math.max(1, Math.floor(MAX_FINE_CELLS / starts.length));
  return starts.flatMap((start, bin) => {
    const width = (starts[bin + 1] ?? lastStep + 1) - start;
    const cells = Math.min(width, cellsPerBin);
    return Array.from({ length: cells }, (_, cell) => start + Math.floor((cell * width) / cells));
  });
}

/** Even and geometric boundaries, with zero and both bounds alone in their cells. */
function openBoundaries(lastStep: number, zeroStep: number): number[] {
  const half = MAX_FINE_CELLS / 2 - 4;
  const origin = zeroStep <= lastStep ? zeroStep : 0;
  const even = Array.from({ length: half }, (_, cell) => Math.floor((cell * (lastStep + 1)) / half));
  const reach = Math.max(origin, lastStep - origin);
  const geometric = Array.from({ length: half / 2 }, (_, k) => Math.round(reach ** ((k + 1) / (half / 2))));
  const aroundOrigin = geometric.flatMap((distance) => [origin + distance, origin - distance]);
  return [...even, ...aroundOrigin, 1, lastStep, origin, origin + 1];
}

/** Number of fine cells, without the missing cell. */
export function countFineCells(grid: NumericGrid): number {
  return grid.starts.length - 1;
}

/** Index of the fine cell that holds `step`, by binary search. */
export function cellOfStep(grid: NumericGrid, step: number): number {
  let low = 0;
  let high = grid.starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (grid.starts[middle]! <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Longest axis for which cells are found by table instead of search: 64 Ki steps of two bytes. */
const MAX_TABLE_STEPS = 65_536;

/**
 * Fine cells of a column. Values outside the bounds, infinities included, are clamped; NaN becomes `missingCode`.
 * Total: no value makes it throw.
 * @param missingCode code for NaN: the missing cell, or cell 0 for fields that declare no missing values.
 */
export function encodeNumbers(grid: NumericGrid, values: Float64Array, missingCode: number): Codes {
  const codes = new Uint16Array(values.length);
  const { minimum, precision, lastStep } = grid;
  const table = lastStep < MAX_TABLE_STEPS ? tabulateCells(grid) : undefined;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const step = Math.min(lastStep, Math.max(0, Math.round((value - minimum) / precision)));
    codes[row] = Number.isNaN(value) ? missingCode : table === undefined ? cellOfStep(grid, step) : table[step]!;
  }
  return codes;
}

/** Cell of every step. */
function tabulateCells(grid: NumericGrid): Uint16Array {
  const table = new Uint16Array(grid.lastStep + 1);
  for (let cell = 0; cell < grid.starts.length - 1; cell++) table.fill(cell, grid.starts[cell], grid.starts[cell + 1]);
  return table;
}

/** Relative deviation below which a quotient of decimals counts as the integer it was meant to be. */
const INTEGER_SLACK = 1e-9;

const isNearInteger = (value: number) =>
  Math.abs(value - Math.round(value)) <= INTEGER_SLACK * Math.max(1, Math.abs(value));

/**
 * Turns steps into axis values without floating junk: 0.3, never 0.30000000000000004, for precisions 1/k.
 * @returns a function from step to value.
 */
export function stepDecoder(grid: NumericGrid): (step: number) => number {
  const { minimum, precision } = grid;
  const stepsPerUnit = 1 / precision;
  const scaledMinimum = minimum / precision;
  if (stepsPerUnit >= 1 && isNearInteger(stepsPerUnit) && isNearInteger(scaledMinimum)) {
    const base = Math.round(scaledMinimum);
    const divisor = Math.round(stepsPerUnit);
    return (step) => (base + step) / divisor;
  }
  return (step) => minimum + step * precision;
}
