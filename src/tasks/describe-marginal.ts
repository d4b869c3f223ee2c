import { stepDecoder } from '../encode/numeric-grid.ts';
import { type Attribute, isNumeric, type NumericAttribute } from '../encode/table-codec.ts';

/** Share of one category under a model, with its error bar. */
export interface ShownShare {
  readonly label: string;
  readonly share: number;
}

/** A quantile under a model with its 95 % interval. */
export interface ShownQuantile {
  readonly level: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Distribution of one column under a model, with error bars: from released values alone. */
export interface ShownMarginal {
  /** Share of missing values; absent where the schema rules them out. */
  readonly missing?: number;
  /** Standard error of a share: noise on its rows. The draw of the rows themselves comes on top. */
  readonly shareError: number;
  /** Categories by falling share; absent for numbers. */
  readonly shares?: readonly ShownShare[];
  /** Mean of the values that are there, on the axis of the type, and its standard error. */
  readonly mean?: { readonly value: number; readonly error: number };
  readonly quantiles?: readonly ShownQuantile[];
}

/** What a marginal is described from. */
export interface MarginalRequest {
  /** Share of every code under the model. */
  readonly shares: Float64Array;
  /** Released number of rows. */
  readonly rows: number;
  /** Standard deviation of the noise on a code's rows. */
  readonly sigmaRows: number;
}

/** Levels of the quantiles shown. */
const LEVELS = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;

/** Normal quantile of two-sided 95 % intervals. */
const Z_95 = 1.96;

/**
 * The distribution of a column under a model with error bars that cover noise, the draw of the rows from their population,
 * and what the shape inside a bin leaves open.
 *
 * **Privacy**: a function of the model.
 */
export function describeMarginal(attribute: Attribute, request: MarginalRequest): ShownMarginal {
  const { shares, rows, sigmaRows } = request;
  const missing = attribute.codec.hasMissing ? { missing: shares.at(-1)! } : {};
  const common = { ...missing, shareError: sigmaRows / Math.max(1, rows) };
  if (isNumeric(attribute)) return { ...common, ...describeNumbers(attribute, request) };
  const named = attribute.codec.labels.map((label, code) => ({ label, share: shares[code]! }));
  return { ...common, shares: named.sort((a, b) => b.share - a.share) };
}

/**
 * How far the mean inside a bin may be from that of its shape, in standard deviations of the shape: where the noisy
 * histogram cannot tell, shapes come from neighbouring bins alone.
 */
const SHAPE_DOUBT = 0.2;

/**
 * Largest difference of the distribution function inside a bin, as a part of its rows, that such a move of the mean makes:
 * θ/8 for a tilt by θ, which moves the mean of an even bin by θ/√12 standard deviations.
 */
const SHAPE_SHIFT = (SHAPE_DOUBT * Math.sqrt(12)) / 8;

/** One bin under the model. */
interface BinMoments {
  readonly share: number;
  readonly mean: number;
  readonly deviation: number;
}

function describeNumbers(
  attribute: NumericAttribute,
  { shares, rows, sigmaRows }: MarginalRequest,
): Pick<ShownMarginal, 'mean' | 'quantiles'> {
  const { grid } = attribute.codec;
  const present = shares.slice(0, attribute.bins.length).reduce((sum, share) => sum + share, 0);
  if (!(present > 0)) return {};
  const bins = attribute.bins.map((_, bin) => binMoments(attribute, bin, shares[bin]! / present));
  const count = Math.max(1, rows * present);
  const mean = bins.reduce((sum, bin) => sum + bin.share * bin.mean, 0);
  let [variance, noise, doubt] = [0, 0, 0];
  for (const { share, mean: own, deviation } of bins) {
    variance += share * ((own - mean) ** 2 + deviation ** 2);
    noise += ((own - mean) * errorOfRows(share * count, sigmaRows)) ** 2;
    doubt += (share * SHAPE_DOUBT * deviation) ** 2;
  }
  const error = Math.sqrt(variance / count + noise / count ** 2 + doubt);
  const valueAt = stepDecoder(grid);
  const axis = { attribute, bins, count, sigmaRows };
  return {
    mean: { value: grid.minimum + mean * grid.precision, error: error * grid.precision },
    quantiles: LEVELS.map((level) => {
      const margin = Z_95 * levelError(axis, level);
      const [value, low, high] = [level, level - margin, level + margin].map((at) => valueAt(stepAt(axis, at)));
      return { level, value: value!, low: low!, high: high! };
    }),
  };
}

/**
 * Error of a bin's rows: the noise, but where the estimate is below it not much more than the estimate, because tails are
 * settled from all their bins together and negative counts are ruled out.
 */
function errorOfRows(rows: number, sigmaRows: number): number {
  return Math.min(sigmaRows, 2 * rows + 1);
}

/** Weights of the fine cells of a bin, summing to 1; by steps where the bin has none. */
function cellWeights({ codec, bins, fineWeights }: NumericAttribute, bin: number): Float64Array {
  const { starts } = codec.grid;
  const [first, end] = [bins[bin]!, bins[bin + 1] ?? starts.length - 1];
  const weights = fineWeights.slice(first, end);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total > 0) return weights.map((weight) => weight / total);
  return weights.map(
    (_, cell) => (starts[first + cell + 1]! - starts[first + cell]!) / (starts[end]! - starts[first]!),
  );
}

