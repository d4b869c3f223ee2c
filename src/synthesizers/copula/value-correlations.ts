import { normalDensity } from '../../math/normal-quantile.ts';
import { latentCuts } from './correlations.ts';
import type { Levels } from './levels.ts';
import type { PairTable } from './pair-tables.ts';

/** Pearson correlations of numbers as the model has them, row-major; both entries are 0 where a column is no number. */
export interface ValueCorrelations {
  readonly correlations: Float64Array;
  /** How far the private table's may be away: noise, rows, and what one latent correlation per pair cannot say. */
  readonly errors: Float64Array;
}

/** What value correlations are computed from; released values and public facts. */
export interface ValueCorrelationRequest {
  readonly model: {
    readonly shares: readonly Float64Array[];
    readonly orders: readonly Int32Array[];
    readonly correlations: Float64Array;
    readonly standardErrors: Float64Array;
    readonly sigmaRows: Float64Array;
  };
  /** Ends of the bins of numbers, see `FitInput`. */
  readonly binEnds: readonly (Float64Array | undefined)[];
  readonly levels: readonly Levels[];
  readonly tables: readonly PairTable[];
  readonly rows: number;
}

/** Terms of the expansion in Hermite polynomials; the rest is below a percent for correlations up to 0.95. */
const TERMS = 24;

/** By how much a misfit seen between levels is multiplied, because levels hide about half of it. */
const HIDDEN_MISFIT = 2;

/** Correlation inside levels that no table shows and that may be there besides, in standard deviations of both columns. */
const INNER_DOUBT = 0.05;

/** Part of the correlation inside levels, which no table shows, that is taken to be unsure. */
const UNSEEN_DOUBT = 0.5;

/**
 * Pearson correlations of the values of numeric columns under the model, with error bars.
 *
 * The correlation is Σ aₖbₖρᵏ over Hermite coefficients of the columns' values as functions of their latent axes. The error
 * has four parts: that of the latent correlation; the misfit between levels, seen as the difference to the correlation of
 * the released pair table; half of what the model assumes inside levels, and a little that it does not; and the errors of the two standard deviations,
 * which noise and few rows in heavy tails make.
 *
 * **Privacy**: post-processing.
 * @source Mehler's formula, as in Drezner and Wesolowsky 1990 for bivariate normals.
 */
export function estimateValueCorrelations(request: ValueCorrelationRequest): ValueCorrelations {
  const { model, tables } = request;
  const size = model.shares.length;
  const columns = model.shares.map((_, column) => expandColumn(request, column));
  const correlations = new Float64Array(size * size);
  const errors = new Float64Array(size * size);
  for (const table of tables) {
    const [first, second] = [columns[table.first], columns[table.second]];
    if (first === undefined || second === undefined) continue;
    const entry = table.first * size + table.second;
    const latent = { correlation: model.correlations[entry]!, error: model.standardErrors[entry]! };
    const pair = compareWithTable(table, [first, second], latent, request.rows);
    for (const place of [entry, table.second * size + table.first]) {
      correlations[place] = pair.correlation;
      errors[place] = pair.error;
    }
  }
  return { correlations, errors };
}

/** A numeric column as a function of its latent axis. */
interface ExpandedColumn {
  /** Hermite coefficients of the values, and of their means per level. */
  readonly coefficients: Float64Array;
  readonly levelCoefficients: Float64Array;
  /** Mean value per level, standardised; 0 for levels of missing values. */
  readonly levelValues: Float64Array;
  /** Variance inside levels, of a whole of 1. */
  readonly innerVariance: number;
  /** Share of rows that are not missing. */
  readonly present: number;
  /** Variance of the standard deviation over its square. */
  readonly scaleVariance: number;
}

function expandColumn(
  { model, binEnds, levels, rows }: ValueCorrelationRequest,
  column: number,
): ExpandedColumn | undefined {
  const ends = binEnds[column];
  if (ends === undefined) return undefined;
  const shares = model.shares[column]!;
  const { recoding } = levels[column]!;
  const { values, present } = standardise(shares, ends);
  const masses = new Float64Array(recoding.size);
  const levelValues = new Float64Array(recoding.size);
  shares.forEach((share, code) => {
    masses[recoding.codes[code]!]! += share;
    levelValues[recoding.codes[code]!]! += share * values[code]!;
  });
  levelValues.forEach((sum, level) => {
    levelValues[level] = masses[level]! > 0 ? sum / masses[level]! : 0;
  });
  const byLevel = values.map((_, code) => levelValues[recoding.codes[code]!]!);
  const order = model.orders[column]!;
  const cuts = latentCuts(shares, order);
  let [noiseVariance, fourth] = [0, 0];
  for (let bin = 0; bin < ends.length - 1; bin++) {
    // Below the noise an estimate is about as unsure as it is large: tails are settled from all their bins together.
    const noise = Math.min(model.sigmaRows[column]!, 2 * shares[bin]! * rows + 1) / rows / present;
    noiseVariance += ((values[bin]! ** 2 - 1) * noise) ** 2;
    fourth += (shares[bin]! / present) * values[bin]! ** 4;
  }
  return {
    coefficients: hermite(values, order, cuts),
    levelCoefficients: hermite(byLevel, order, cuts),
    levelValues,
    innerVariance: Math.max(
      0,
      1 - masses.reduce((sum, mass, level) => sum + mass * levelValues[level]! ** 2, 0) / present,
    ),
    present,
    scaleVariance: (noiseVariance + Math.max(0, fourth - 1) / (rows * present)) / 4,
  };
}

