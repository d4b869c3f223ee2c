import type { Codes, Recoding } from '../marginals/count-source.ts';
import { createDomain, type Domain } from '../marginals/domain.ts';
import type { Measurement } from '../marginals/measurement.ts';

/**
 * A public recoding that merges the cells of an attribute whose released count is within noise, so that joint marginals
 * spend nothing on telling them apart. Merged rows are split again by the released one-way counts.
 */
export interface RareMerge {
  readonly recoding: Recoding;
  /** Non-negative weight of every original cell inside its merged cell. */
  readonly weights: Float64Array;
}

/** Standard deviations below which a released count does not stand out from noise. */
const RARE_SIGMAS = 3;

/**
 * Decides which cells to merge from a released one-way marginal.
 *
 * **Privacy**: post-processing of released counts.
 * @returns undefined when fewer than two cells are rare.
 * @source McKenna et al. 2021 (MST), section 4.1: compression of domains by noisy counts below 3·sigma.
 */
export function mergeRareCells({ counts, variance }: Measurement): RareMerge | undefined {
  const threshold = RARE_SIGMAS * Math.sqrt(variance);
  const isRare = Array.from(counts, (count) => count < threshold);
  if (isRare.filter(Boolean).length < 2) return undefined;
  const kept = isRare.filter((rare) => !rare).length;
  let next = 0;
  const codes = Int32Array.from(isRare, (rare) => (rare ? kept : next++));
  return { recoding: { size: kept + 1, codes }, weights: counts.map((count) => Math.max(0, count)) };
}

/** The domain after merging. */
export function mergedDomain(domain: Domain, merges: readonly (RareMerge | undefined)[]): Domain {
  return createDomain(
    domain.names,
    domain.sizes.map((size, attribute) => merges[attribute]?.recoding.size ?? size),
  );
}

/** A one-way measurement over merged cells. Sums of k rare cells have k times the variance; see `Measurement`. */
export function mergeMeasurement(measurement: Measurement, merge: RareMerge | undefined): Measurement {
  if (merge === undefined) return measurement;
  const counts = new Float64Array(merge.recoding.size);
  measurement.counts.forEach((count, cell) => {
    counts[merge.recoding.codes[cell]!]! += count;
  });
  return { ...measurement, counts };
}

/**
 * What a condition on original cells means for merged ones: the share of each merged cell that meets it, and the split
 * of what meets it.
 * @param weights for each original cell, the probability that it meets the condition.
 */
export function conditionMerge(merge: RareMerge, weights: Float64Array): { merge: RareMerge; weights: Float64Array } {
  const { size, codes } = merge.recoding;
  const totals = new Float64Array(size);
  const members = new Float64Array(size);
  codes.forEach((merged, cell) => {
    totals[merged]! += merge.weights[cell]!;
    members[merged]!++;
  });
  const met = new Float64Array(size);
  const split = merge.weights.map((weight, cell) => {
    const merged = codes[cell]!;
    const share = totals[merged]! > 0 ? weight / totals[merged]! : 1 / members[merged]!;
    met[merged]! += share * weights[cell]!;
    return share * weights[cell]!;
  });
  return { merge: { recoding: merge.recoding, weights: split }, weights: met.map((share) => Math.min(1, share)) };
}

/** Splits merged codes of a block back into original ones; in place. */
export type RareSplitter = (codes: Codes, rows: number, stream: { nextFloat(): number }) => void;

/** Prepares the splitting of one attribute; original cells of equal merged code are drawn by weight. */
export function createSplitter(merge: RareMerge): RareSplitter {
  const members: number[][] = Array.from({ length: merge.recoding.size }, () => []);
  merge.recoding.codes.forEach((merged, cell) => {
    members[merged]!.push(cell);
  });
  const shares = members.map((cells) => cumulativeShares(cells.map((cell) => merge.weights[cell]!)));
  return (codes, rows, stream) => {
    for (let row = 0; row < rows; row++) {
      const merged = codes[row]!;
      const cells = members[merged]!;
      codes[row] = cells.length === 1 ? cells[0]! : cells[drawIndex(shares[merged]!, stream.nextFloat())]!;
    }
  };
}

/** Running shares ending at 1; even when every weight is zero. */
function cumulativeShares(weights: readonly number[]): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let running = 0;
  return Float64Array.from(weights, (weight) => {
    running += total > 0 ? weight / total : 1 / weights.length;
    return running;
  });
}

function drawIndex(cumulative: Float64Array, share: number): number {
  let index = 0;
  while (index < cumulative.length - 1 && cumulative[index]! <= share) index++;
  return index;
}
