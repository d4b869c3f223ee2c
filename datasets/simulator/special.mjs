// @ts-check
/** Distribution functions that the worlds' true quantities are computed with; errors below 1e-12. */

/** Beyond this the normal tail is below the smallest quantity of interest by many orders of magnitude. */
const FAR = 8.5;

/**
 * Standard normal distribution function, by its Taylor-like series.
 *
 * @param {number} x
 * @source Marsaglia, Evaluating the Normal Distribution, J. Stat. Softw. 11(4), 2004, equation 2
 */
export function normalCdf(x) {
  if (x < -FAR) return 0;
  if (x > FAR) return 1;
  let term = x;
  let sum = x;
  for (let power = 3; Math.abs(term) > 1e-17 * Math.abs(sum); power += 2) {
    term *= (x * x) / power;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/**
 * Distribution function of a normal deviate plus, with probability `tailShare`, an exponential deviate of the given rate.
 * It is the law of the logarithm of a log-normal amount with a Pareto tail.
 *
 * @param {number} x
 * @param {{ mean: number, sd: number, tailShare: number, rate: number }} law
 */
export function tailedNormalCdf(x, { mean, sd, tailShare, rate }) {
  const z = (x - mean) / sd;
  const body = normalCdf(z);
  const shifted = normalCdf(z - rate * sd);
  // exp(...) overflows where `shifted` has already vanished.
  const tail = shifted === 0 ? 0 : Math.exp(-rate * (x - mean) + (rate * sd) ** 2 / 2) * shifted;
  return body - tailShare * tail;
}

/**
 * Point where an increasing function reaches a level, by bisection.
 *
 * @param {(x: number) => number} increasing
 * @param {number} level
 * @param {readonly [number, number]} bracket values below and above the answer
 */
export function invert(increasing, level, [low, high]) {
  let [below, above] = [low, high];
  for (let step = 0; step < 50; step++) {
    const middle = (below + above) / 2;
    if (increasing(middle) < level) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/**
 * Nodes and weights for the mean of a function of a standard normal deviate: the trapezoid rule on [-6, 6], which
 * converges faster than any power of the step for smooth functions.
 *
 * @param {number} count
 * @returns {readonly { readonly x: number, readonly weight: number }[]} weights sum to 1
 */
export function normalNodes(count) {
  const reach = 6;
  const nodes = Array.from({ length: count }, (_, index) => {
    const x = -reach + (2 * reach * index) / (count - 1);
    return { x, weight: Math.exp((-x * x) / 2) };
  });
  const total = nodes.reduce((sum, node) => sum + node.weight, 0);
  return nodes.map(({ x, weight }) => ({ x, weight: weight / total }));
}

/**
 * Nodes and weights for the mean of a function of an exponential deviate with mean 1: midpoints of equal-probability
 * steps.
 *
 * @param {number} count
 * @returns {readonly { readonly x: number, readonly weight: number }[]} weights sum to 1
 */
export function exponentialNodes(count) {
  return Array.from({ length: count }, (_, index) => ({
    x: -Math.log(1 - (index + 0.5) / count),
    weight: 1 / count,
  }));
}

/** @param {number} logit */
export function sigmoid(logit) {
  return 1 / (1 + Math.exp(-logit));
}
