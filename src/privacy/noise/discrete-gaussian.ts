import { TabveilError } from '../../errors.ts';
import { formatRational, type Rational, rational, rationalToNumber } from '../../math/rational.ts';
import type { BitSource } from '../../random/bit-source.ts';
import { ExpTrial, type LazyExponent } from './bernoulli-exp.ts';
import { DiscreteLaplaceSampler } from './discrete-laplace.ts';

/** Keeps noise far inside the safe integers. */
const LARGEST_SIGMA = 2n ** 40n;

/**
 * Exact discrete Gaussian noise: P[x] proportional to exp(-x² / (2·variance)) over the integers. `variance` is the
 * parameter of the distribution; its true variance is slightly smaller when the parameter is below about 1.
 *
 * **Cost**: about a microsecond per draw at any variance.
 * @source Canonne, Kamath, Steinke 2020, Algorithm 3.
 */
export class DiscreteGaussianSampler implements LazyExponent {
  readonly #variance: Rational;
  readonly #varianceEstimate: number;
  readonly #scale: number;
  readonly #laplace: DiscreteLaplaceSampler;
  readonly #accept: ExpTrial;
  #magnitude = 0;

  /**
   * @param variance positive, below 2^80.
   * @throws TabveilError when the variance is not positive or too large.
   */
  constructor(bits: BitSource, variance: Rational) {
    const sigma = variance.numerator > 0n ? integerSquareRoot(variance.numerator / variance.denominator) : -1n;
    if (sigma < 0n || sigma >= LARGEST_SIGMA) {
      throw new TabveilError(
        'usage',
        'noise.gaussian-variance',
        `discrete Gaussian: the variance ${formatRational(variance)} must be positive and below 2^80.`,
      );
    }
    this.#variance = variance;
    this.#varianceEstimate = rationalToNumber(variance);
    this.#scale = Number(sigma) + 1;
    this.#laplace = new DiscreteLaplaceSampler(bits, rational(sigma + 1n));
    this.#accept = new ExpTrial(bits, this);
  }

  /** One draw. */
  draw(): number {
    for (;;) {
      const candidate = this.#laplace.draw();
      this.#magnitude = Math.abs(candidate);
      if (this.#accept.draw()) return candidate;
    }
  }

  /** @internal Exponent of the acceptance probability, (|y| - variance/scale)² / (2·variance). */
  estimate(): number {
    const distance = this.#magnitude - this.#varianceEstimate / this.#scale;
    return (distance * distance) / (2 * this.#varianceEstimate);
  }

  /** @internal The same exponent, exactly. */
  exact(): Rational {
    const { numerator, denominator } = this.#variance;
    const scale = BigInt(this.#scale);
    const distance = BigInt(this.#magnitude) * denominator * scale - numerator;
    return rational(distance * distance, 2n * numerator * denominator * scale * scale);
  }
}

/** Largest integer whose square is at most `value` (Newton's method from above). */
function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
