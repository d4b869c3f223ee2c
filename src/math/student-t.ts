import { regularizedBeta } from './beta.ts';

/** Halvings of the bracket: enough for every bit of a double. */
const HALVINGS = 200;

/**
 * The t with P[|T| ≤ t] = `coverage` for Student's T.
 * @param coverage in (0, 1). @param degrees positive degrees of freedom.
 * **Numerics**: relative error about 1e-9, by halving on the incomplete beta function.
 * @source Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.1.
 * @example studentT(0.95, 4) // 2.776…
 */
export function studentT(coverage: number, degrees: number): number {
  const outside = (t: number) => regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  let [low, high] = [0, 1];
  while (outside(high) > 1 - coverage) high *= 2;
  for (let halving = 0; halving < HALVINGS && high - low > 1e-12 * high; halving += 1) {
    const middle = (low + high) / 2;
    if (outside(middle) > 1 - coverage) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
