import { type Clique, countCells, type Domain } from './domain.ts';
import type { Measurement } from './measurement.ts';
import { composeMarginal, planParts, residualOf, subsetsOf } from './residuals.ts';

/**
 * The measurements with their counts replaced by the nearest consistent ones in the metric of their precisions: they
 * agree on shared attributes and sum to the total. For every consistent table the squared distance to the result, weighted
 * by precision, is that to the measurements minus a constant, so estimation from either has the same optimum; from
 * consistent ones it gets there sooner.
 */
export function makeConsistent(domain: Domain, measurements: readonly Measurement[], total: number): Measurement[] {
  const estimates = estimateParts(domain, measurements, total);
  const index = new Map([...estimates.keys()].map((key, part) => [key, part]));
  const parts = [...estimates.values()];
  return measurements.map((measurement) => {
    const counts = new Float64Array(measurement.counts.length);
    composeMarginal(planParts(domain, measurement.clique, index), parts, counts);
    return { ...measurement, counts };
  });
}

/**
 * Standard deviation that noise alone leaves in each cell of the least-squares marginal over `clique`, before
 * non-negativity and any model improve it; Infinity when some part of it was not measured.
 *
 * **Privacy**: a function of the measured cliques and their variances only.
 */
export function marginalSigma(domain: Domain, measurements: readonly Measurement[], clique: Clique): number {
  const cells = countCells(domain, clique);
  const variance = subsetsOf(clique)
    .filter((subset) => subset.length > 0)
    .reduce((sum, subset) => {
      const share = countCells(domain, subset) / cells;
      const inPart = subset.reduce((product, attribute) => product * (1 - 1 / domain.sizes[attribute]!), 1);
      return inPart === 0 ? sum : sum + (share * share * inPart) / partPrecision(domain, measurements, subset);
    }, 0);
  return Math.sqrt(variance);
}

/** Summing a measured table onto a part multiplies the variance by the cells that fall together. */
function partPrecision(domain: Domain, measurements: readonly Measurement[], subset: Clique): number {
  return measurements
    .filter(({ clique }) => subset.every((attribute) => clique.includes(attribute)))
    .reduce((sum, { counts, variance }) => sum + countCells(domain, subset) / counts.length / variance, 0);
}

/** Weighted least squares for every part of the measured marginals, by `subset.join()`; the part of the empty set is the total. */
function estimateParts(domain: Domain, measurements: readonly Measurement[], total: number): Map<string, Float64Array> {
  const sums = new Map<string, { readonly values: Float64Array; precision: number }>();
  for (const { clique, counts, variance } of measurements) {
    for (const subset of subsetsOf(clique)) {
      const cells = countCells(domain, subset);
      const part = sums.get(subset.join()) ?? { values: new Float64Array(cells), precision: 0 };
      const precision = cells / counts.length / variance;
      const residual = residualOf(domain, clique, counts, subset);
      for (let cell = 0; cell < cells; cell++) part.values[cell]! += precision * residual[cell]!;
      part.precision += precision;
      sums.set(subset.join(), part);
    }
  }
  const parts = new Map(
    [...sums].map(([key, { values, precision }]) => [key, values.map((value) => value / precision)]),
  );
  return parts.set([].join(), Float64Array.of(total));
}
