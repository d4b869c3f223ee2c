import type { PairedCounts } from './contingency.ts';

/** A total variation distance with its standard error. */
export interface Distance {
  readonly value: number;
  readonly standardError: number;
}

/**
 * Total variation distance ½ Σ |p − q| of two count vectors, each divided by its own total.
 *
 * An empty side counts as having no mass at all: the distance to it is 1, and 0 between two empty sides.
 *
 * **Numerics**: the standard error is the delta method with the signs of p − q held fixed,
 * ¼ (Var_p(sign)/n + Var_q(sign)/m); it ignores the upward bias of the distance in sparse tables, which the holdout
 * baseline shares.
 */
export function totalVariation({ left, right }: PairedCounts): Distance {
  const n = sum(left);
  const m = sum(right);
  if (n === 0 || m === 0) return { value: n === m ? 0 : 1, standardError: 0 };
  let distance = 0;
  let signLeft = 0;
  let signRight = 0;
  let massLeft = 0;
  let massRight = 0;
  for (let cell = 0; cell < left.length; cell += 1) {
    const p = (left[cell] as number) / n;
    const q = (right[cell] as number) / m;
    if (p === q) continue;
    const sign = p > q ? 1 : -1;
    distance += Math.abs(p - q);
    signLeft += sign * p;
    signRight += sign * q;
    massLeft += p;
    massRight += q;
  }
  const variance = ((massLeft - signLeft ** 2) / n + (massRight - signRight ** 2) / m) / 4;
  return { value: distance / 2, standardError: Math.sqrt(Math.max(variance, 0)) };
}

/** Sum of a count vector. */
export function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
