import { type Rational, rationalToNumber } from '../../math/rational.ts';

/** P[noise ≥ x] for integers x, never below the true value. */
export interface UpperTail {
  /** Upper bound on P[noise ≥ x]; 1 for x ≤ 0. */
  at(x: number): number;
  /** An x from which on the tail is below 1e-300. */
  readonly end: number;
}

/** Relative error of a ratio of sums of at most 2^20 positive doubles, each within 2^-42. */
const SUM_ERROR = 2 ** -32;
/** Added to every tail: more than what the tables leave out at their far end. */
const BEYOND_TABLE = 1e-300;
/** Beyond this many sigmas the density is below the smallest double. */
const SIGMAS = 39;
/** Tails are tabulated in blocks of this fraction of sigma, which keeps the table below 2^20 entries. */
const BLOCKS_PER_SIGMA = 2 ** 14;

/**
 * The upper tail of the discrete Gaussian, tabulated once.
 *
 * **Numerics**: rounds up. Up to sigma = 2^15 the excess is below 1e-9 relative; above, blocks of sigma/2^14 integers are
 * bounded by their largest density, an excess below 0.3 % in the tail.
 * @param variance positive.
 */
export function gaussianTail(variance: Rational): UpperTail {
  const sigmaSquared = rationalToNumber(variance);
  const sigma = Math.sqrt(sigmaSquared);
  const width = Math.max(1, Math.floor(sigma / BLOCKS_PER_SIGMA));
  const blocks = Math.ceil((SIGMAS * sigma) / width) + 2;
  const density = (x: number) => Math.exp((-x * x) / (2 * sigmaSquared));
  const sums = new Float64Array(blocks + 1);
  for (let block = blocks - 1; block >= 0; block--) sums[block] = sums[block + 1]! + width * density(block * width);
  // By Poisson summation the sum over all integers exceeds sqrt(2π)·sigma; with blocks the table itself exceeds the sum.
  const total = width === 1 ? 2 * sums[0]! - 1 : Math.sqrt(2 * Math.PI) * sigma;
  const factor = (1 + SUM_ERROR) / total;
  const tail = (x: number) => factor * (sums[Math.min(blocks, Math.floor(x / width))] ?? 0) + BEYOND_TABLE;
  return { at: (x) => (x <= 0 ? 1 : Math.min(1, tail(x))), end: blocks * width };
}

/** The upper tail of the discrete Laplace: exp(-x/scale) / (1 + exp(-1/scale)), rounded up. */
export function laplaceTail(scale: Rational): UpperTail {
  const rate = 1 / rationalToNumber(scale);
  const factor = (1 + SUM_ERROR) / (1 + Math.exp(-rate));
  return {
    at: (x) => (x <= 0 ? 1 : Math.min(1, factor * Math.exp(-rate * x) + BEYOND_TABLE)),
    end: Math.ceil(700 / rate),
  };
}
