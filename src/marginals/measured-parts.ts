import { type Clique, countCells, type Domain } from './domain.ts';
import { embed } from './embedding.ts';
import { addEmbedded } from './factor.ts';
import type { Measurement } from './measurement.ts';
import { composeMarginal, planParts, residualOf, subsetsOf } from './residuals.ts';

/** What the measurements say about one part. */
export interface PartEstimate {
  readonly clique: Clique;
  /** Precision-weighted mean over the measurements that contain the part. */
  readonly values: Float64Array;
  /** Inverse variance of the noise in the part's directions; infinite for the total. */
  readonly precision: number;
}

/** Precision of what is assumed about unmeasured parts, relative to the least precise measured one. */
const ASSUMED_PRECISION_SHARE = 0.1;

/**
 * The measurements with their counts replaced by the nearest consistent ones in the metric of their precisions: they
 * agree on shared attributes and sum to the total. For every consistent table the squared distance to the result, weighted
 * by precision, is that to the measurements minus a constant, so estimation from either has the same optimum; from
 * consistent ones it gets there sooner.
 */
export function makeConsistent(domain: Domain, measurements: readonly Measurement[], total: number): Measurement[] {
  const cliques = measurements.map(({ clique }) => clique);
  const estimates = estimateParts(domain, measurements, cliques, total);
  const index = new Map(estimates.map(({ clique }, part) => [clique.join(), part]));
  const parts = estimates.map(({ values }) => values);
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

/** Weighted least squares for every part of the wanted marginals; parts that nothing measured are those of independent attributes. */
export function estimateParts(
  domain: Domain,
  measurements: readonly Measurement[],
  cliques: readonly Clique[],
  total: number,
): PartEstimate[] {
  const wanted = new Map(cliques.flatMap(subsetsOf).map((subset) => [subset.join(), subset]));
  const parts = new Map<string, { values: Float64Array; precision: number }>();
  for (const { clique, counts, variance } of measurements) {
    for (const subset of subsetsOf(clique)) {
      if (!wanted.has(subset.join())) continue;
      const cells = countCells(domain, subset);
      const part = parts.get(subset.join()) ?? { values: new Float64Array(cells), precision: 0 };
      const precision = cells / counts.length / variance;
      const residual = residualOf(domain, clique, counts, subset);
      for (let cell = 0; cell < cells; cell++) part.values[cell]! += precision * residual[cell]!;
      parts.set(subset.join(), { values: part.values, precision: part.precision + precision });
    }
  }
  const measured = [...parts.values()].map(({ precision }) => precision);
  const assumed = ASSUMED_PRECISION_SHARE * measured.reduce((least, precision) => Math.min(least, precision), 1);
  const finish = (subset: Clique): PartEstimate => {
    if (subset.length === 0) return { clique: subset, values: Float64Array.of(total), precision: Infinity };
    const part = parts.get(subset.join());
    if (part !== undefined) {
      return { clique: subset, values: part.values.map((value) => value / part.precision), precision: part.precision };
    }
    return { clique: subset, values: new Float64Array(countCells(domain, subset)), precision: assumed };
  };
  const estimates = [...wanted.values()].map(finish);
  return assumeIndependence(domain, estimates, new Set(parts.keys()), total);
}

/** The part of independent attributes is the product of their one-way parts over total^(attributes − 1). */
function assumeIndependence(
  domain: Domain,
  estimates: readonly PartEstimate[],
  measured: ReadonlySet<string>,
  total: number,
): PartEstimate[] {
  const single = new Map(
    estimates.filter(({ clique }) => clique.length === 1).map(({ clique, values }) => [clique[0]!, values]),
  );
  return estimates.map((estimate) => {
    const { clique } = estimate;
    if (clique.length < 2 || measured.has(clique.join())) return estimate;
    const values = new Float64Array(estimate.values.length).fill(total);
    for (const attribute of clique) {
      const embedding = embed(domain, clique, [attribute]);
      const spread = new Float64Array(values.length);
      addEmbedded(spread, single.get(attribute)!, embedding);
      for (let cell = 0; cell < values.length; cell++) values[cell]! *= spread[cell]! / total;
    }
    return { ...estimate, values };
  });
}