/** Mean and deviation of a bin in steps of the grid. */
function binMoments(attribute: NumericAttribute, bin: number, share: number): BinMoments {
  const { starts } = attribute.codec.grid;
  const first = attribute.bins[bin]!;
  const [weights, centre, spread] = [cellWeights(attribute, bin), [] as number[], [] as number[]];
  weights.forEach((_, cell) => {
    const [low, high] = [starts[first + cell]!, starts[first + cell + 1]!];
    centre.push((low + high - 1) / 2);
    spread.push(((high - low) ** 2 - 1) / 12);
  });
  const mean = weights.reduce((sum, weight, cell) => sum + weight * centre[cell]!, 0);
  const variance = weights.reduce(
    (sum, weight, cell) => sum + weight * ((centre[cell]! - mean) ** 2 + spread[cell]!),
    0,
  );
  return { share, mean, deviation: Math.sqrt(variance) };
}

interface Axis {
  readonly attribute: NumericAttribute;
  readonly bins: readonly BinMoments[];
  /** Rows with a value. */
  readonly count: number;
  readonly sigmaRows: number;
}

/** Standard error of the share of rows below the quantile of a level. */
function levelError({ bins, count, sigmaRows }: Axis, level: number): number {
  let below = 0;
  let bin = 0;
  while (bin < bins.length - 1 && below + bins[bin]!.share < level) below += bins[bin++]!.share;
  const { share } = bins[bin]!;
  const inside = share > 0 ? Math.min(1, Math.max(0, (level - below) / share)) : 0;
  // Noise of the bins below the quantile and of those above it, which share one total.
  const noise =
    ((bin + inside) * (1 - level) ** 2 + (bins.length - bin - inside) * level ** 2) * (sigmaRows / count) ** 2;
  const shape = SHAPE_SHIFT * share * 4 * inside * (1 - inside);
  return Math.sqrt((level * (1 - level)) / count + noise + shape ** 2);
}

/** Step of the grid below which a share of the rows lies. */
function stepAt({ attribute, bins }: Axis, share: number): number {
  const { starts, lastStep } = attribute.codec.grid;
  let rest = Math.max(0, share);
  for (let bin = 0; bin < bins.length; bin++) {
    if (rest > bins[bin]!.share && bin < bins.length - 1) {
      rest -= bins[bin]!.share;
      continue;
    }
    const first = attribute.bins[bin]!;
    for (const [cell, weight] of cellWeights(attribute, bin).entries()) {
      const part = weight * bins[bin]!.share;
      const [low, high] = [starts[first + cell]!, starts[first + cell + 1]!];
      if (rest <= part) return Math.min(high - 1, low + Math.floor(part > 0 ? (rest / part) * (high - low) : 0));
      rest -= part;
    }
  }
  return lastStep;
}
