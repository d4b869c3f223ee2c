import { normalUpper, normalUpperQuantile } from '../../../math/normal.ts';
import { type Cumulant, cumulantOfPoints, type Direction, type DominatingPair } from './dominating-pair.ts';
import { cellBoundaries, type LossPmf, normalIntervals, splitCells } from './loss-pmf.ts';

/** Mass of low losses that may be rounded up to the lowest grid point. */
const LOW_TAIL = 1e-16;

/** Quadrature nodes for the cumulant estimate: per standard deviation, and at most. */
const NODES_PER_SIGMA = 6;
const MOST_NODES = 20_000;

/**
 * One Poisson-subsampled Gaussian release: with probability q the unit's vector, of length at most 1, is added before
 * noise of standard deviation sigma.
 *
 * Removing: P = (1 − q)·N(0, sigma²) + q·N(1, sigma²) against Q = N(0, sigma²); adding: the same two swapped. Both losses
 * are monotone in the noisy value x.
 * @source Zhu, Dong, Wang 2022, Proposition 30 (dominating pairs of Poisson subsampling for both directions).
 */
export function subsampledGaussianPair(rate: number, sigma: number, direction: Direction): DominatingPair {
  return direction === 'remove' ? removePair(rate, sigma) : addPair(rate, sigma);
}

/** ln(1 − q + q·exp((2x − 1)/(2·sigma²))), without cancellation for small q and without overflow. */
function logRatio(x: number, rate: number, sigma: number): number {
  const exponent = (2 * x - 1) / (2 * sigma * sigma);
  return exponent > 30
    ? exponent + Math.log(rate + (1 - rate) * Math.exp(-exponent))
    : Math.log1p(rate * Math.expm1(exponent));
}

/** The x at which the log ratio is `loss`; −∞ when it is always larger. */
function inverseLogRatio(loss: number, rate: number, sigma: number): number {
  const scaled = loss > 30 ? loss + Math.log1p(-(1 - rate) * Math.exp(-loss)) : Math.log(Math.expm1(loss) + rate);
  return Number.isNaN(scaled) ? Number.NEGATIVE_INFINITY : sigma * sigma * (scaled - Math.log(rate)) + 0.5;
}

function removePair(rate: number, sigma: number): DominatingPair {
  return {
    hockeyStick(epsilon) {
      const x = inverseLogRatio(epsilon, rate, sigma);
      const included = rate * normalUpper((x - 1) / sigma);
      const excluded = (Math.expm1(epsilon) + rate) * normalUpper(x / sigma);
      return Math.min(1, Math.max(0, included - excluded) + 1e-13 * included);
    },
    cumulant: (tilt, tail = 0) => mixtureCumulant(rate, sigma, tilt, tail),
    largestLoss: Number.POSITIVE_INFINITY,
    lattice: undefined,
    discretise: (step, tail) => discretiseRemove(rate, sigma, step, tail),
  };
}

function addPair(rate: number, sigma: number): DominatingPair {
  const largestLoss = -Math.log1p(-rate);
  return {
    hockeyStick(epsilon) {
      if (epsilon >= largestLoss) return 0;
      const x = inverseLogRatio(-epsilon, rate, sigma);
      const excluded = (1 - Math.exp(epsilon) * (1 - rate)) * normalUpper(-x / sigma);
      const included = Math.exp(epsilon) * rate * normalUpper((1 - x) / sigma);
      return Math.min(1, Math.max(0, excluded - included) + 1e-13 * excluded);
    },
    // The loss of adding is minus that of removing, under the other member: K_add(t) = K_remove(−t − 1).
    cumulant: (tilt) => {
      const { value, mean, variance } = mixtureCumulant(rate, sigma, -tilt - 1, 0);
      return { value, mean: -mean, variance };
    },
    largestLoss,
    lattice: undefined,
    discretise: (step) => discretiseAdd(rate, sigma, step),
  };
}

/**
 * Cumulant of the removing loss by the trapezoidal rule over x, wide enough for the tilted density: where the loss grows
 * linearly in x the tilt moves it by up to `tilt` + 1; on the flat side, only by the logarithm of that.
 */
