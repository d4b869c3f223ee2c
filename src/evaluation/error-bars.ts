/** How far what a model measured may be from the protected table: from released values alone, so free to leave. */
export interface ModelErrorBars {
  /** Released number of rows. */
  readonly rows: number;
  readonly marginals: readonly MarginalError[];
  /** Correlations that the model measured and their standard errors; for models that know them. */
  readonly correlations?: MeasuredCorrelations;
}

/** The error bar of one measured marginal. */
export interface MarginalError {
  readonly columns: readonly string[];
  /** Standard deviation of the noise on a cell, in rows. */
  readonly sigmaRows: number;
  /** Total variation distance expected from the noise alone, at most. */
  readonly distance: number;
  /** Cells that may be empty in truth, of how many. */
  readonly noiseOnly: number;
  readonly cells: number;
}

/** A correlation matrix with standard errors, both symmetric. */
export interface MeasuredCorrelations {
  readonly columns: readonly string[];
  readonly values: readonly (readonly number[])[];
  readonly errors: readonly (readonly number[])[];
}
