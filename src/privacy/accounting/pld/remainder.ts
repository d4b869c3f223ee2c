/**
 * What is left to win for an attacker after the loss of the fixed pairs is known: an upper bound V on the delta of the
 * rest of the composition at budget s = epsilon − loss, on multiples of a step.
 *
 * The whole composition then costs at most E[V(epsilon − loss)], loss being that of the fixed pairs. This holds whatever
 * the order and adaptivity: moving a fixed pair before an adversarially chosen step only tells the adversary more, in
 * formulas sup_t E_t E_A f ≤ E_A sup_t E_t f.
 */
export interface Remainder {
  /** V at `first`·step, (`first` + 1)·step, …; falling. Above the last one V is at most the last value. */
  readonly first: number;
  readonly values: Float64Array;
  readonly step: number;
}

/** V at an index of the grid, also outside the stored range. */
export function remainderAt({ first, values, step }: Remainder, index: number): number {
  const position = index - first;
  if (position >= values.length) return values[values.length - 1]!;
  if (position >= 0) return values[position]!;
  // V is convex in e^s and 1 at e^s = 0, so below the stored range it is under the chord from there.
  return 1 - (1 - values[0]!) * Math.exp(position * step);
}

/** Orders tried for a remainder, as ln(alpha − 1): missing the best one by half a step costs 2e-4 of ln delta. */
const LOG_EXCESSES = Float64Array.from({ length: 601 }, (_, j) => -4 + 0.03 * j);

/**
 * The remainder of steps known only by their Rényi divergences, composed adaptively in any order.
 * @param divergence total divergence at order alpha > 1, the same bound for both directions.
 * @param reach budgets from −reach.below to reach.above are stored.
 * @source Canonne, Kamath, Steinke 2020, Proposition 12.
 */
export function divergenceRemainder(
  divergence: (alpha: number) => number,
  step: number,
  reach: { readonly below: number; readonly above: number },
): Remainder {
  const first = -Math.ceil(reach.below / step);
  const length = Math.ceil(reach.above / step) - first + 1;
  const orders = Array.from(LOG_EXCESSES, (logExcess) => {
    const excess = Math.exp(logExcess);
    const shrink = (1 + excess) * Math.log1p(1 / excess) + logExcess;
    return { excess, constant: excess * divergence(1 + excess) - shrink };
  }).filter(({ constant }) => constant < Number.POSITIVE_INFINITY);
  const values = new Float64Array(length).fill(1);
  // The best order grows with the budget, so one walk over the orders serves all budgets; any order is a valid bound.
  let best = 0;
  for (let index = 0; index <= Math.max(-first, length - 1 + first); index++) {
    const budget = index * step;
    const logDelta = (order: number) => (orders[order]?.constant ?? 0) - (orders[order]?.excess ?? 0) * budget;
    while (best + 1 < orders.length && logDelta(best + 1) <= logDelta(best)) best++;
    const delta = Math.min(1, Math.exp(logDelta(best) + 1e-11));
    if (index - first < length) values[index - first] = delta;
    // By duality delta(−s) = 1 − e^−s + e^−s·delta′(s), with the swapped pair bounded by the same divergence.
    if (index <= -first) values[-index - first] = Math.min(1, -Math.expm1(-budget) + Math.exp(-budget) * delta);
  }
  return { first, values, step };
}

/** The same bound on a grid `coarseness` times finer, by chords in e^s: valid for a bound that is convex in e^s. */
export function refineRemainder(remainder: Remainder, coarseness: number): Remainder {
  if (coarseness === 1) return remainder;
  const step = remainder.step / coarseness;
  const full = Math.expm1(remainder.step);
  const shares = Float64Array.from({ length: coarseness }, (_, part) => Math.expm1(part * step) / full);
  const length = (remainder.values.length - 1) * coarseness + 1;
  const values = Float64Array.from({ length }, (_, index) => {
    const cell = Math.floor(index / coarseness);
    const [left, right] = [remainder.values[cell]!, remainder.values[cell + 1] ?? 0];
    return left + shares[index % coarseness]! * (right - left);
  });
  return { first: remainder.first * coarseness, values, step };
}
