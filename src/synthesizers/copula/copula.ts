import type { Measurement } from '../../marginals/measurement.ts';
import type { PlanShare } from '../../privacy/accounting/calibrate-plan.ts';
import { estimateRows, measureMarginal, oneWayCliques } from '../measure.ts';
import { oneWayLabel, planOneWay } from '../one-way-phase.ts';
import type { FitInput, OpenModel, PlanShape, Synthesizer } from '../synthesizer.ts';
import { createConditionalGenerator } from './conditional-generator.ts';
import { createCopulaGenerator } from './copula-generator.ts';
import { type CopulaModel, loadCopula, storeCopula } from './copula-model.ts';
import { assembleCorrelations, estimateCorrelations, type PairCorrelation } from './correlations.ts';
import { orderLevels } from './level-order.ts';
import { chooseLevels, type Levels } from './levels.ts';
import { allocateUnits, evenPairVariance, measurePairs, type PairTable, planPairs } from './pair-tables.ts';
import { estimateMarginal, projectToTotal } from './released-marginal.ts';

/** Share of the one-way marginals when the signal is strong, and what is added when it is faint; measured. */
const ONE_WAY_SHARE = 0.3;
const FAINT_ONE_WAY_SHARE = 0.2;

/** Rows times epsilon per squared number of columns from which on the signal is strong; 1 is faint. */
const STRONG_SIGNAL = 100;

/** Rows assumed when the schema declares no population. */
const ASSUMED_ROWS = 20_000;

/** Levels of an axis in pair tables. */
const AXIS_LEVELS = 5;

/** Standard deviations of pair noise that a level must hold. */
const LEVEL_SIGMAS = 3;

/** Share of the budget for one-way marginals: pair tables tell about single columns too, unless they are few or faint. */
function oneWayShare({ columns, budget, population }: PlanShape): number {
  if (columns.length < 2) return 1;
  const signal = (budget.epsilon * (population ?? ASSUMED_ROWS)) / columns.length ** 2;
  const faintness = 1 - Math.log(Math.max(1, signal)) / Math.log(STRONG_SIGNAL);
  return ONE_WAY_SHARE + FAINT_ONE_WAY_SHARE * Math.max(0, faintness);
}

function planShares(shape: PlanShape): PlanShare[] {
  const oneWay = oneWayShare(shape);
  return [...planOneWay(shape, oneWay), ...planPairs(shape, 1 - oneWay)];
}

/** One-way marginals of all columns, noisy. */
async function measureColumns(input: FitInput): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const clique of oneWayCliques(input.domain)) {
    input.signal?.throwIfAborted();
    measurements.push(await measureMarginal(input, clique, oneWayLabel(input.domain.names[clique[0]!]!)));
  }
  return measurements;
}

/** Released shares of all cells, smoothed. */
function sharesOf(input: FitInput, measurements: readonly Measurement[], rows: number): Float64Array[] {
  return measurements.map(({ counts, variance }, column) => {
    const estimate = estimateMarginal({ counts, variance, orderedCells: input.orderedCells[column]! }, rows);
    return estimate.map((count) => count / rows);
  });
}