function mixtureCumulant(rate: number, sigma: number, tilt: number, tail: number): Cumulant {
  const reach = Math.abs(tilt) + 3;
  const flatReach = Math.min(reach, sigma * sigma * (Math.log1p(Math.abs(tilt)) + 2));
  const low = -9 * sigma - flatReach;
  const high = Math.min(
    1 + 9 * sigma + (tilt > -1 ? reach : 2),
    tail > 0 ? highestValue(rate, sigma, tail) : Number.POSITIVE_INFINITY,
  );
  const nodes = Math.min(MOST_NODES, Math.ceil(((high - low) / sigma) * NODES_PER_SIGMA));
  const width = (high - low) / nodes;
  const base = Math.log(width / (sigma * Math.sqrt(2 * Math.PI)));
  const losses = new Float64Array(nodes + 1);
  const logWeights = new Float64Array(nodes + 1);
  for (let node = 0; node <= nodes; node++) {
    const x = low + node * width;
    losses[node] = logRatio(x, rate, sigma);
    logWeights[node] = base - (x * x) / (2 * sigma * sigma) + losses[node]!;
  }
  return cumulantOfPoints(losses, logWeights, tilt);
}

/** A noisy value exceeded with probability at most `tail`: half for the sampled part, half for the rest. */
function highestValue(rate: number, sigma: number, tail: number): number {
  const z = (share: number) => (share >= 0.5 ? 0 : normalUpperQuantile(Math.max(share, 1e-300)));
  return Math.max(1 + sigma * z(tail / (2 * rate)), sigma * z(tail / 2));
}

function discretiseRemove(rate: number, sigma: number, step: number, tail: number): LossPmf {
  const highest = highestValue(rate, sigma, tail);
  const lowest = -sigma * normalUpperQuantile(LOW_TAIL);
  const boundaries = cellBoundaries(logRatio(lowest, rate, sigma), logRatio(highest, rate, sigma), step);
  const points = Float64Array.from(boundaries, (index) => inverseLogRatio(index * step, rate, sigma));
  const excluded = normalIntervals(points.map((x) => x / sigma));
  const included = normalIntervals(points.map((x) => (x - 1) / sigma));
  const mass = new Float64Array(excluded.mass.length);
  const excess = new Float64Array(mass.length);
  const error = new Float64Array(mass.length);
  for (let j = 0; j < mass.length; j++) {
    // P − e^l·Q = q·N(1) − (e^l − 1 + q)·N(0) on the cell.
    const scale = Math.expm1(boundaries[j]! * step) + rate;
    mass[j] = (1 - rate) * excluded.mass[j]! + rate * included.mass[j]!;
    excess[j] = rate * included.mass[j]! - scale * excluded.mass[j]!;
    const magnitude = rate * included.mass[j]! + Math.abs(scale) * excluded.mass[j]!;
    error[j] = (1 + Math.abs(scale)) * excluded.error[j]! + rate * included.error[j]! + 2 ** -49 * magnitude;
  }
  return splitCells({ boundaries, mass, excess, error, below: LOW_TAIL, above: tail }, step);
}

function discretiseAdd(rate: number, sigma: number, step: number): LossPmf {
  // x ~ N(0, sigma²) and the loss falls with x: the largest loss is at x = −∞, the smallest kept one far right.
  const rightmost = sigma * normalUpperQuantile(LOW_TAIL);
  const boundaries = cellBoundaries(-logRatio(rightmost, rate, sigma), -Math.log1p(-rate), step);
  const cells = boundaries.length - 1;
  const points = Float64Array.from(boundaries, (_, j) => inverseLogRatio(-boundaries[cells - j]! * step, rate, sigma));
  const excluded = normalIntervals(points.map((x) => x / sigma));
  const included = normalIntervals(points.map((x) => (x - 1) / sigma));
  const mass = new Float64Array(cells);
  const excess = new Float64Array(cells);
  const error = new Float64Array(cells);
  for (let j = 0; j < cells; j++) {
    // Points ascend in x, so cell j of the loss is interval cells − 1 − j; P − e^l·Q = (1 − e^l(1 − q))·N(0) − e^l·q·N(1).
    const interval = cells - 1 - j;
    const growth = rate * Math.exp(boundaries[j]! * step);
    const scale = growth - Math.expm1(boundaries[j]! * step);
    mass[j] = excluded.mass[interval]!;
    excess[j] = scale * excluded.mass[interval]! - growth * included.mass[interval]!;
    const magnitude = Math.abs(scale) * excluded.mass[interval]! + growth * included.mass[interval]!;
    error[j] =
      (1 + Math.abs(scale)) * excluded.error[interval]! + growth * included.error[interval]! + 2 ** -49 * magnitude;
  }
  return splitCells({ boundaries, mass, excess, error, below: LOW_TAIL, above: 0 }, step);
}
