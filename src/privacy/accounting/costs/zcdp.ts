/**
 * Concentrated differential privacy (zCDP) and its tight conversion to (epsilon, delta).
 *
 * A rho-zCDP mechanism satisfies, for every order alpha > 1,
 * delta(epsilon) ≤ exp((alpha − 1)(alpha·rho − epsilon)) / (alpha − 1) · (1 − 1/alpha)^alpha.
 * The best order solves a monotone equation; any order gives a valid bound, so a slightly wrong root only costs
 * second-order looseness and never safety.
 *
 * @source Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS 2020, Proposition 12 and
 * Corollary 13. We solve for the order in closed derivative form and round every result outward.
 */

/** Relative slack per arithmetic result, about 40 units in the last place: covers the few operations of each formula. */
const OUTWARD = 1e-14;

/** Halvings of a double-precision interval after which nothing changes any more. */
const BISECTION_STEPS = 200;

/**
 * The smallest epsilon for which every `rho`-zCDP mechanism is (epsilon, `delta`)-DP by the tight conversion.
 * @param rho total concentrated cost, ≥ 0.
 * @param delta in (0, 1).
 * **Numerics**: rounded up; relative error below 1e-12.
 * @example zcdpEpsilon(0.5, 1e-6) // 5.2215
 */
export function zcdpEpsilon(rho: number, delta: number): number {
  if (rho === 0) return 0;
  if (!(rho > 0) || !(delta > 0)) return Number.POSITIVE_INFINITY;
  if (delta >= 1) return 0;
  const logInverseDelta = -Math.log(delta);
  // d epsilon / d alpha = 0 is rho·(alpha − 1)² = ln(1/(delta·alpha)): left grows, right falls.
  const excess = bisectLogScale(
    (x) => rho * x * x - logInverseDelta + Math.log1p(x),
    -745,
    Math.min(709, logInverseDelta + 1),
  );
  const alpha = 1 + excess;
  const logKeep = -Math.log1p(1 / excess);
  const perOrder = (logInverseDelta - Math.log1p(excess)) / excess;
  const epsilon = alpha * rho + logKeep + perOrder;
  const magnitude = alpha * rho - logKeep + (logInverseDelta + Math.log1p(excess)) / excess;
  return Math.max(0, epsilon + OUTWARD * magnitude);
}

/**
 * The smallest delta for which every `rho`-zCDP mechanism is (`epsilon`, delta)-DP by the tight conversion.
 * @param rho total concentrated cost, ≥ 0.
 * @param epsilon ≥ 0.
 * **Numerics**: rounded up; relative error below 1e-9 while rho and epsilon are below 1e4.
 * @example zcdpDelta(0.1, 1) // 0.0089332
 */
export function zcdpDelta(rho: number, epsilon: number): number {
  if (rho === 0) return 0;
  if (!(rho > 0) || !(epsilon >= 0)) return 1;
  // d ln(delta) / d alpha = 0 is (2·alpha − 1)·rho + ln(1 − 1/alpha) = epsilon: the left side grows.
  const excess = bisectLogScale((x) => (2 * x + 1) * rho - Math.log1p(1 / x) - epsilon, -700, 700);
  const alpha = 1 + excess;
  const exponent = excess * (alpha * rho - epsilon);
  const shrink = alpha * Math.log1p(1 / excess) + Math.log(excess);
  const magnitude = excess * (alpha * rho + epsilon) + alpha * Math.log1p(1 / excess) + Math.abs(Math.log(excess));
  return Math.min(1, Math.exp(exponent - shrink + OUTWARD * magnitude));
}

/**
 * The largest rho whose tight conversion at `delta` costs at most `epsilon`: `zcdpEpsilon(rho, delta) <= epsilon` holds.
 * @param epsilon > 0.
 * @param delta in (0, 1).
 * **Numerics**: rounded down; relative error below 1e-12.
 * @example zcdpRho(1, 1e-9) // 0.0149731
 */
export function zcdpRho(epsilon: number, delta: number): number {
  if (!(epsilon > 0) || !(delta > 0)) return 0;
  if (delta >= 1) return Number.POSITIVE_INFINITY;
  // rho ≤ epsilon + ln(1/delta)… is never reached: epsilon(rho) ≥ rho + ln(1 − …) grows at least like rho.
  let low = 0;
  let high = 1;
  while (zcdpEpsilon(high, delta) <= epsilon) high *= 2;
  for (let step = 0; step < BISECTION_STEPS; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (zcdpEpsilon(middle, delta) <= epsilon) low = middle;
    else high = middle;
  }
  return low;
}

/** The root of an increasing function of x > 0, searched on a logarithmic scale between two natural logarithms. */
function bisectLogScale(increasing: (x: number) => number, logLow: number, logHigh: number): number {
  let low = logLow;
  let high = logHigh;
  for (let step = 0; step < BISECTION_STEPS; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (increasing(Math.exp(middle)) < 0) low = middle;
    else high = middle;
  }
  return Math.exp(high);
}
