import { z } from 'zod';
import { TabveilError } from '../../errors.ts';
import type { Domain } from '../../marginals/domain.ts';
import { choleskyFactor } from '../../math/cholesky.ts';
import { normalQuantile } from '../../math/normal-quantile.ts';
import type { ModelParts } from '../synthesizer.ts';
import type { LatentLayout } from './latent-tables.ts';
import type { ValueCorrelations } from './value-correlations.ts';
import { selectedCuts } from './value-cuts.ts';

/** The latent variable that tells whether a column is missing: high values stand for missing. */
export interface MissingIndicator {
  readonly column: number;
  /** Code of missing values; last in the column's order. */
  readonly code: number;
}

/** A Gaussian copula over discrete columns: released values only. */
export interface CopulaModel {
  readonly domain: Domain;
  /** Share of every cell of every column, in the order of codes. */
  readonly shares: readonly Float64Array[];
  /** Cells of every column from the low end of its latent axis to the high end; then the missing cell that has an indicator. */
  readonly orders: readonly Int32Array[];
  /**
   * Columns whose missing values have a latent variable of their own, behind those of all columns. Models of earlier versions
   * have none: there a missing cell lies on its column's axis.
   */
  readonly indicators: readonly MissingIndicator[];
  /** Latent correlations, row-major over values of all columns and then indicators, positive definite. */
  readonly correlations: Float64Array;
  /** Standard error of every correlation; 1 where nothing was measured, 0 on the diagonal. */
  readonly standardErrors: Float64Array;
  /** Standard deviation of the noise on a cell's count in rows, per column; other measurements only make it smaller. */
  readonly sigmaRows: Float64Array;
  /** Pearson correlations of numbers with their error bars; absent in models of earlier versions. */
  readonly values?: ValueCorrelations;
}

const NAMES = {
  shares: 'shares',
  correlations: 'correlations',
  errors: 'standard-errors',
  sigmas: 'sigma-rows',
  values: 'value-correlations',
  valueErrors: 'value-errors',
} as const;

const settingsSchema = z.looseObject({
  orders: z.array(z.array(z.int().min(0))),
  indicators: z.array(z.object({ column: z.int().min(0), code: z.int().min(0) })).default([]),
});

/** The latent variables of a model. */
export function layoutOf({ shares, indicators }: Pick<CopulaModel, 'shares' | 'indicators'>): LatentLayout {
  return { columns: shares.length, indicators: indicators.map(({ column }) => column) };
}

/** The stored form of a copula. */
export function storeCopula(model: CopulaModel, rows: number): ModelParts {
  const latents = model.shares.length + model.indicators.length;
  return {
    rows,
    uncertainty: model.shares.map((shares, column) => {
      const sigmaRows = model.sigmaRows[column]!;
      const distance = (0.5 * Math.sqrt(2 / Math.PI) * sigmaRows * shares.length) / Math.max(1, rows);
      return {
        clique: [column],
        sigmaRows,
        distance: Math.min(1, distance),
        noiseOnly: shares.filter((share) => share * rows < NOISE_FLOOR_SIGMAS * sigmaRows).length,
        cells: shares.length,
      };
    }),
    settings: {
      orders: model.orders.map((order) => [...order]),
      ...(model.indicators.length > 0 && { indicators: model.indicators.map((indicator) => ({ ...indicator })) }),
    },
    arrays: new Map([
      [NAMES.shares, Float64Array.from(model.shares.flatMap((shares) => [...shares]))],
      [NAMES.correlations, packTriangle(model.correlations, latents)],
      [NAMES.errors, packTriangle(model.standardErrors, latents)],
      [NAMES.sigmas, model.sigmaRows],
      ...storeValues(model),
    ]),
  };
}

function storeValues({ values, shares }: CopulaModel): [string, Float64Array][] {
  if (values === undefined) return [];
  return [
    [NAMES.values, packTriangle(values.correlations, shares.length)],
    [NAMES.valueErrors, packTriangle(values.errors, shares.length)],
  ];
}

/** @throws TabveilError (input) when a number is impossible. */
function loadValues(parts: ModelParts, size: number): ValueCorrelations | undefined {
  if (!parts.arrays.has(NAMES.values)) return undefined;
  const triangle = (size * (size - 1)) / 2;
  const correlations = unpackTriangle(takeArray(parts, NAMES.values, triangle), size, 0);
  const errors = unpackTriangle(takeArray(parts, NAMES.valueErrors, triangle), size, 0);
  const wild = correlations.find((correlation) => !(Math.abs(correlation) <= 1 + CORRELATION_SLACK));
  if (wild !== undefined) throw malformed(`a correlation of values is ${wild}; they lie in -1 … 1`);
  const wrong = errors.find((error) => !(error >= 0 && Number.isFinite(error)));
  if (wrong !== undefined)
    throw malformed(`an error of a correlation of values is ${wrong}; errors are finite, 0 or more`);
  return { correlations, errors };
}

/** Rounding that a correlation of values may show. */
const CORRELATION_SLACK = 1e-9;

/** Standard deviations below which an expected count cannot be told from nothing. */
const NOISE_FLOOR_SIGMAS = 2;

/**
 * What `storeCopula` stored, checked: the parts come from an untrusted file.
 * @throws TabveilError (input) when lengths, orders, shares or correlations are impossible.
 */
