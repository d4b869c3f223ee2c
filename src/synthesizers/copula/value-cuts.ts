import { bivariateNormalLower } from '../../math/bivariate-normal.ts';
import { normalQuantile } from '../../math/normal-quantile.ts';

/** A latent axis of values that are seen only where another latent variable lies below its cut. */
export interface SelectedAxis {
  /** Share of every cell among all rows, along the axis; the missing cell is left out. */
  readonly shares: Float64Array;
  /** Cut of the indicator below which the value is there. */
  readonly presenceCut: number;
  /** Latent correlation of the value with the indicator. */
  readonly correlation: number;
}

/** Halvings of an interval of latent values: beyond the accuracy of the bivariate distribution function. */
const HALVINGS = 48;

/** No double tells latent values beyond this apart from infinity. */
const FURTHEST = 8.5;

/**
 * Cuts of an axis so that rows which have a value fall into every cell with its share, whatever the correlation with being
 * there: P[Z ≤ cut, present] is the sum of the shares up to it.
 * @returns ascending, one fewer than cells; ±Infinity where cells at an end are empty.
 * **Numerics**: shares are kept to about 1e-9, 1e-5 where the correlation is above 0.95.
 */
export function selectedCuts({ shares, presenceCut, correlation }: SelectedAxis): Float64Array {
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (correlation === 0 || presenceCut === Number.POSITIVE_INFINITY) return plainCuts(shares, total);
  let below = 0;
  return shares.subarray(0, -1).map((share) => {
    below = Math.min(total, below + share);
    if (below <= 0) return Number.NEGATIVE_INFINITY;
    if (below >= total) return Number.POSITIVE_INFINITY;
    let [low, high] = [-FURTHEST, FURTHEST];
    for (let step = 0; step < HALVINGS; step++) {
      const middle = (low + high) / 2;
      if (bivariateNormalLower(middle, presenceCut, correlation) < below) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  });
}

function plainCuts(shares: Float64Array, total: number): Float64Array {
  let below = 0;
  return shares.subarray(0, -1).map((share) => {
    below = Math.min(total, below + share);
    return total > 0 ? normalQuantile(below / total) : Number.NEGATIVE_INFINITY;
  });
}
