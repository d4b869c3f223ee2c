import { createDomain } from '../../src/marginals/domain.ts';
import type { CopulaModel } from '../../src/synthesizers/copula/copula-model.ts';

/**
 * A copula whose latent correlations are products of loadings, so that sums over one common factor give exact answers.
 * @param loadings one per column, then one per column whose last cell is missing values with an indicator.
 */
export function oneFactorModel(
  loadings: readonly number[],
  shares: readonly (readonly number[])[],
  missing: readonly number[] = [],
): CopulaModel {
  const size = loadings.length;
  const correlations = Float64Array.from({ length: size * size }, (_, entry) => {
    const [row, column] = [Math.floor(entry / size), entry % size];
    return row === column ? 1 : loadings[row]! * loadings[column]!;
  });
  return {
    domain: createDomain(
      shares.map((_, column) => `c${column}`),
      shares.map((column) => column.length),
    ),
    shares: shares.map((column) => Float64Array.from(column)),
    orders: shares.map((column) => Int32Array.from(column.keys())),
    indicators: missing.map((column) => ({ column, code: shares[column]!.length - 1 })),
    correlations,
    standardErrors: new Float64Array(size * size),
    sigmaRows: new Float64Array(shares.length),
  };
}
