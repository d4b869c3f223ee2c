import type { PlanShare } from '../accounting/calibrate-plan.ts';
import type { Mechanisms } from '../mechanisms.ts';
import type { Private } from '../private.ts';

/** What the tree bins of one column cost and how one unit moves them. */
export interface TreeShare {
  /** Prefix of the labels, one per level. */
  readonly label: string;
  /** Name of the column, for the plan. */
  readonly column: string;
  /** Relative rho of all levels together. */
  readonly weight: number;
  /** Depth of the tree: bins are no finer than 2^-levels of the grid. */
  readonly levels: number;
  /** Most rows of one unit. */
  readonly maxRows: number;
}

/** What is public about the tree to be learned. */
export interface TreeRequest {
  readonly label: string;
  readonly levels: number;
  /** Number of cells of the public grid. */
  readonly cells: number;
  /** Noise variance of the planned event of each level. */
  readonly variance: number;
}

/** Cells first … end-1 of the grid. */
interface CellRange {
  readonly first: number;
  readonly end: number;
}

/** Noise standard deviations a bin must hold to be halved: a half then still stands out from the noise. */
const SPLIT_SIGMAS = 8;

const levelLabel = (label: string, level: number) => `${label}:level-${level + 1}`;

/** The planned shares of tree bins, one histogram per level. */
export function shareTreeBins({ label, column, weight, levels, maxRows }: TreeShare): PlanShare[] {
  return Array.from({ length: levels }, (_, level) => ({
    label: levelLabel(label, level),
    purpose: `adaptive bins of ${column}`,
    kind: 'discrete-gaussian',
    weight: weight / levels,
    l2Sensitivity: maxRows,
    oneCell: maxRows === 1,
  }));
}

/**
 * Cuts a public grid where the rows are: a bin is halved as long as its noisy count stands out from the noise.
 *
 * **Privacy**: given the released counts of earlier levels, the bins of a level are public and disjoint, so a unit of k rows
 * moves their counts by at most k in L2: each level costs one discrete Gaussian, and levels compose. The decision to halve
 * is post-processing.
 * @param histogram exact counts over the grid, `cells` long.
 * @returns first cells of the bins, ascending, beginning with 0.
 * @source Zhang, Xiao, Xie, "PrivTree", SIGMOD 2016, for the idea of growing the tree by noisy counts; ours pays per level
 * with Gaussian noise instead of biased Laplace noise, which composes with the rest of a plan.
 */
export async function learnTreeBins(
  mechanisms: Mechanisms,
  histogram: Private<Float64Array>,
  request: TreeRequest,
): Promise<number[]> {
  const threshold = SPLIT_SIGMAS * Math.sqrt(request.variance);
  const leaves: CellRange[] = [];
  let open: readonly CellRange[] = [{ first: 0, end: request.cells }];
  for (let level = 0; level < request.levels && open.length > 0; level++) {
    const bins = open;
    const { value: noisy } = await mechanisms.discreteGaussian(
      histogram.map((counts) => countBins(counts, bins)),
      { label: levelLabel(request.label, level), cells: bins.length },
    );
    const isDense = ({ first, end }: CellRange, bin: number) => end - first > 1 && noisy[bin]! > threshold;
    leaves.push(...bins.filter((range, bin) => !isDense(range, bin)));
    open = bins.filter(isDense).flatMap(halve);
  }
  return [...leaves, ...open].map(({ first }) => first).sort((a, b) => a - b);
}

function halve({ first, end }: CellRange): CellRange[] {
  const middle = (first + end) >> 1;
  return [
    { first, end: middle },
    { first: middle, end },
  ];
}

function countBins(counts: Float64Array, bins: readonly CellRange[]): Float64Array {
  return Float64Array.from(bins, ({ first, end }) =>
    counts.subarray(first, end).reduce((sum, count) => sum + count, 0),
  );
}
