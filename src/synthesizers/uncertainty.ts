import { type Clique, countCells, type Domain } from '../marginals/domain.ts';
import type { GraphicalModel } from '../marginals/graphical-model.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { modelMarginals } from '../marginals/model-marginals.ts';

/** How far a marginal of the model may be from the private table, from released values alone. */
export interface MarginalUncertainty {
  /** Indices of the columns. */
  readonly clique: Clique;
  /** Standard deviation of a measured cell, in rows, all measurements of the marginal combined. */
  readonly sigmaRows: number;
  /** Expected total variation distance that this noise alone makes; at most 1. */
  readonly distance: number;
  /** Cells of the model whose expected count is below the noise floor: they may be empty in truth. */
  readonly noiseOnly: number;
  readonly cells: number;
}

/** Standard deviations below which an expected count cannot be told from nothing. */
const NOISE_FLOOR_SIGMAS = 2;

/**
 * Error bars of every measured marginal.
 *
 * A measurement of a superset counts as one of the marginal with the variance of the summed cells; all are combined by
 * precision. The distance is ½·√(2/π)·sigmaRows·cells/rows: an upper bound in expectation for the model, whose fit removes
 * part of the noise.
 *
 * **Privacy**: post-processing.
 * @source McKenna et al. 2022 (AIM), section 5.1 (error of supported marginals), in expectation instead of by tails.
 */
export function measureUncertainty(model: GraphicalModel, measurements: readonly Measurement[]): MarginalUncertainty[] {
  const cliques = [...new Map(measurements.map(({ clique }) => [clique.join(), clique])).values()];
  const answers = modelMarginals(model, cliques);
  return cliques.map((clique, index) => {
    const sigmaRows = Math.sqrt(combinedVariance(model.domain, clique, measurements));
    const answer = answers[index]!;
    const distance = (0.5 * Math.sqrt(2 / Math.PI) * sigmaRows * answer.length) / Math.max(1, model.total);
    return {
      clique,
      sigmaRows,
      distance: Math.min(1, distance),
      noiseOnly: answer.filter((count) => count < NOISE_FLOOR_SIGMAS * sigmaRows).length,
      cells: answer.length,
    };
  });
}

function combinedVariance(domain: Domain, clique: Clique, measurements: readonly Measurement[]): number {
  const cells = countCells(domain, clique);
  const precision = measurements
    .filter((measurement) => clique.every((attribute) => measurement.clique.includes(attribute)))
    .reduce((sum, { variance, counts }) => sum + cells / (variance * counts.length), 0);
  return 1 / precision;
}
