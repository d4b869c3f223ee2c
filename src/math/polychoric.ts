import { type CutProbabilities, type CutTable, cutProbabilities } from './bivariate-normal.ts';

/** Largest correlation that is told from 1: beyond it one column is a copy of the other and the integral loses digits. */
const MOST_CORRELATION = 0.98;

/** Correlations tried before refining; denser towards ±1, where tables change fastest. */
const TRIALS = Float64Array.from({ length: 15 }, (_, k) => Math.sin((Math.PI / 2) * 0.93 * ((k - 7) / 7)));

/** Scoring steps after the trials; three or four converge. */
const MOST_STEPS = 12;

/** Change of the correlation at which steps stop. */
const CONVERGED = 1e-7;

/** Least expected rows of a cell when its sampling variance is taken: a variance of zero would trust an empty cell fully. */
const LEAST_EXPECTED = 0.5;

/** A noisy table of two columns whose marginals are known. */
export interface NoisyTable extends CutTable {
  /** Noisy rows per cell, row-major. */
  readonly counts: Float64Array;
  /** Number of rows. */
  readonly total: number;
  /** Noise variance of every cell, or one for all. */
  readonly variance: number | Float64Array;
}

/** A correlation of latent normal variables. */
export interface CorrelationEstimate {
  readonly correlation: number;
  /** Standard error from noise and sampling of rows together. */
  readonly standardError: number;
}

/**
 * Polychoric correlation of a noisy table: the correlation of a normal pair, cut at the given points, whose cell
 * probabilities explain the counts best by weighted least squares, each cell weighted by 1/(noise + sampling variance).
 * For a 2 × 2 table this is the inversion of the quadrant count.
 *
 * @source Olsson 1979 (polychoric correlation in two steps: cuts from the marginals, then the correlation), with
 * quasi-likelihood scoring in place of likelihood, because noisy counts are no multinomial.
 * @returns 0 with standard error 1 when a column has a single level.
 * **Numerics**: the standard error is the delta method, (Σ slope²/variance)^-½.
 */
export function polychoricCorrelation(table: NoisyTable): CorrelationEstimate {
  if (table.rowCuts.length === 0 || table.columnCuts.length === 0) return { correlation: 0, standardError: 1 };
  const weights = cellWeights(cutProbabilities(table, 0), table);
  let correlation = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const trial of TRIALS) {
    const loss = weightedLoss(cutProbabilities(table, trial), table, weights);
    if (loss < least) [least, correlation] = [loss, trial];
  }
  return refine(table, correlation);
}

function refine(table: NoisyTable, start: number): CorrelationEstimate {
  let correlation = start;
  let information = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    const found = score(table, correlation);
    information = found.information;
    if (!(information > 0)) break;
    // A bounded step keeps scoring on the branch that the trials found.
    const move = Math.max(-0.1, Math.min(0.1, found.score / information));
    const next = Math.max(-MOST_CORRELATION, Math.min(MOST_CORRELATION, correlation + move));
    const change = Math.abs(next - correlation);
    correlation = next;
    if (change < CONVERGED) break;
  }
  return { correlation, standardError: information > 0 ? 1 / Math.sqrt(information) : 1 };
}

/** Quasi-score Σ w·slope·residual and information Σ w·slope² at one correlation. */
function score(table: NoisyTable, correlation: number): { score: number; information: number } {
  const model = cutProbabilities(table, correlation);
  const weights = cellWeights(model, table);
  let [sum, information] = [0, 0];
  for (let cell = 0; cell < table.counts.length; cell++) {
    const slope = table.total * model.slopes[cell]!;
    sum += weights[cell]! * slope * (table.counts[cell]! - table.total * model.probabilities[cell]!);
    information += weights[cell]! * slope * slope;
  }
  return { score: sum, information };
}

function cellWeights({ probabilities }: CutProbabilities, { total, variance }: NoisyTable): Float64Array {
  return probabilities.map((probability, cell) => {
    const noise = typeof variance === 'number' ? variance : variance[cell]!;
    return 1 / (noise + Math.max(LEAST_EXPECTED, total * probability));
  });
}

function weightedLoss({ probabilities }: CutProbabilities, table: NoisyTable, weights: Float64Array): number {
  let loss = 0;
  for (let cell = 0; cell < weights.length; cell++) {
    loss += weights[cell]! * (table.counts[cell]! - table.total * probabilities[cell]!) ** 2;
  }
  return loss;
}
