import type { PrivacyEvent } from '../../events.ts';
import { eventCount, eventRho, exactParameter, singleNoiseEpsilon } from './event-cost.ts';

/** Relative slack that pays for the roundings of one formula. */
const OUTWARD = 1 + 1e-12;

/** Orders above it are not worth their quadrature for subsampled events. */
export const LARGEST_SAMPLED_ORDER = 2048;

/** Quadrature nodes one order may cost; noise so small that it needs more is not helped by sampling. */
export const MOST_NODES = 200_000;

/** Nodes whose log ratios one event keeps: enough for the orders that matter, and little for 10,000 events. */
const NODES_KEPT = 256;

/** Rényi divergence of all repetitions of one event as a function of the order alpha > 1, rounded up. */
export type RenyiCurve = (alpha: number) => number;

/**
 * The Rényi cost of an event with its count, or `undefined` for an unknown kind.
 *
 * Gaussian noise of either sort: alpha·l2²/(2·variance). Pure and discrete Laplace: randomised response. Exponential
 * mechanism: the worst pair of bounded range. Poisson-subsampled Gaussian: quadrature of the dearer direction.
 * @param mostNodes quadrature nodes one order may cost; where it would need more, sampling is not counted.
 * @source Mironov, "Rényi Differential Privacy", 2017, Proposition 6 (randomised response); Canonne, Kamath, Steinke 2020,
 * Theorem 14 (discrete Gaussian); Dong, Durfee, Rogers 2020 (bounded range); Mironov, Talwar, Zhang 2019, Theorem 5 (the
 * remove direction is the dearer one for every order).
 */
export function renyiCurve(event: PrivacyEvent, mostNodes = MOST_NODES): RenyiCurve | undefined {
  const count = eventCount(event);
  if (event.kind === 'subsampled-gaussian' && event.samplingRate < 1) {
    const { samplingRate, noiseMultiplier } = event;
    // Sampling only helps: the mixture is no further from N(0, sigma²) than N(1, sigma²) is (quasi-convexity).
    const unsampled = (alpha: number) => alpha / (2 * noiseMultiplier ** 2);
    const sampled = subsampledGaussianRenyi(samplingRate, noiseMultiplier, mostNodes);
    return (alpha) => count * smaller(unsampled(alpha), sampled(alpha)) * OUTWARD;
  }
  const rho = eventRho(event);
  if (rho === undefined) return undefined;
  if (event.kind === 'exponential') {
    const range = exactParameter(event.epsilon);
    return (alpha) => count * selectionRenyi(range, alpha);
  }
  const pure = singleNoiseEpsilon(event);
  if (pure === undefined) return (alpha) => alpha * rho;
  return (alpha) => smaller(alpha * rho, count * randomisedResponseRenyi(pure, alpha) * OUTWARD);
}

/** The refined bound where it is a sensible number below the simple one. */
function smaller(simple: number, refined: number): number {
  return refined >= 0 && refined < simple ? refined : simple;
}

/** Divergence of one selection by the exponential mechanism of bounded range `range`, at most alpha·range²/8. */
export function selectionRenyi(range: number, alpha: number): number {
  return smaller((alpha * range * range) / 8, boundedRangeRenyi(range, alpha)) * OUTWARD;
}

/** ln(p·e^((alpha−1)·epsilon) + (1 − p)·e^(−(alpha−1)·epsilon))/(alpha − 1) with p = 1/(1 + e^−epsilon). */
export function randomisedResponseRenyi(epsilon: number, alpha: number): number {
  const reach = (alpha - 1) * epsilon;
  const logHigh = -Math.log1p(Math.exp(-epsilon));
  const divergence = reach + logHigh + Math.log1p(Math.exp(-epsilon - 2 * reach));
  // The terms cancel for small epsilon; what they can lose is added back.
  return (divergence + 2 ** -50 * (reach + 1)) / (alpha - 1);
}

/**
 * The largest divergence of two-point pairs with losses t and t − range, over t: with E = e^range and x = e^t the moment is
 * x^(alpha−1)·(A − x·B)/(E − 1), A = E − E^(1−alpha), B = 1 − E^(1−alpha), largest at x = (alpha − 1)·A/(alpha·B).
 */
export function boundedRangeRenyi(range: number, alpha: number): number {
  const logA = range + Math.log(-Math.expm1(-alpha * range));
  const logB = Math.log(-Math.expm1((1 - alpha) * range));
  const logFull = range + Math.log(-Math.expm1(-range));
  const logX = Math.log1p(-1 / alpha) + logA - logB;
  const logMoment = (alpha - 1) * logX + logA - Math.log(alpha) - logFull;
  const magnitude = alpha * (Math.abs(logA) + Math.abs(logB) + 1) + Math.abs(logFull);
  return (logMoment + 2 ** -49 * magnitude) / (alpha - 1);
}

/**
 * Divergence of (1 − q)·N(0, sigma²) + q·N(1, sigma²) from N(0, sigma²) as a function of the order, any real alpha > 1.
 *
 * The moment E[(1 − q + q·e^((2x − 1)/(2·sigma²)))^alpha], x ~ N(0, sigma²), by the trapezoidal rule, which converges
 * exponentially because the integrand is analytic up to imaginary part π·sigma².
 * **Numerics**: relative error of the moment below 1e-13; `Infinity` above order 2048 and where more than `mostNodes` are needed.
 * **Cost**: one exponential a node; the log ratios of the first nodes are kept from order to order.
 */
export function subsampledGaussianRenyi(rate: number, sigma: number, mostNodes = MOST_NODES): RenyiCurve {
  const square = sigma * sigma;
  const spacing = Math.min(0.4 * sigma, (Math.PI ** 2 * square) / (40 + 5 * square));
  const low = -9 * sigma;
  const logRatios: number[] = [];
  const logRatioAt = (node: number): number => {
    const known = logRatios[node];
    if (known !== undefined) return known;
    const logRatio = mixtureLogRatio(low + node * spacing, rate, square);
    if (node < NODES_KEPT) logRatios.push(logRatio);
    return logRatio;
  };
  return (alpha) => {
    const nodes = Math.ceil((alpha + 1 + 18 * sigma) / spacing);
    if (alpha > LARGEST_SAMPLED_ORDER || !(nodes <= mostNodes)) return Number.POSITIVE_INFINITY;
    let peak = Number.NEGATIVE_INFINITY;
    const logTerms = new Float64Array(nodes + 1);
    for (let node = 0; node <= nodes; node++) {
      const x = low + node * spacing;
      logTerms[node] = alpha * logRatioAt(node) - (x * x) / (2 * square);
      peak = Math.max(peak, logTerms[node]!);
    }
    let sum = 0;
    for (const logTerm of logTerms) sum += Math.exp(logTerm - peak);
    const logMoment = peak + Math.log(sum) + Math.log(spacing / (sigma * Math.sqrt(2 * Math.PI)));
    return (Math.max(0, logMoment) + 1e-13) / (alpha - 1);
  };
}

/** ln(1 − q + q·e^((2x − 1)/(2·sigma²))) without overflow. */
function mixtureLogRatio(x: number, rate: number, square: number): number {
  const exponent = (2 * x - 1) / (2 * square);
  return exponent > 30
    ? exponent + Math.log(rate + (1 - rate) * Math.exp(-exponent))
    : Math.log1p(rate * Math.expm1(exponent));
}
