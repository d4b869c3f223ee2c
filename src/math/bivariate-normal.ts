import { normalLower } from './normal-quantile.ts';

/** Nodes and weights of the Gauss–Legendre rule of order 20 on [-1, 1], computed once by Newton on the polynomial. */
const RULE = gaussLegendre(20);

/** Beyond this many standard deviations nothing is left that doubles could show beside 1. */
const FURTHEST = 8.5;

function gaussLegendre(order: number): { readonly nodes: Float64Array; readonly weights: Float64Array } {
  const nodes = new Float64Array(order);
  const weights = new Float64Array(order);
  for (let index = 0; index < order; index++) {
    let x = Math.cos((Math.PI * (index + 0.75)) / (order + 0.5));
    for (let step = 0; step < 100; step++) {
      const { value, slope } = legendre(order, x);
      x -= value / slope;
      if (Math.abs(value / slope) < 1e-16) break;
    }
    const { slope } = legendre(order, x);
    nodes[index] = x;
    weights[index] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

function legendre(order: number, x: number): { value: number; slope: number } {
  let [before, value] = [1, x];
  for (let k = 2; k <= order; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  return { value, slope: (order * (x * value - before)) / (x * x - 1) };
}

/**
 * P[X ≤ a, Y ≤ b] for standard normal X and Y of the given correlation.
 * **Numerics**: absolute error below 1e-10 for |correlation| ≤ 0.95, 1e-5 up to 0.99.
 * @param correlation strictly between -1 and 1.
 * @source Drezner and Wesolowsky 1990, formula (2): one integral over the angle, by a Gauss–Legendre rule of order 20.
 */
export function bivariateNormalLower(a: number, b: number, correlation: number): number {
  const [x, y] = [clampCut(a), clampCut(b)];
  const angle = Math.asin(correlation);
  const [squares, product] = [x * x + y * y, x * y];
  let sum = 0;
  for (let node = 0; node < RULE.nodes.length; node++) {
    const sine = Math.sin(0.5 * angle * (RULE.nodes[node]! + 1));
    sum += RULE.weights[node]! * Math.exp(-(squares - 2 * product * sine) / (2 * (1 - sine * sine)));
  }
  return normalLower(x) * normalLower(y) + (sum * angle) / (4 * Math.PI);
}

/** Density of the bivariate normal distribution: also the slope of `bivariateNormalLower` in the correlation. */
export function bivariateNormalDensity(a: number, b: number, correlation: number): number {
  const [x, y] = [clampCut(a), clampCut(b)];
  const rest = 1 - correlation * correlation;
  return Math.exp(-(x * x + y * y - 2 * correlation * x * y) / (2 * rest)) / (2 * Math.PI * Math.sqrt(rest));
}

const clampCut = (cut: number) => Math.max(-FURTHEST, Math.min(FURTHEST, cut));

/** A table of a normal pair cut into intervals; cuts ascend, one fewer than cells. */
export interface CutTable {
  readonly rowCuts: Float64Array;
  readonly columnCuts: Float64Array;
}

/** Row-major cell probabilities and their slopes in the correlation. */
export interface CutProbabilities {
  readonly probabilities: Float64Array;
  readonly slopes: Float64Array;
}

/**
 * Probability of every cell of a normal pair cut into a table, with its slope in the correlation.
 * @param correlation strictly between -1 and 1.
 * **Cost**: 20 exponentials per inner corner.
 */
export function cutProbabilities({ rowCuts, columnCuts }: CutTable, correlation: number): CutProbabilities {
  const [rows, columns] = [rowCuts.length + 1, columnCuts.length + 1];
  const width = columns + 1;
  const corners = new Float64Array((rows + 1) * width);
  const densities = new Float64Array((rows + 1) * width);
  const columnTails = Float64Array.from(columnCuts, normalLower);
  for (let row = 1; row <= rows; row++) {
    const rowTail = row === rows ? 1 : normalLower(rowCuts[row - 1]!);
    for (let column = 1; column <= columns; column++) {
      const corner = row * width + column;
      if (row === rows) corners[corner] = column === columns ? 1 : columnTails[column - 1]!;
      else if (column === columns) corners[corner] = rowTail;
      else {
        corners[corner] = bivariateNormalLower(rowCuts[row - 1]!, columnCuts[column - 1]!, correlation);
        densities[corner] = bivariateNormalDensity(rowCuts[row - 1]!, columnCuts[column - 1]!, correlation);
      }
    }
  }
  const size = { rows, columns };
  return { probabilities: differences(corners, size).map((p) => Math.max(0, p)), slopes: differences(densities, size) };
}

/** Second differences of corner values: one per cell. */
function differences(corners: Float64Array, { rows, columns }: { rows: number; columns: number }): Float64Array {
  const width = columns + 1;
  return Float64Array.from({ length: rows * columns }, (_, cell) => {
    const at = Math.floor(cell / columns) * width + (cell % columns);
    return corners[at + width + 1]! - corners[at + width]! - corners[at + 1]! + corners[at]!;
  });
}
