import { type Interval, Z_95 } from '../intervals.ts';

/** How well numbers are predicted. */
export interface RegressionScores {
  /** 1 − squared error / variance of the truth; `null` for a constant truth. */
  readonly r2: number | null;
  readonly r2Interval: Interval | null;
  readonly mae: number;
  readonly maeInterval: Interval;
}

/** Scores predictions against the truth; both of the same length, at least one. */
export function scoreRegression(predictions: Float64Array, truth: Float64Array): RegressionScores {
  const n = truth.length;
  const mean = truth.reduce((t, v) => t + v, 0) / n;
  const variance = truth.reduce((t, v) => t + (v - mean) ** 2, 0) / n;
  const errors = truth.map((value, row) => Math.abs(value - (predictions[row] as number)));
  const mae = errors.reduce((t, e) => t + e, 0) / n;
  const maeError = Z_95 * standardError(errors, mae);
  const maeInterval: Interval = [Math.max(0, mae - maeError), mae + maeError];
  if (variance === 0) return { r2: null, r2Interval: null, mae, maeInterval };
  const unexplained = errors.reduce((t, e) => t + e * e, 0) / n / variance;
  // Influence of each row on the ratio of mean squared error to variance.
  const influence = errors.map((e, row) => (e * e - unexplained * ((truth[row] as number) - mean) ** 2) / variance);
  const r2Error = Z_95 * standardError(influence, 0);
  return {
    r2: 1 - unexplained,
    r2Interval: [1 - unexplained - r2Error, Math.min(1, 1 - unexplained + r2Error)],
    mae,
    maeInterval,
  };
}

function standardError(values: Float64Array, mean: number): number {
  return Math.sqrt(values.reduce((t, v) => t + (v - mean) ** 2, 0)) / values.length;
}
