import type { Clique } from '../marginals/domain.ts';
import type { GraphicalModel } from '../marginals/graphical-model.ts';
import { marginalSigma } from '../marginals/measured-parts.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { modelMarginals } from '../marginals/model-marginals.ts';

/** How far a marginal of the model may be from the private table, from released values alone. */
export interface MarginalUncertainty {
  /** Indices of the columns. */
  readonly clique: Clique;
  /** Standard deviation of a cell of the least-squares marginal, in rows, all measurements combined. */
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
 * The noise is that of the least-squares marginal from all measurements. The distance is ½·√(2/π)·sigmaRows·cells/rows: an upper bound in expectation for the model, whose fit removes
 * a further part of the noise.
 *
 * **Privacy**: post-processing.
 * @source McKenna et al. 2022 (AIM), section 5.1 (error of supported marginals), in expectation instead of by tails.
 */
export function measureUncertainty(model: GraphicalModel, measurements: readonly Measurement[]): MarginalUncertainty[] {
  const cliques = [...new Map(measurements.map(({ clique }) => [clique.join(), clique])).values()];
  const answers = modelMarginals(model, cliques);
  return cliques.map((clique, index) => {
    const sigmaRows = marginalSigma(model.domain, measurements, clique);
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
