import { type Interval, normalInterval, Z_95 } from '../intervals.ts';
import { averageRanks } from '../sorted-numbers.ts';

/** An area under the ROC curve; `null` without both labels. */
export interface Auc {
  readonly auc: number | null;
  readonly interval: Interval | null;
}

/**
 * Area under the ROC curve, ties counted half, with DeLong's 95 % interval.
 * @returns `null` without both labels.
 * @source DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837-845; by ranks as Sun and Xu (2014).
 */
export function rocAuc(scores: Float64Array, labels: Uint8Array): Auc {
  const placed = placements(scores, labels);
  if (!placed) return { auc: null, interval: null };
  const auc = meanOf(placed.positives);
  return { auc, interval: normalInterval(auc, errorOf(placed)) };
}

/** The difference of two areas with its interval. */
export interface AucDifference {
  readonly difference: number;
  readonly interval: Interval;
}

/**
 * AUC of the first scores minus that of the second on the same rows, with DeLong's 95 % interval: both models err on the same
 * rows, so their covariance is taken off.
 *
 * **Numerics**: a variance of zero (equal scores, or a perfect order) gives an interval without width.
 * @returns undefined without both labels.
 * @source DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837-845, equation 6.
 */
export function aucDifference(
  first: Float64Array,
  second: Float64Array,
  labels: Uint8Array,
): AucDifference | undefined {
  const [a, b] = [placements(first, labels), placements(second, labels)];
  if (!a || !b) return undefined;
  const difference = meanOf(a.positives) - meanOf(b.positives);
  const gaps = (side: 'positives' | 'negatives') => a[side].map((value, at) => value - (b[side][at] as number));
  const reach = Z_95 * errorOf({ positives: gaps('positives'), negatives: gaps('negatives') });
  return { difference, interval: [Math.max(-1, difference - reach), Math.min(1, difference + reach)] };
}

/** For each row of a label: the share of rows of the other label that it is ordered rightly against, ties half. */
interface Placements {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

function placements(scores: Float64Array, labels: Uint8Array): Placements | undefined {
  const split = (label: number) => scores.filter((_, row) => labels[row] === label);
  const positives = split(1);
  const negatives = split(0);
  const m = positives.length;
  const n = negatives.length;
  if (m === 0 || n === 0) return undefined;
  const joined = new Float64Array(m + n);
  joined.set(positives);
  joined.set(negatives, m);
  const all = averageRanks(joined);
  const ownPositive = averageRanks(positives);
  const ownNegative = averageRanks(negatives);
  return {
    positives: ownPositive.map((rank, i) => ((all[i] as number) - rank) / n),
    negatives: ownNegative.map((rank, i) => 1 - ((all[m + i] as number) - rank) / m),
  };
}

function meanOf(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** Standard error of an area, or of a difference of areas when the placements are differences. */
function errorOf({ positives, negatives }: Placements): number {
  return Math.sqrt(varianceOf(positives) / positives.length + varianceOf(negatives) / negatives.length);
}

/** Sample variance; 0 below two values. */
function varianceOf(values: Float64Array): number {
  const centre = meanOf(values);
  return values.length < 2
    ? 0
    : values.reduce((total, value) => total + (value - centre) ** 2, 0) / (values.length - 1);
}
