import type { CoarseBins } from './coarse-bins.ts';

/** Standard deviations above the expected even share at which a fine cell is believed to be a spike of its own. */
const SPIKE_SIGMAS = 3;

/**
 * Weights of fine cells inside their bins from a *released* noisy fine histogram. Cells that rise significantly above
 * an even spread keep their noisy count; the rest of the bin's mass is spread evenly over the values of the other cells,
 * so that noise does not invent spikes.
 *
 * **Privacy**: post-processing of released counts.
 * @param noisyCounts one per fine cell, without the missing cell.
 * @param starts first step of every fine cell, and one past the last step.
 * @param sigma standard deviation of the noise per cell.
 */
export function estimateFineWeights(
  noisyCounts: Float64Array,
  bins: CoarseBins,
  grid: { readonly starts: Float64Array; readonly sigma: number },
): Float64Array {
  const weights = new Float64Array(noisyCounts.length);
  bins.forEach((firstCell, bin) => {
    weighBin(noisyCounts, weights, { firstCell, endCell: bins[bin + 1] ?? noisyCounts.length, ...grid });
  });
  return weights;
}

interface BinRange {
  readonly firstCell: number;
  readonly endCell: number;
  readonly starts: Float64Array;
  readonly sigma: number;
}

/** Spikes keep their excess; what remains is spread by the number of steps. Two passes find spikes among spikes. */
function weighBin(counts: Float64Array, weights: Float64Array, range: BinRange): void {
  const { firstCell, endCell, starts, sigma } = range;
  const isSpike = new Uint8Array(endCell - firstCell);
  let density = 0;
  for (let pass = 0; pass < 3; pass++) {
    let [mass, steps] = [0, 0];
    for (let cell = firstCell; cell < endCell; cell++) {
      if (isSpike[cell - firstCell] === 1) continue;
      mass += counts[cell]!;
      steps += starts[cell + 1]! - starts[cell]!;
    }
    density = steps > 0 ? Math.max(0, mass) / steps : 0;
    for (let cell = firstCell; cell < endCell; cell++) {
      const expected = density * (starts[cell + 1]! - starts[cell]!);
      if (counts[cell]! > expected + SPIKE_SIGMAS * sigma) isSpike[cell - firstCell] = 1;
    }
  }
  for (let cell = firstCell; cell < endCell; cell++) {
    const even = density * (starts[cell + 1]! - starts[cell]!);
    weights[cell] = isSpike[cell - firstCell] === 1 ? counts[cell]! : even;
  }
}
