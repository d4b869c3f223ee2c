import type { Clique } from '../../marginals/domain.ts';
import type { Factor } from '../../marginals/marginal-oracle.ts';
import type { Measurement } from '../../marginals/measurement.ts';

/** What the generator is fitted to: all measured marginals, laid out over the cells of all columns. */
export interface MarginalTable {
  /** Cells of all columns together. */
  readonly width: number;
  /** Shares of pairs of cells and their weights (inverse variance of a share), width × width, symmetric. */
  readonly pairs: Float32Array;
  readonly pairWeights: Float32Array;
  /** Shares of single cells and their weights. */
  readonly singles: Float32Array;
  readonly singleWeights: Float32Array;
}

/** What the table is made of; measurements and rules are released or public. */
export interface TargetRequest {
  /** Cells of every column. */
  readonly sizes: readonly number[];
  readonly measurements: readonly Measurement[];
  readonly zeros: readonly Factor[];
  /** Released number of rows, at least 1. */
  readonly rows: number;
}

/** Standard deviation, in rows, of the 0 that a rule of impossible combinations puts into a cell. */
const RULE_SIGMA = 1;

/**
 * Collects measurements into one table; measurements of the same cell are averaged by precision. A marginal of three or
 * more columns enters by its pairs.
 *
 * **Privacy**: post-processing of released marginals.
 */
export function tabulateTargets(request: TargetRequest): MarginalTable {
  const width = request.sizes.reduce((sum, size) => sum + size, 0);
  const layout = createLayout(request.sizes, width);
  for (const measurement of request.measurements) {
    for (const part of partsOf(request.sizes, measurement)) addMeasurement(layout, part, request.rows);
  }
  for (const { clique, values } of request.zeros) {
    if (clique.length === 2) addRule(layout, clique, { values, rows: request.rows });
  }
  const { pairs, pairWeights, singles, singleWeights } = layout;
  return { width, pairs, pairWeights, singles, singleWeights };
}

/**
 * Squared error of a generator per measured cell, in units of its noise variance: about 1 when only noise is left, less
 * when the generator follows some of it.
 * @param shares tables of all pairs of cells, width × width; a cell's share is what its row sums to within one column.
 */
export function errorPerCell(table: MarginalTable, sizes: readonly number[], shares: Float32Array): number {
  const { width, pairs, pairWeights, singles, singleWeights } = table;
  let [error, cells] = [0, 0];
  for (let row = 0; row < width; row++) {
    const means = shares.subarray(row * width, row * width + sizes[0]!).reduce((sum, share) => sum + share, 0);
    error += singleWeights[row]! * (means - singles[row]!) ** 2;
    cells += singleWeights[row]! > 0 ? 1 : 0;
    for (let cell = row * width + row; cell < (row + 1) * width; cell++) {
      error += pairWeights[cell]! * (shares[cell]! - pairs[cell]!) ** 2;
      cells += pairWeights[cell]! > 0 ? 1 : 0;
    }
  }
  return error / Math.max(1, cells);
}

interface Layout extends MarginalTable {
  readonly sizes: readonly number[];
  /** First cell of every column. */
  readonly starts: readonly number[];
}

function createLayout(sizes: readonly number[], width: number): Layout {
  let next = 0;
  const starts = sizes.map((size) => {
    next += size;
    return next - size;
  });
  return {
    sizes,
    width,
    starts,
    pairs: new Float32Array(width * width),
    pairWeights: new Float32Array(width * width),
    singles: new Float32Array(width),
    singleWeights: new Float32Array(width),
  };
}

/** The marginal itself if it has one or two columns; otherwise its pairs, whose cells sum many of its cells. */
function partsOf(sizes: readonly number[], measurement: Measurement): Measurement[] {
  const { clique, counts, variance } = measurement;
  if (clique.length <= 2) return clique.length === 0 ? [] : [measurement];
  const pairs = clique.flatMap((_, a) => clique.slice(a + 1).map((__, k): [number, number] => [a, a + 1 + k]));
  return pairs.map(([a, b]) => {
    const [rowSize, columnSize] = [sizes[clique[a]!]!, sizes[clique[b]!]!];
    const sums = new Float64Array(rowSize * columnSize);
    const digits = clique.map(() => 0);
    counts.forEach((count) => {
      sums[digits[a]! * columnSize + digits[b]!]! += count;
      for (let digit = clique.length - 1; digit >= 0; digit--) {
        digits[digit] = (digits[digit]! + 1) % sizes[clique[digit]!]!;
        if (digits[digit] !== 0) break;
      }
    });
    return { clique: [clique[a]!, clique[b]!], counts: sums, variance: (variance * counts.length) / sums.length };
  });
}

function addMeasurement(layout: Layout, { clique, counts, variance }: Measurement, rows: number): void {
  const weight = rows ** 2 / variance;
  const [first, second] = clique as [number, number?];
  counts.forEach((count, index) => {
    const share = count / rows;
    if (second === undefined) {
      average(layout.singles, layout.singleWeights, { cell: layout.starts[first]! + index, share, weight });
    } else addPairCell(layout, [first, second], { index, share, weight });
  });
}

/** A rule of two columns is a measurement of 0 in the cells that it excludes. */
function addRule(layout: Layout, clique: Clique, rule: { readonly values: Float64Array; readonly rows: number }): void {
  const weight = (rule.rows / RULE_SIGMA) ** 2;
  rule.values.forEach((value, index) => {
    if (value === Number.NEGATIVE_INFINITY) addPairCell(layout, clique, { index, share: 0, weight });
  });
}

function addPairCell(
  layout: Layout,
  clique: Clique,
  entry: { readonly index: number; readonly share: number; readonly weight: number },
): void {
  const columnSize = layout.sizes[clique[1]!]!;
  const row = layout.starts[clique[0]!]! + Math.floor(entry.index / columnSize);
  const column = layout.starts[clique[1]!]! + (entry.index % columnSize);
  average(layout.pairs, layout.pairWeights, { ...entry, cell: row * layout.width + column });
  average(layout.pairs, layout.pairWeights, { ...entry, cell: column * layout.width + row });
}

/** Mean by precision of what a cell holds and a new value. */
function average(
  values: Float32Array,
  weights: Float32Array,
  { cell, share, weight }: { readonly cell: number; readonly share: number; readonly weight: number },
): void {
  const before = weights[cell]!;
  values[cell] = (values[cell]! * before + share * weight) / (before + weight);
  weights[cell] = before + weight;
}
