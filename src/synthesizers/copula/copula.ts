import { settleTails } from '../../encode/pareto-tail.ts';
import type { Measurement } from '../../marginals/measurement.ts';
import type { PlanShare } from '../../privacy/accounting/calibrate-plan.ts';
import { estimateRows, measureMarginal, oneWayCliques } from '../measure.ts';
import { oneWayLabel, planOneWay } from '../one-way-phase.ts';
import type { FitInput, OpenModel, PlanShape, Synthesizer } from '../synthesizer.ts';
import { createConditionalGenerator } from './conditional-generator.ts';
import { createCopulaGenerator } from './copula-generator.ts';
import { type CopulaModel, layoutOf, loadCopula, type MissingIndicator, storeCopula } from './copula-model.ts';
import { assembleCorrelations, estimateCorrelations, type PairCorrelation } from './correlations.ts';
import { countLatents, splitShares, splitTables } from './latent-tables.ts';
import { orderLevels } from './level-order.ts';
import { chooseLevels, type Levels } from './levels.ts';
import { allocateUnits, evenPairVariance, measurePairs, planPairs } from './pair-tables.ts';
import { orderCells, poolLevels, spreadLevels } from './pooled-levels.ts';
import { estimateMarginal } from './released-marginal.ts';
import { estimateValueCorrelations } from './value-correlations.ts';

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

/** Measurements with what the schema publishes about single columns, weighted by precision. */
function withPublished(input: FitInput, measurements: readonly Measurement[], rows: number): Measurement[] {
  return measurements.map((measurement, column) => {
    const published = input.publicMarginals.filter(({ clique }) => clique.length === 1 && clique[0] === column);
    return published.reduce((held, { shares, error }) => {
      // The total that scales shares is itself an estimate, so no published count is exact to less than a row.
      const weight = 1 / Math.max(1, error * rows) ** 2;
      const variance = 1 / (1 / held.variance + weight);
      const counts = held.counts.map(
        (count, cell) => variance * (count / held.variance + weight * shares[cell]! * rows),
      );
      return { clique: held.clique, counts, variance };
    }, measurement);
  });
}

/** Released shares of all cells, smoothed. */
function sharesOf(input: FitInput, measurements: readonly Measurement[], rows: number): Float64Array[] {
  return measurements.map(({ counts, variance }, column) => {
    const ends = input.binEnds[column];
    const settled = ends === undefined ? counts : settleTails(counts, ends, Math.sqrt(variance));
    const estimate = estimateMarginal({ counts: settled, variance, orderedCells: input.orderedCells[column]! }, rows);
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
  const missing = missingCells(input);
  const levels = shares.map((share, column) =>
    chooseLevels({
      shares: share,
      orderedCells: input.orderedCells[column]!,
      missingCell: missing[column],
      leastShare,
      axisLevels: AXIS_LEVELS,
    }),
  );
  return { levels, units };
}

/** The missing code of every column that may be missing by declaration and has other codes too. */
function missingCells({ missingCodes }: FitInput): (number | undefined)[] {
  return missingCodes.map((code) => (code === 0 ? undefined : code));
}

function indicatorsOf(input: FitInput): MissingIndicator[] {
  return missingCells(input).flatMap((code, column) => (code === undefined ? [] : [{ column, code }]));
}

/** All cells in one level: a column without partners has no tables. */
function singleLevel({ length }: Float64Array): Levels {
  return { recoding: { size: 1, codes: new Int32Array(length) }, orderedLevels: 0, hasMissing: false };
}

/** Standard errors as a matrix: 1 where nothing was measured. */
function errorMatrix(estimates: readonly PairCorrelation[], size: number): Float64Array {
  const errors = Float64Array.from({ length: size * size }, (_, entry) => (entry % (size + 1) === 0 ? 0 : 1));
  for (const { first, second, standardError } of estimates) {
    errors[first * size + second] = Math.min(1, standardError);
    errors[second * size + first] = Math.min(1, standardError);
  }
  return errors;
}

async function fitCopula(input: FitInput): Promise<{ model: CopulaModel; rows: number }> {
  const raw = await measureColumns(input);
  // Estimates divide by the number of rows, so an empty table counts as one row.
  const rows = Math.max(1, estimateRows(raw));
  const measurements = withPublished(input, raw, rows);
  const shares = sharesOf(input, measurements, rows);
  const size = shares.length;
  const { levels, units } = size > 1 ? levelsOf(input, shares, rows) : { levels: shares.map(singleLevel), units: [] };
  input.signal?.throwIfAborted();
  const tables = size > 1 ? await measurePairs(input, levels, units) : [];
  input.onProgress?.(1, 1);
  const pooled = levels.map((level, column) =>
    poolLevels(column, level, { measurement: measurements[column]!, tables, rows }),
  );
  const indicators = size > 1 ? indicatorsOf(input) : [];
  const layout = layoutOf({ shares, indicators });
  const columns = pooled.map((levelShares, column) => splitShares(levelShares, levels[column]!));
  const split = splitTables(tables, levels, layout);
  const orders = orderLevels({ columns, layout, tables: split, rows });
  const estimates = estimateCorrelations({ tables: split, layout, columns, orders, rows });
  const model: CopulaModel = {
    domain: input.domain,
    shares: shares.map((share, column) => spreadLevels(share, pooled[column]!, levels[column]!)),
    orders: orders.map((order, column) => orderCells(order, levels[column]!)),
    indicators,
    correlations: assembleCorrelations(estimates, layout),
    standardErrors: errorMatrix(estimates, countLatents(layout)),
    sigmaRows: Float64Array.from(measurements, ({ variance }) => Math.sqrt(variance)),
  };
  const values = estimateValueCorrelations({ model, binEnds: input.binEnds, levels, tables, rows });
  return { model: { ...model, values }, rows: estimateRows(raw) };
}

const round = (value: number) => Math.round(value * 1000) / 1000;

function openCopula(model: CopulaModel): OpenModel {
  const { domain } = model;
  const columns = [...domain.names, ...model.indicators.map(({ column }) => `${domain.names[column]} missing`)];
  // Correlations of numbers know no indicators: entries of these are 0.
  const matrix = (values: Float64Array, size: number) =>
    columns.map((_, row) =>
      columns.map((_, column) => (Math.max(row, column) < size ? round(values[row * size + column]!) : 0)),
    );
  return {
    domain,
    createGenerator: (method) => createCopulaGenerator(model, method),
    createConditionalGenerator: (conditions) => ({
      generateBlock: createConditionalGenerator(model, conditions),
      statement: 'drawn exactly from the copula given the conditions, by minimax tilting; rows are independent',
    }),
    shares: () => model.shares,
    describe: () => ({
      columns,
      correlations: matrix(model.correlations, columns.length),
      standardErrors: matrix(model.standardErrors, columns.length),
      ...(model.values && {
        valueCorrelations: matrix(model.values.correlations, domain.names.length),
        valueErrors: matrix(model.values.errors, domain.names.length),
      }),
    }),
  };
}

/**
 * Gaussian copula: one noisy marginal per column, one latent correlation per pair of columns.
 *
 * All pairs are measured as small noisy tables at cuts taken from the released marginals; each table is inverted to its
 * polychoric correlation; categories without an order are ordered by what the released tables say about them; the nearest
 * positive definite correlation matrix is the model. Whether a value is missing is a latent variable of its own, read from
 * the same tables.
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
