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
    /** Row-major over latent variables, of which those of values come first, as do their errors. */
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
 * the released pair table; half of what the model assumes inside levels, and a little that it does not; and the errors of the two standard
 * deviations, which noise and few rows in heavy tails make. Columns without a single value have correlation 0, error 1.
 *
 * **Privacy**: post-processing.
 * @source Mehler's formula, as in Drezner and Wesolowsky 1990 for bivariate normals.
 */
export function estimateValueCorrelations(request: ValueCorrelationRequest): ValueCorrelations {
  const { model, tables } = request;
  const size = model.shares.length;
  const latents = Math.sqrt(model.correlations.length);
  const columns = model.shares.map((_, column) => expandColumn(request, column));
  const correlations = new Float64Array(size * size);
  const errors = new Float64Array(size * size);
  for (const table of tables) {
    if (request.binEnds[table.first] === undefined || request.binEnds[table.second] === undefined) continue;
    const entry = table.first * latents + table.second;
    const latent = { correlation: model.correlations[entry]!, error: model.standardErrors[entry]! };
    const [first, second] = [columns[table.first], columns[table.second]];
    const isKnown = first !== undefined && second !== undefined;
    const pair = isKnown ? compareWithTable(table, [first, second], latent) : { correlation: 0, error: 1 };
    for (const place of [table.first * size + table.second, table.second * size + table.first]) {
      correlations[place] = pair.correlation;
      errors[place] = pair.error;
    }
  }
  return { correlations, errors };
}

/** The values of a numeric column that has some, as a function of their latent axis. */
interface ExpandedColumn {
  /** Hermite coefficients of the values, and of their means per level. */
  readonly coefficients: Float64Array;
  readonly levelCoefficients: Float64Array;
  /** Mean value per level, standardised; NaN for a level of missing values. */
  readonly levelValues: Float64Array;
  /** Variance inside levels, of a whole of 1. */
  readonly innerVariance: number;
  /** Variance of the standard deviation over its square. */
  readonly scaleVariance: number;
}

/** Share of rows with a value below which nothing is said of a column. */
const LEAST_PRESENT = 1e-9;

function expandColumn(
  { model, binEnds, levels, rows }: ValueCorrelationRequest,
  column: number,
): ExpandedColumn | undefined {
  const ends = binEnds[column];
  if (ends === undefined) return undefined;
  const bins = ends.length - 1;
  const { recoding, hasMissing } = levels[column]!;
  const { shares, present } = presentShares(model.shares[column]!, bins);
  if (!(present > LEAST_PRESENT)) return undefined;
  const values = standardise(shares, ends);
  const masses = new Float64Array(recoding.size);
  const levelValues = new Float64Array(recoding.size);
  shares.forEach((share, bin) => {
    masses[recoding.codes[bin]!]! += share;
    levelValues[recoding.codes[bin]!]! += share * values[bin]!;
  });
  levelValues.forEach((sum, level) => {
    levelValues[level] = masses[level]! > 0 ? sum / masses[level]! : 0;
  });
  const order = model.orders[column]!.filter((code) => code < bins);
  const cuts = latentCuts(shares, order);
  const inner = 1 - masses.reduce((sum, mass, level) => sum + mass * levelValues[level]! ** 2, 0);
  const byLevel = values.map((_, bin) => levelValues[recoding.codes[bin]!]!);
  if (hasMissing) levelValues[recoding.size - 1] = Number.NaN;
  return {
    coefficients: hermite(values, order, cuts),
    levelCoefficients: hermite(byLevel, order, cuts),
    levelValues,
    innerVariance: Math.max(0, inner),
    scaleVariance: scaleVariance(values, shares, { rows: rows * present, sigmaRows: model.sigmaRows[column]! }),
  };
}

/** Shares of bins among rows that have a value, and the share of these. */
function presentShares(shares: Float64Array, bins: number): { shares: Float64Array; present: number } {
  const present = shares.subarray(0, bins).reduce((sum, share) => sum + share, 0);
  return { shares: shares.slice(0, bins).map((share) => share / Math.max(present, Number.MIN_VALUE)), present };
}

/** Variance of a standard deviation over its square, by noise and by few rows in heavy tails. */
function scaleVariance(
  values: Float64Array,
  shares: Float64Array,
  { rows, sigmaRows }: { readonly rows: number; readonly sigmaRows: number },
): number {
  let [noiseVariance, fourth] = [0, 0];
  values.forEach((value, bin) => {
    // Below the noise an estimate is about as unsure as it is large: tails are settled from all their bins together.
    const noise = Math.min(sigmaRows, 2 * shares[bin]! * rows + 1) / rows;
    noiseVariance += ((value ** 2 - 1) * noise) ** 2;
    fourth += shares[bin]! * value ** 4;
  });
  return (noiseVariance + Math.max(0, fourth - 1) / rows) / 4;
}

/** Ratio of the ends of a bin above which its geometric mean stands for its values. */
const WIDE_RATIO = 2;

/** Centres of bins with mean 0 and variance 1. */
function standardise(shares: Float64Array, ends: Float64Array): Float64Array {
  const centres = shares.map((_, bin) => {
    const [low, high] = [ends[bin]!, ends[bin + 1]!];
    const isWide = low * high > 0 && Math.max(high / low, low / high) > WIDE_RATIO;
    return isWide ? Math.sign(low) * Math.sqrt(low * high) : (low + high - 1) / 2;
  });
  const mean = centres.reduce((sum, centre, bin) => sum + shares[bin]! * centre, 0);
  const variance = centres.reduce((sum, centre, bin) => sum + shares[bin]! * (centre - mean) ** 2, 0);
  return centres.map((centre) => (variance > 0 ? (centre - mean) / Math.sqrt(variance) : 0));
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

function compareWithTable(
  { counts }: PairTable,
  [first, second]: readonly [ExpandedColumn, ExpandedColumn],
  latent: { readonly correlation: number; readonly error: number },
): { correlation: number; error: number } {
  const whole = mehler(first.coefficients, second.coefficients, latent.correlation);
  const between = mehler(first.levelCoefficients, second.levelCoefficients, latent.correlation).value;
  const seen = correlationOfLevels(counts, first.levelValues, second.levelValues);
  const correlation = Math.max(-1, Math.min(1, whole.value));
  const variance =
    (latent.error * whole.slope) ** 2 +
    (HIDDEN_MISFIT * (seen - between)) ** 2 +
    (UNSEEN_DOUBT * (whole.value - between)) ** 2 +
    INNER_DOUBT ** 2 * first.innerVariance * second.innerVariance;
  const scales = correlation ** 2 * (first.scaleVariance + second.scaleVariance);
  return { correlation, error: Math.min(1, Math.sqrt(variance + scales)) };
}

/** Mean product of level values over the rows of a table that have both. */
function correlationOfLevels(counts: Float64Array, first: Float64Array, second: Float64Array): number {
  let [sum, rows] = [0, 0];
  counts.forEach((count, cell) => {
    const product = first[Math.floor(cell / second.length)]! * second[cell % second.length]!;
    if (Number.isNaN(product)) return;
    sum += count * product;
    rows += count;
  });
  return rows > 0 ? sum / Math.max(1, rows) : 0;
}
