import { TabveilError } from '../../errors.ts';
import { rational } from '../../math/rational.ts';
import type { PlanShare } from '../accounting/calibrate-plan.ts';
import type { Mechanisms } from '../mechanisms.ts';
import type { Private } from '../private.ts';

/** What the quantile cuts of one column cost. */
export interface QuantileShare {
  /** Prefix of the labels, one per level. */
  readonly label: string;
  /** Name of the column, for the plan. */
  readonly column: string;
  /** Relative rho of all levels together. */
  readonly weight: number;
  /** Halvings: 2^levels bins at most. */
  readonly levels: number;
  /** Most rows of one unit; must be 1. */
  readonly maxRows: number;
}

/** What is public about the cuts to be learned. */
export interface QuantileRequest {
  readonly label: string;
  readonly levels: number;
  /** Number of cells of the public grid. */
  readonly cells: number;
}

/** Cells first … end-1 of the grid. */
interface CellRange {
  readonly first: number;
  readonly end: number;
}

const levelLabel = (label: string, level: number) => `${label}:level-${level + 1}`;

/**
 * The planned shares of quantile cuts, one selection per level.
 * @throws TabveilError when a unit may have several rows: they could lie in several bins, and the argument that bins of
 * one level cost once (below) would fail.
 */
export function shareQuantileCuts(request: QuantileShare): PlanShare[] {
  const { label, column, weight, levels, maxRows } = request;
  if (maxRows !== 1) {
    throw new TabveilError(
      'usage',
      'quantiles.unit',
      `quantile cuts of "${column}": a unit of privacy has up to ${maxRows} rows, but these bins need units of one row; declare bins or use tree bins.`,
    );
  }
  return Array.from({ length: levels }, (_, level) => ({
    label: levelLabel(label, level),
    purpose: `quantile cuts of ${column}`,
    kind: 'exponential',
    weight: weight / levels,
  }));
}

/**
 * Cuts of a public grid into at most 2^levels bins of about equal numbers of rows, by halving every bin of the previous
 * level at a privately chosen cell boundary.
 *
 * The score of a boundary is -|2·(rows of the bin below it) - (rows of the bin)|.
 * **Privacy**: add/remove of one row. Given the cuts of earlier levels, a row lies in one bin and moves each score of that
 * bin by exactly one, so the sensitivity is 1 and the bins of one level compose in parallel: each level costs one
 * exponential mechanism. Levels compose sequentially.
 * @param histogram exact counts over the grid, `cells` long.
 * @returns first cells of the bins, ascending, beginning with 0.
 * @source Kaplan, Schnapp, Stemmer, "Differentially private approximate quantiles", ICML 2022, on a cell grid.
 */
export async function learnQuantileCuts(
  mechanisms: Mechanisms,
  histogram: Private<Float64Array>,
  request: QuantileRequest,
): Promise<number[]> {
  let bins: readonly CellRange[] = [{ first: 0, end: request.cells }];
  for (let level = 0; level < request.levels; level++) {
    const splittable = bins.filter(({ first, end }) => end - first > 1);
    if (splittable.length === 0) break;
    const { value: chosen } = await mechanisms.exponentialByPart(
      histogram.map((counts) => scoreBoundaries(counts, splittable)),
      {
        label: levelLabel(request.label, level),
        candidates: splittable.map(({ first, end }) => end - first - 1),
        sensitivity: rational(1n),
      },
    );
    const cuts = splittable.map(({ first }, part) => first + 1 + chosen[part]!);
    bins = bins.flatMap((bin) => splitAt(bin, cuts));
  }
  return bins.map(({ first }) => first);
}

function splitAt(bin: CellRange, cuts: readonly number[]): CellRange[] {
  const cut = cuts.find((cell) => cell > bin.first && cell < bin.end);
  return cut === undefined
    ? [bin]
    : [
        { first: bin.first, end: cut },
        { first: cut, end: bin.end },
      ];
}

/** Scores of the inner boundaries of every bin, one bin after the other. */
function scoreBoundaries(counts: Float64Array, bins: readonly CellRange[]): Float64Array {
  const scores = bins.map(({ first, end }) => {
    const inside = counts.subarray(first, end);
    const total = inside.reduce((sum, count) => sum + count, 0);
    let below = 0;
    return Array.from(inside.subarray(0, -1), (count) => {
      below += count;
      return -Math.abs(2 * below - total);
    });
  });
  return Float64Array.from(scores.flat());
}
