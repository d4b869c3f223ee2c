import { bivariateNormalLower, cutProbabilities } from '../../math/bivariate-normal.ts';
import { completeCorrelation } from '../../math/complete-correlation.ts';
import { nearestCorrelation } from '../../math/nearest-correlation.ts';
import { normalDensity, normalQuantile } from '../../math/normal-quantile.ts';
import { polychoricCorrelation } from '../../math/polychoric.ts';
import {
  countLatents,
  indicatorOf,
  type LatentColumn,
  type LatentLayout,
  type LatentTable,
  type LatentTables,
} from './latent-tables.ts';

/** A latent correlation as released tables tell it. */
export interface PairCorrelation {
  readonly first: number;
  readonly second: number;
  /** The estimate itself, before shrinkage. */
  readonly correlation: number;
  /** From noise and sampling of rows. */
  readonly standardError: number;
}

/** An estimate drawn towards zero by the share of its variance that is error. */
export interface ShrunkCorrelation extends PairCorrelation {
  readonly shrunk: number;
}

/** What correlations are estimated from. */
export interface CorrelationRequest {
  readonly tables: LatentTables;
  readonly layout: LatentLayout;
  readonly columns: readonly LatentColumn[];
  /** Present levels of every column along its latent axis. */
  readonly orders: readonly Int32Array[];
  readonly rows: number;
}

/** Least share of rows that a table is taken to speak of: keeps divisions defined. */
const LEAST_SHARE = 1e-9;

/**
 * The polychoric correlation of every pair of latent variables that a table tells of, from the widest tables to those of the
 * fewest rows: of two indicators; of an indicator with a value, among rows that have the value; of two values, among
 * rows that have both. Where rows are left out, shares are those that the correlations found before make of them.
 *
 * **Privacy**: post-processing.
 */
export function estimateCorrelations(request: CorrelationRequest): ShrunkCorrelation[] {
  const known = new KnownCorrelations(request);
  known.add(request.tables.missing.map((table) => invertMissing(table, known)));
  known.add(request.tables.presence.map((table) => invertPresence(table, known)));
  known.add(request.tables.values.map((table) => invertValues(table, known)));
  return known.estimates;
}

/** Estimates so far, with what they say about rows that lack values. */
class KnownCorrelations {
  readonly request: CorrelationRequest;
  readonly estimates: ShrunkCorrelation[] = [];
  readonly #matrix: Float64Array;
  readonly #size: number;

  constructor(request: CorrelationRequest) {
    this.request = request;
    this.#size = countLatents(request.layout);
    this.#matrix = new Float64Array(this.#size * this.#size);
  }

  add(found: readonly PairCorrelation[]): void {
    for (const estimate of shrinkCorrelations(found)) {
      this.estimates.push(estimate);
      this.#matrix[estimate.first * this.#size + estimate.second] = estimate.shrunk;
      this.#matrix[estimate.second * this.#size + estimate.first] = estimate.shrunk;
    }
  }

  between(first: number, second: number): number {
    return this.#matrix[first * this.#size + second]!;
  }

  /** Share of rows that have a value of the column. */
  presentShare(column: number): number {
    return 1 - (this.request.columns[column]!.missing ?? 0);
  }

  /** Share of rows that have values of both columns. */
  bothPresent(first: number, second: number): number {
    const [a, b] = [first, second].map((column) => indicatorOf(this.request.layout, column));
    const [presentA, presentB] = [this.presentShare(first), this.presentShare(second)];
    if (a === undefined || b === undefined) return Math.max(LEAST_SHARE, presentA * presentB);
    const both = bivariateNormalLower(normalQuantile(presentA), normalQuantile(presentB), this.between(a, b));
    return Math.min(presentA, presentB, Math.max(LEAST_SHARE, both));
  }

  /** Cut of the indicator of `column` among rows that have a value of `other`. */
  presenceCut(column: number, other: number): number {
    return normalQuantile(this.bothPresent(column, other) / Math.max(LEAST_SHARE, this.presentShare(other)));
  }

  /** Cuts of the axis of a column. */
  cuts(column: number): Float64Array {
    return latentCuts(this.request.columns[column]!.shares, this.request.orders[column]!);
  }

  /** Cuts of the axis of a column among rows that have a value of `other` too. */
  cutsBeside(column: number, other: number): Float64Array {
    const [cuts, indicator] = [this.cuts(column), indicatorOf(this.request.layout, other)];
    if (indicator === undefined) return cuts;
    const halves = { rowCuts: Float64Array.of(this.presenceCut(other, column)), columnCuts: cuts };
    const { probabilities } = cutProbabilities(halves, this.between(indicator, column));
    const beside = probabilities.subarray(0, cuts.length + 1);
    const total = beside.reduce((sum, share) => sum + share, 0);
    return total > 0 ? quantilesOf(beside.map((share) => share / total)) : cuts;
  }

  /**
   * By how much rows that lack `other` narrow the latent axis of `column`: the variance of what is left of it.
   * @source moments of the truncated normal distribution.
   */
  variance(column: number, other: number): number {
    const indicator = indicatorOf(this.request.layout, other);
    if (indicator === undefined) return 1;
    const present = Math.max(LEAST_SHARE, this.presentShare(other));
    const cut = normalQuantile(present);
    if (!Number.isFinite(cut)) return 1;
    const mean = normalDensity(cut) / present;
    return 1 - mean * (mean + cut) * this.between(indicator, column) ** 2;
  }
}

/** Column whose indicator a latent variable is. */
const columnOf = ({ columns, indicators }: LatentLayout, latent: number) => indicators[latent - columns]!;

