import { nearestCorrelation } from '../../math/nearest-correlation.ts';
import { normalQuantile } from '../../math/normal-quantile.ts';
import { polychoricCorrelation } from '../../math/polychoric.ts';
import type { PairTable } from './pair-tables.ts';

/** A latent correlation of two columns as released tables tell it. */
export interface PairCorrelation {
  readonly first: number;
  readonly second: number;
  /** The estimate itself, before shrinkage. */
  readonly correlation: number;
  /** From noise and sampling of rows. */
  readonly standardError: number;
}

/** What correlations are estimated from. */
export interface CorrelationRequest {
  readonly tables: readonly PairTable[];
  /** Released share of every level of every column. */
  readonly shares: readonly Float64Array[];
  /** Levels of every column along its latent axis. */
  readonly orders: readonly Int32Array[];
  readonly rows: number;
}

/** The polychoric correlation of every measured pair. **Privacy**: post-processing. */
export function estimateCorrelations({ tables, shares, orders, rows }: CorrelationRequest): PairCorrelation[] {
  const cuts = shares.map((share, column) => latentCuts(share, orders[column]!));
  return tables.map(({ first, second, counts, variance }) => ({
    first,
    second,
    ...polychoricCorrelation({
      counts: reorder(counts, orders[first]!, orders[second]!),
      rowCuts: cuts[first]!,
      columnCuts: cuts[second]!,
      total: rows,
      variance,
    }),
  }));
}

/** Quantiles of the normal distribution that cut it into cells of these shares, in this order. */
export function latentCuts(shares: Float64Array, order: Int32Array): Float64Array {
  let below = 0;
  return Float64Array.from(order.subarray(0, -1), (cell) => {
    below = Math.min(1, below + shares[cell]!);
    return normalQuantile(below);
  });
}

function reorder(counts: Float64Array, rows: Int32Array, columns: Int32Array): Float64Array {
  return counts.map((_, cell) => {
    const row = rows[Math.floor(cell / columns.length)]!;
    return counts[row * columns.length + columns[cell % columns.length]!]!;
  });
}

/** Least variance of true correlations: shrinkage never forgets a relation that stands far above its error. */
const LEAST_SPREAD = 1e-4;

/**
 * A positive definite correlation matrix from the estimates: each is drawn towards zero by the share of its variance that
 * is error, then the nearest correlation matrix is taken. Pairs without an estimate have correlation zero before that.
 *
 * **Privacy**: post-processing.
 * @source empirical Bayes for normal means (Morris 1983), the spread of true correlations estimated by moments.
 * @returns row-major, size × size.
 */
export function assembleCorrelations(estimates: readonly PairCorrelation[], size: number): Float64Array {
  const spread = spreadOfTruth(estimates);
  const matrix = new Float64Array(size * size);
  for (let column = 0; column < size; column++) matrix[column * size + column] = 1;
  for (const { first, second, correlation, standardError } of estimates) {
    const shrunk = (correlation * spread) / (spread + standardError ** 2);
    matrix[first * size + second] = shrunk;
    matrix[second * size + first] = shrunk;
  }
  return nearestCorrelation(matrix, size);
}

/** Mean square of the true correlations: squares less their error variance, precise ones counting more. */
function spreadOfTruth(estimates: readonly PairCorrelation[]): number {
  let [sum, weights] = [0, 0];
  for (const { correlation, standardError } of estimates) {
    const weight = 1 / (standardError ** 2 + TYPICAL_SQUARE) ** 2;
    sum += weight * (correlation ** 2 - standardError ** 2);
    weights += weight;
  }
  return weights > 0 ? Math.max(LEAST_SPREAD, sum / weights) : LEAST_SPREAD;
}

/** Square of a usual correlation; keeps very precise pairs from deciding alone. */
const TYPICAL_SQUARE = 0.02;
