import type { Clique } from './domain.ts';

/** A released noisy marginal: counts plus noise of the given variance per cell; row-major, last attribute fastest. */
export interface Measurement {
  readonly clique: Clique;
  readonly counts: Float64Array;
  /** Noise variance per cell; a public marginal taken as exact has a small positive variance. */
  readonly variance: number;
}