function invertMissing({ first, second, counts, variances }: LatentTable, known: KnownCorrelations): PairCorrelation {
  const { layout, rows } = known.request;
  const cutOf = (latent: number) =>
    Float64Array.of(normalQuantile(Math.max(0, known.presentShare(columnOf(layout, latent)))));
  const table = { counts, rowCuts: cutOf(first), columnCuts: cutOf(second), total: rows, variance: variances };
  return { first, second, ...polychoricCorrelation(table) };
}

function invertPresence(table: LatentTable, known: KnownCorrelations): PairCorrelation {
  const { first, second } = table;
  const { layout, orders, rows } = known.request;
  const found = polychoricCorrelation({
    ...reorder(table, Int32Array.of(0, 1), orders[second]!),
    rowCuts: Float64Array.of(known.presenceCut(columnOf(layout, first), second)),
    columnCuts: known.cuts(second),
    total: rows * known.presentShare(second),
  });
  return { first, second, ...found };
}

function invertValues(table: LatentTable, known: KnownCorrelations): PairCorrelation {
  const { first, second } = table;
  const { orders, rows } = known.request;
  const found = polychoricCorrelation({
    ...reorder(table, orders[first]!, orders[second]!),
    rowCuts: known.cutsBeside(first, second),
    columnCuts: known.cutsBeside(second, first),
    total: rows * known.bothPresent(first, second),
  });
  const variance = known.variance(first, second) * known.variance(second, first);
  return { first, second, ...widenRange(found, variance) };
}

/**
 * The correlation in all rows from that in rows where the range of one variable is narrowed to the given part of its variance.
 * @source Thorndike 1949, case 2 (direct restriction of range); the error follows by the slope.
 */
function widenRange(
  { correlation, standardError }: { readonly correlation: number; readonly standardError: number },
  variance: number,
): { correlation: number; standardError: number } {
  const scale = correlation ** 2 + (1 - correlation ** 2) * variance;
  return { correlation: correlation / Math.sqrt(scale), standardError: (standardError * variance) / scale ** 1.5 };
}

/** Quantiles of the normal distribution that cut it into cells of these shares, in this order. */
export function latentCuts(shares: Float64Array, order: Int32Array): Float64Array {
  return quantilesOf(Float64Array.from(order, (cell) => shares[cell]!));
}

function quantilesOf(shares: Float64Array): Float64Array {
  let below = 0;
  return shares.subarray(0, -1).map((share) => {
    below = Math.min(1, below + share);
    return normalQuantile(below);
  });
}

/** Counts and variances with levels along their axes. */
function reorder(
  { counts, variances }: LatentTable,
  rows: Int32Array,
  columns: Int32Array,
): { counts: Float64Array; variance: Float64Array } {
  const turn = (values: Float64Array) =>
    values.map((_, cell) => {
      const row = rows[Math.floor(cell / columns.length)]!;
      return values[row * columns.length + columns[cell % columns.length]!]!;
    });
  return { counts: turn(counts), variance: turn(variances) };
}

/** Least variance of true correlations: shrinkage never forgets a relation that stands far above its error. */
const LEAST_SPREAD = 1e-4;

/**
 * Estimates drawn towards zero by the share of their variance that is error.
 * @source empirical Bayes for normal means (Morris 1983), the spread of true correlations estimated by moments.
 */
export function shrinkCorrelations(estimates: readonly PairCorrelation[]): ShrunkCorrelation[] {
  const spread = spreadOfTruth(estimates);
  return estimates.map((estimate) => ({
    ...estimate,
    shrunk: (estimate.correlation * spread) / (spread + estimate.standardError ** 2),
  }));
}

/** Standard error from which on nothing at all is known of a correlation. */
const HOPELESS_ERROR = 100;

/** Mean square of the true correlations: squares less their error variance, precise ones counting more. */
function spreadOfTruth(estimates: readonly PairCorrelation[]): number {
  let [sum, weights] = [0, 0];
  for (const { correlation, standardError } of estimates) {
    // Tables of a level without rows have errors up to infinity.
    if (!(standardError < HOPELESS_ERROR)) continue;
    const weight = 1 / (standardError ** 2 + TYPICAL_SQUARE) ** 2;
    sum += weight * (correlation ** 2 - standardError ** 2);
    weights += weight;
  }
  return weights > 0 ? Math.max(LEAST_SPREAD, sum / weights) : LEAST_SPREAD;
}

/** Square of a usual correlation; keeps very precise pairs from deciding alone. */
const TYPICAL_SQUARE = 0.02;

/**
 * A positive definite correlation matrix from the estimates: the nearest one to them. Pairs without an estimate have
 * correlation zero before that; but a column's value and its indicator, which no row shows together, are made independent
 * given everything else: values are missing at random.
 *
 * **Privacy**: post-processing.
 * @returns row-major over latent variables.
 */
export function assembleCorrelations(estimates: readonly ShrunkCorrelation[], layout: LatentLayout): Float64Array {
  const size = countLatents(layout);
  const matrix = new Float64Array(size * size);
  for (let latent = 0; latent < size; latent++) matrix[latent * size + latent] = 1;
  for (const { first, second, shrunk } of estimates) {
    matrix[first * size + second] = shrunk;
    matrix[second * size + first] = shrunk;
  }
  const own = layout.indicators.map((column, rank) => [column, layout.columns + rank] as const);
  for (const [value, indicator] of own) {
    // The strongest way from one to the other through a third variable: near enough for the nearest matrix to be near.
    let strongest = 0;
    for (let third = 0; third < size; third++) {
      if (third === value || third === indicator) continue;
      const product = matrix[value * size + third]! * matrix[indicator * size + third]!;
      if (Math.abs(product) > Math.abs(strongest)) strongest = product;
    }
    matrix[value * size + indicator] = strongest;
    matrix[indicator * size + value] = strongest;
  }
  return completeCorrelation(nearestCorrelation(matrix, size), size, own);
}
