import { findTails, settleTails, type TailBins } from '../encode/pareto-tail.ts';
import type { Codes, Recoding } from '../marginals/count-source.ts';
import { createDomain, type Domain } from '../marginals/domain.ts';
import type { Measurement } from '../marginals/measurement.ts';

/**
 * A public recoding that merges the cells of an attribute whose released count is within noise, so that joint marginals
 * spend nothing on telling them apart. Merged rows are split again by what the released one-way counts say.
 */
export interface RareMerge {
  readonly recoding: Recoding;
  /** Non-negative weight of every original cell inside its merged cell. */
  readonly weights: Float64Array;
}

/** Standard deviations below which a released count does not stand out from noise. */
const RARE_SIGMAS = 3;

/**
 * Decides which cells to merge from a released one-way marginal: rare ones into one, those in a wide tail of a number into
 * one per tail.
 *
 * **Privacy**: post-processing of released counts.
 * @param known ends of the bins of a number (see `FitInput`): merged tails are split again as a tail has its rows; and the
 * counts that are likely given the released ones, by which other merged cells are split: released counts of rare cells
 * are mostly noise. Without them, the positive part of the released counts splits.
 * @returns undefined when nothing is merged.
 * @source McKenna et al. 2021 (MST), section 4.1: compression of domains by noisy counts below 3·sigma.
 */
export function mergeRareCells(
  { counts, variance }: Measurement,
  { ends, likely = counts }: { readonly ends?: Float64Array | undefined; readonly likely?: Float64Array } = {},
): RareMerge | undefined {
  const sigma = Math.sqrt(variance);
  const isRare = Array.from(counts, (count) => count < RARE_SIGMAS * sigma);
  const tails = ends === undefined ? [] : findTails(counts, ends, sigma);
  const inTail = (cell: number) => tails.some(({ first, end }) => cell >= first && cell < end);
  const groups = [
    ...tails.map((tail) => tailMembers(tail, isRare)),
    [...counts.keys()].filter((cell) => isRare[cell] && !inTail(cell)),
  ].filter((members) => members.length > 1);
  if (groups.length === 0) return undefined;
  const grouped = new Map(groups.flatMap((members, group) => members.map((cell) => [cell, group] as const)));
  const kept = counts.length - grouped.size;
  let next = 0;
  const codes = Int32Array.from(counts, (_, cell) => {
    const group = grouped.get(cell);
    return group === undefined ? next++ : kept + group;
  });
  const settled = ends === undefined ? counts : settleTails(counts, ends, sigma);
  const weights = counts.map((_, cell) => Math.max(0, (inTail(cell) ? settled : likely)[cell]!));
  return { recoding: { size: kept + groups.length, codes }, weights };
}

/** Rare bins of a tail; a single one takes the bin beside it along. */
function tailMembers({ first, end }: TailBins, isRare: readonly boolean[]): number[] {
  const bins = Array.from({ length: end - first }, (_, bin) => first + bin);
  const rare = bins.filter((bin) => isRare[bin]);
  if (rare.length !== 1) return rare;
  const beside = rare[0] === first ? first + 1 : rare[0]! - 1;
  return [rare[0]!, beside].sort((a, b) => a - b);
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

/** Share of every original cell inside its merged cell; even where no weight is positive. */
function innerShares({ recoding, weights }: RareMerge): Float64Array {
  const totals = new Float64Array(recoding.size);
  const members = new Float64Array(recoding.size);
  recoding.codes.forEach((merged, cell) => {
    totals[merged]! += weights[cell]!;
    members[merged]!++;
  });
  return weights.map((weight, cell) => {
    const merged = recoding.codes[cell]!;
    return totals[merged]! > 0 ? weight / totals[merged]! : 1 / members[merged]!;
  });
}

/** Shares of original cells from shares of merged ones. */
export function splitShares(merge: RareMerge, shares: Float64Array): Float64Array {
  return innerShares(merge).map((inner, cell) => inner * shares[merge.recoding.codes[cell]!]!);
}

/**
 * What a condition on original cells means for merged ones: the share of each merged cell that meets it, and the split
 * of what meets it.
 * @param weights for each original cell, the probability that it meets the condition.
 */
export function conditionMerge(merge: RareMerge, weights: Float64Array): { merge: RareMerge; weights: Float64Array } {
  const met = new Float64Array(merge.recoding.size);
  const split = innerShares(merge).map((share, cell) => {
    const kept = share * weights[cell]!;
    met[merge.recoding.codes[cell]!]! += kept;
    return kept;
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