export function loadCopula(domain: Domain, parts: ModelParts): CopulaModel {
  const size = domain.names.length;
  const cells = domain.sizes.reduce((sum, count) => sum + count, 0);
  const parsed = settingsSchema.safeParse(parts.settings);
  if (!parsed.success) {
    throw malformed(`settings.${parsed.error.issues[0]?.path.join('.')} is not as written by Tabveil`);
  }
  const { length } = parsed.data.orders;
  if (length !== size) throw malformed(`settings.orders has ${length} orders for ${size} columns`);
  const orders = parsed.data.orders.map((order) => Int32Array.from(order));
  orders.forEach((order, column) => {
    if (!isPermutation(order, domain.sizes[column]!))
      throw malformed(`the order of column ${column} is no permutation`);
  });
  const whole = takeArray(parts, NAMES.shares, cells);
  const negative = whole.find((share) => !(share >= 0));
  if (negative !== undefined) throw malformed(`a share is ${negative}; shares are 0 or more`);
  let offset = 0;
  const shares = domain.sizes.map((count) => {
    offset += count;
    return whole.subarray(offset - count, offset);
  });
  const stray = shares.map((column) => column.reduce((sum, share) => sum + share, 0)).find(isNotOne);
  if (stray !== undefined) throw malformed(`the shares of a column sum to ${stray}, not to 1`);
  const { indicators } = parsed.data;
  checkIndicators(indicators, orders);
  const latents = size + indicators.length;
  const triangle = (latents * (latents - 1)) / 2;
  const correlations = unpackTriangle(takeArray(parts, NAMES.correlations, triangle), latents, 1);
  if (choleskyFactor(correlations, latents) === undefined)
    throw malformed('the correlations are not positive definite');
  const standardErrors = unpackTriangle(takeArray(parts, NAMES.errors, triangle), latents, 0);
  const sigmaRows = takeArray(parts, NAMES.sigmas, size);
  const below = [...standardErrors, ...sigmaRows].find((error) => !(error >= 0));
  if (below !== undefined) throw malformed(`a standard error is ${below}; they are 0 or more`);
  const values = loadValues(parts, size);
  const model = { domain, shares, orders, indicators, correlations, standardErrors, sigmaRows };
  return values === undefined ? model : { ...model, values };
}

/** Rounding that sums of stored shares may show. */
const SHARE_SLACK = 1e-6;

function isNotOne(sum: number): boolean {
  return !(Math.abs(sum - 1) <= SHARE_SLACK);
}

/** @throws TabveilError (input) unless indicators go by ascending columns and mean the last cell of an order. */
function checkIndicators(indicators: readonly MissingIndicator[], orders: readonly Int32Array[]): void {
  indicators.forEach(({ column, code }, rank) => {
    if (column <= (indicators[rank - 1]?.column ?? -1)) {
      throw malformed(`indicator ${rank} is of column ${column}; columns of indicators must ascend`);
    }
    const last = orders[column]?.at(-1);
    if (last !== code || orders[column]!.length < 2) {
      throw malformed(
        `the indicator of column ${column} means code ${code}, which is not the last of several in its order`,
      );
    }
  });
}

function isPermutation(order: Int32Array, size: number): boolean {
  return order.length === size && new Set(order).size === size && order.every((cell) => cell < size);
}

function takeArray(parts: ModelParts, name: string, length: number): Float64Array {
  const values = parts.arrays.get(name);
  if (values === undefined) throw malformed(`array "${name}" is missing`);
  if (values.length !== length) throw malformed(`array "${name}" holds ${values.length} numbers, not ${length}`);
  return values;
}

function malformed(finding: string): TabveilError {
  return new TabveilError('input', 'model.parts', `model: ${finding}. The model is damaged; get a fresh copy.`);
}

/** Entries below the diagonal, row by row. */
function packTriangle(matrix: Float64Array, size: number): Float64Array {
  const packed = new Float64Array((size * (size - 1)) / 2);
  let next = 0;
  for (let row = 1; row < size; row++) {
    for (let column = 0; column < row; column++) packed[next++] = matrix[row * size + column]!;
  }
  return packed;
}

function unpackTriangle(packed: Float64Array, size: number, diagonal: number): Float64Array {
  const matrix = new Float64Array(size * size);
  let next = 0;
  for (let row = 0; row < size; row++) {
    matrix[row * size + row] = diagonal;
    for (let column = 0; column < row; column++) {
      matrix[row * size + column] = packed[next]!;
      matrix[column * size + row] = packed[next++]!;
    }
  }
  return matrix;
}

/**
 * Cuts of the axis of every latent variable: cell orders[column][k] lies between cut k-1 and cut k; an indicator has one cut,
 * and its column is missing above it.
 */
export function cutsOf(model: CopulaModel): Float64Array[] {
  const latents = model.shares.length + model.indicators.length;
  const values = model.shares.map((shares, column) => {
    const along = Float64Array.from(model.orders[column]!, (code) => shares[code]!);
    const rank = model.indicators.findIndex((indicator) => indicator.column === column);
    if (rank < 0) return selectedCuts({ shares: along, presenceCut: Number.POSITIVE_INFINITY, correlation: 0 });
    const correlation = model.correlations[column * latents + model.shares.length + rank]!;
    return selectedCuts({ shares: along.slice(0, -1), presenceCut: presenceCut(model, rank), correlation });
  });
  return [...values, ...model.indicators.map((_, rank) => Float64Array.of(presenceCut(model, rank)))];
}

function presenceCut({ shares, indicators }: CopulaModel, rank: number): number {
  const { column, code } = indicators[rank]!;
  return normalQuantile(1 - shares[column]![code]!);
}