/** Ratio of the ends of a bin above which its geometric mean stands for its values. */
const WIDE_RATIO = 2;

/** Centres of bins with mean 0 and variance 1 over present rows; 0 for cells beside the axis. */
function standardise(shares: Float64Array, ends: Float64Array): { values: Float64Array; present: number } {
  const bins = ends.length - 1;
  const values = new Float64Array(shares.length);
  let [present, mean] = [0, 0];
  for (let bin = 0; bin < bins; bin++) {
    const [low, high] = [ends[bin]!, ends[bin + 1]!];
    const isWide = low * high > 0 && Math.max(high / low, low / high) > WIDE_RATIO;
    values[bin] = isWide ? Math.sign(low) * Math.sqrt(low * high) : (low + high - 1) / 2;
    present += shares[bin]!;
    mean += shares[bin]! * values[bin]!;
  }
  present = Math.max(present, Number.MIN_VALUE);
  mean /= present;
  let variance = 0;
  for (let bin = 0; bin < bins; bin++) variance += (shares[bin]! * (values[bin]! - mean) ** 2) / present;
  const scale = Math.sqrt(variance);
  for (let bin = 0; bin < bins; bin++) values[bin] = scale > 0 ? (values[bin]! - mean) / scale : 0;
  return { values, present };
}

/** Coefficients 1 … TERMS of a step function of a standard normal on normalised Hermite polynomials. */
function hermite(values: Float64Array, order: Int32Array, cuts: Float64Array): Float64Array {
  const coefficients = new Float64Array(TERMS);
  // A step from one value to the next at cut c contributes their difference times hₖ₋₁(c)φ(c)/√k.
  cuts.forEach((cut, position) => {
    const step = values[order[position + 1]!]! - values[order[position]!]!;
    if (step === 0 || !Number.isFinite(cut)) return;
    const density = normalDensity(cut);
    let [before, polynomial] = [0, 1];
    for (let k = 1; k <= TERMS; k++) {
      coefficients[k - 1]! += (step * polynomial * density) / Math.sqrt(k);
      const next = (cut * polynomial - Math.sqrt(k - 1) * before) / Math.sqrt(k);
      [before, polynomial] = [polynomial, next];
    }
  });
  return coefficients;
}

/** Σ aₖbₖρᵏ and its derivative. */
function mehler(a: Float64Array, b: Float64Array, correlation: number): { value: number; slope: number } {
  let [value, slope, power] = [0, 0, 1];
  for (let k = 1; k <= TERMS; k++) {
    const product = a[k - 1]! * b[k - 1]!;
    slope += k * product * power;
    power *= correlation;
    value += product * power;
  }
  return { value, slope };
}

/** Share of rows with both values below which nothing is said of them. */
const LEAST_PRESENT = 1e-9;

function compareWithTable(
  { counts }: PairTable,
  [first, second]: readonly [ExpandedColumn, ExpandedColumn],
  latent: { readonly correlation: number; readonly error: number },
  rows: number,
): { correlation: number; error: number } {
  const present = first.present * second.present;
  // Columns of missing values alone have no correlation.
  if (!(present > LEAST_PRESENT)) return { correlation: 0, error: 1 };
  const whole = mehler(first.coefficients, second.coefficients, latent.correlation);
  const between = mehler(first.levelCoefficients, second.levelCoefficients, latent.correlation).value;
  let seen = 0;
  counts.forEach((count, cell) => {
    const level = Math.floor(cell / second.levelValues.length);
    seen += (count * first.levelValues[level]! * second.levelValues[cell % second.levelValues.length]!) / rows;
  });
  const correlation = Math.max(-1, Math.min(1, whole.value / present));
  const variance =
    (latent.error * whole.slope) ** 2 +
    (HIDDEN_MISFIT * (seen - between)) ** 2 +
    (UNSEEN_DOUBT * (whole.value - between)) ** 2 +
    INNER_DOUBT ** 2 * first.innerVariance * second.innerVariance * present ** 2;
  const scales = correlation ** 2 * (first.scaleVariance + second.scaleVariance);
  return { correlation, error: Math.min(1, Math.sqrt(variance / present ** 2 + scales)) };
}
