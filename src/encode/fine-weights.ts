import { type BinMasses, type BinnedAxis, shapeBins } from './bin-shapes.ts';

/** A released noisy histogram of the fine cells of an axis, without the missing cell. */
export interface ReleasedFineCounts {
  readonly counts: Float64Array;
  /** Standard deviation of the noise per cell. */
  readonly sigma: number;
}

/** Passes that find spikes beside larger spikes. */
const SPIKE_PASSES = 3;

/** Noise-only cells of one column that may be taken for spikes, in expectation. */
const FALSE_SPIKES = 0.1;

/** Most that the mean inside a bin is believed to differ from its shape's, in standard deviations of the shape. */
const MOST_DOUBT = 0.4;

/** Standard deviations by which the spread of differences must exceed what noise makes of it. */
const CHANCE_SIGMAS = 3;

/** Differences of means that are usual, in standard deviations of the shape; keeps bins of little noise from deciding alone. */
const USUAL_DOUBT = 0.1;

/**
 * Weights of fine cells inside their bins from released values: rows per bin shaped by `shapeBins`; then cells that stand
 * far above that shape keep their noisy excess, as spikes; and the mean inside each bin is moved towards that of the noisy
 * histogram as far as its noise allows.
 *
 * **Privacy**: post-processing.
 * @param released rows per bin where something better is known than sums of the noisy histogram, such as a fitted model.
 */
export function estimateFineWeights(
  fine: ReleasedFineCounts,
  axis: BinnedAxis,
  released: BinMasses = sumBins(fine, axis),
): Float64Array {
  const excess = new Float64Array(fine.counts.length);
  let smooth = shapeBins(axis, released);
  for (let pass = 0; pass < SPIKE_PASSES && findSpikes(fine, smooth, excess); pass++) {
    smooth = shapeBins(axis, { ...released, masses: withoutSpikes(axis, released, excess) });
  }
  centreBins(fine, smooth, excess, axis.bins);
  return smooth.map((rows, cell) => rows + excess[cell]!);
}

/** Rows per bin as sums of the noisy histogram. */
function sumBins({ counts, sigma }: ReleasedFineCounts, { bins }: BinnedAxis): BinMasses {
  const masses = Float64Array.from(bins, (firstCell, bin) =>
    Math.max(
      0,
      counts.subarray(firstCell, bins[bin + 1] ?? counts.length).reduce((sum, count) => sum + count, 0),
    ),
  );
  return { masses, massSigma: sigma * Math.sqrt(counts.length / bins.length) };
}

/** Sets the excess of cells that noise does not explain; true when there are any. */
function findSpikes({ counts, sigma }: ReleasedFineCounts, smooth: Float64Array, excess: Float64Array): boolean {
  const threshold = sigma * Math.sqrt(2 * Math.log(Math.max(2, counts.length / FALSE_SPIKES / 4)));
  let isFound = false;
  counts.forEach((count, cell) => {
    if (!(count - smooth[cell]! > threshold)) return;
    excess[cell] = count - smooth[cell]!;
    isFound = true;
  });
  return isFound;
}

/** Rows of every bin beside its spikes, which are cut where they claim more rows than the bin has. */
function withoutSpikes({ bins }: BinnedAxis, { masses, massSigma }: BinMasses, excess: Float64Array): Float64Array {
  return masses.map((mass, bin) => {
    const spikes = excess.subarray(bins[bin], bins[bin + 1] ?? excess.length);
    const claimed = spikes.reduce((sum, rows) => sum + rows, 0);
    // One cell that claims far more than its whole bin holds is noise.
    if (claimed > 2 * (mass + 2 * massSigma)) spikes.fill(0);
    else if (claimed > mass) spikes.set(spikes.map((rows) => (rows * mass) / claimed));
    return Math.max(0, mass - spikes.reduce((sum, rows) => sum + rows, 0));
  });
}