/** Levels of all columns for their pair tables. */
function levelsOf(
  input: FitInput,
  shares: readonly Float64Array[],
  rows: number,
): { levels: Levels[]; units: number[] } {
  const units = allocateUnits(input, rows);
  const most = units.reduce((max, count) => Math.max(max, count), 0);
  const even = units.reduce((sum, count) => sum + count, 0) / units.length;
  const sigma = Math.sqrt((evenPairVariance(input) * even) / most);
  const leastShare = (LEVEL_SIGMAS * sigma) / rows;
  const levels = shares.map((share, column) =>
    chooseLevels({ shares: share, orderedCells: input.orderedCells[column]!, leastShare, axisLevels: AXIS_LEVELS }),
  );
  return { levels, units };
}

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
function poolLevels(
  column: number,
  levels: Levels,
  state: { readonly measurement: Measurement; readonly tables: readonly PairTable[]; readonly rows: number },
): { shares: Float64Array; sigmaRows: number } {
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
  const sigmaRows = Math.sqrt(variances.reduce((sum, variance) => sum + variance, 0) / size);
  return { shares: counts.map((count) => count / state.rows), sigmaRows };
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
function spreadLevels(shares: Float64Array, levelShares: Float64Array, levels: Levels): Float64Array {
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

/** Cells along the latent axis: by level, then by code. */
function orderCells(levelOrder: Int32Array, { recoding }: Levels): Int32Array {
  const rank = new Int32Array(recoding.size);
  levelOrder.forEach((level, position) => {
    rank[level] = position;
  });
  const cells = Int32Array.from(recoding.codes.keys());
  return cells.sort((a, b) => rank[recoding.codes[a]!]! - rank[recoding.codes[b]!]! || a - b);
}

function errorMatrix(estimates: readonly PairCorrelation[], size: number): Float64Array {
  const errors = Float64Array.from({ length: size * size }, (_, entry) => (entry % (size + 1) === 0 ? 0 : 1));
  for (const { first, second, standardError } of estimates) {
    errors[first * size + second] = Math.min(1, standardError);
    errors[second * size + first] = Math.min(1, standardError);
  }
  return errors;
}

async function fitCopula(input: FitInput): Promise<{ model: CopulaModel; rows: number }> {
  const measurements = await measureColumns(input);
  // Estimates divide by the number of rows, so an empty table counts as one row.
  const rows = Math.max(1, estimateRows(measurements));
  const shares = sharesOf(input, measurements, rows);
  const size = shares.length;
  const { levels, units } = levelsOf(input, shares, rows);
  input.signal?.throwIfAborted();
  const tables = size > 1 ? await measurePairs(input, levels, units) : [];
  input.onProgress?.(1, 1);
  const pooled = levels.map((level, column) =>
    poolLevels(column, level, { measurement: measurements[column]!, tables, rows }),
  );
  const columns = pooled.map((pool, column) => ({ shares: pool.shares, orderedLevels: levels[column]!.orderedLevels }));
  const orders = orderLevels({ columns, tables, rows });
  const estimates = estimateCorrelations({ tables, shares: columns.map((column) => column.shares), orders, rows });
  const model: CopulaModel = {
    domain: input.domain,
    shares: shares.map((share, column) => spreadLevels(share, pooled[column]!.shares, levels[column]!)),
    orders: orders.map((order, column) => orderCells(order, levels[column]!)),
    correlations: assembleCorrelations(estimates, size),
    standardErrors: errorMatrix(estimates, size),
    sigmaRows: Float64Array.from(pooled, (pool) => pool.sigmaRows),
  };
  return { model, rows: estimateRows(measurements) };
}

const round = (value: number) => Math.round(value * 1000) / 1000;

function openCopula(model: CopulaModel): OpenModel {
  const { domain } = model;
  const size = domain.names.length;
  const matrix = (values: Float64Array) =>
    domain.names.map((_, row) => Array.from(values.subarray(row * size, (row + 1) * size), round));
  return {
    domain,
    createGenerator: (method) => createCopulaGenerator(model, method),
    createConditionalGenerator: (conditions) => createConditionalGenerator(model, conditions),
    describe: () => ({
      columns: domain.names,
      correlations: matrix(model.correlations),
      standardErrors: matrix(model.standardErrors),
    }),
  };
}

/**
 * Gaussian copula: one noisy marginal per column, one latent correlation per pair of columns.
 *
 * All pairs are measured as small noisy tables at cuts taken from the released marginals; each table is inverted to its
 * polychoric correlation; categories without an order are ordered by what the released tables say about them; the nearest
 * positive definite correlation matrix is the model. Missing values are cells of their own at an end of the axis.
 *
 * @source Li, Xiong and Jiang, "Differentially private synthesization of multi-dimensional data using copula functions",
 * EDBT 2014, with counts and polychoric correlations in place of Kendall's tau, so that every private step is an integer
 * count; arXiv 2601.03497 inverts counts above and below medians.
 */
export const copula: Synthesizer = {
  name: 'copula',
  summary: 'one correlation per pair of columns; small, smooth and readable',
  options: {},
  planShares,
  fit: async (input) => {
    const { model, rows } = await fitCopula(input);
    return storeCopula(model, rows);
  },
  open: (domain, parts) => openCopula(loadCopula(domain, parts)),
};