/** Where the smooth part of a bin has its mean, and where the noisy histogram puts it. */
interface BinCentre {
  readonly rows: Float64Array;
  /** Mean and standard deviation of the shape; places run from -1 to 1 over the bin's cells. */
  readonly mean: number;
  readonly deviation: number;
  /** Measured mean less the shape's, and the variance of its noise, in standard deviations of the shape. */
  readonly move: number;
  readonly variance: number;
}

const placeIn = (cells: number) => (cell: number) => (2 * cell - cells + 1) / cells;

/**
 * Tilts the smooth part of every bin so that its mean goes as far towards the measured one as noise allows.
 * @source empirical Bayes for normal means (Morris 1983): the spread of true differences is estimated over all bins.
 */
function centreBins(
  fine: ReleasedFineCounts,
  smooth: Float64Array,
  excess: Float64Array,
  bins: readonly number[],
): void {
  const centres = bins.flatMap((firstCell, bin) => {
    const centre = measureCentre(fine, smooth, excess, [firstCell, bins[bin + 1] ?? smooth.length]);
    return centre === undefined ? [] : [centre];
  });
  let [sum, weights, chance] = [0, 0, 0];
  for (const { move, variance } of centres) {
    const weight = 1 / (variance + USUAL_DOUBT ** 2) ** 2;
    sum += weight * (move ** 2 - variance);
    weights += weight;
    chance += 2 * (weight * variance) ** 2;
  }
  // Moving means by noise would make jumps between bins: what chance alone may make of the spread does not count.
  const spread = weights > 0 ? (sum - CHANCE_SIGMAS * Math.sqrt(chance)) / weights : 0;
  const doubt = Math.min(MOST_DOUBT ** 2, Math.max(0, spread));
  if (doubt === 0) return;
  for (const { rows, mean, deviation, move, variance } of centres) {
    const moved = Math.max(-MOST_DOUBT, Math.min(MOST_DOUBT, (move * doubt) / (doubt + variance)));
    tilt(rows, mean + moved * deviation);
  }
}

function measureCentre(
  { counts, sigma }: ReleasedFineCounts,
  smooth: Float64Array,
  excess: Float64Array,
  [firstCell, endCell]: readonly [number, number],
): BinCentre | undefined {
  const rows = smooth.subarray(firstCell, endCell);
  const place = placeIn(rows.length);
  const mass = rows.reduce((sum, value) => sum + value, 0);
  const mean = rows.reduce((sum, value, cell) => sum + value * place(cell), 0) / mass;
  const deviation = Math.sqrt(rows.reduce((sum, value, cell) => sum + value * (place(cell) - mean) ** 2, 0) / mass);
  if (!(deviation > 0)) return undefined;
  let [moment, noise] = [0, 0];
  rows.forEach((value, cell) => {
    if (excess[firstCell + cell] !== 0) return;
    moment += (counts[firstCell + cell]! - value) * (place(cell) - mean);
    noise += ((place(cell) - mean) * sigma) ** 2;
  });
  const scale = mass * deviation;
  return { rows, mean, deviation, move: moment / scale, variance: noise / scale ** 2 };
}

/** Newton steps for the tilt. */
const TILT_STEPS = 20;

/** Multiplies rows by exp(θ·place) and rescales, so that their mean place becomes the wanted one. */
function tilt(rows: Float64Array, wanted: number): void {
  const place = placeIn(rows.length);
  const mass = rows.reduce((sum, value) => sum + value, 0);
  let theta = 0;
  for (let step = 0; step < TILT_STEPS; step++) {
    let [total, first, second] = [0, 0, 0];
    rows.forEach((value, cell) => {
      const weight = value * Math.exp(theta * place(cell));
      total += weight;
      first += weight * place(cell);
      second += weight * place(cell) ** 2;
    });
    const variance = second / total - (first / total) ** 2;
    if (!(variance > 0)) break;
    theta += Math.max(-1, Math.min(1, (wanted - first / total) / variance));
  }
  const tilted = rows.map((value, cell) => value * Math.exp(theta * place(cell)));
  const total = tilted.reduce((sum, value) => sum + value, 0);
  tilted.forEach((value, cell) => {
    rows[cell] = (value * mass) / total;
  });
}
