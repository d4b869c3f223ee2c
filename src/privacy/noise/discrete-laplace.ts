import { TabveilError } from '../../errors.ts';
import { formatRational, type Rational } from '../../math/rational.ts';
import type { BitSource } from '../../random/bit-source.ts';
import { bernoulliExpMinusOne, bernoulliExpUnit } from './bernoulli-exp.ts';

/** Keeps every intermediate value of the sampler a safe integer (a geometric draw above 256 has probability e^-256). */
const LARGEST_NUMERATOR = 2n ** 45n;

/**
 * Exact discrete Laplace noise: P[x] proportional to exp(-|x| / scale) over the integers.
 * @source Canonne, Kamath, Steinke 2020, Algorithm 2.
 */
export class DiscreteLaplaceSampler {
  readonly #bits: BitSource;
  readonly #numerator: number;
  readonly #denominator: number;

  /**
   * @param scale positive, with a numerator of at most 2^45 in lowest terms.
   * @throws TabveilError when the scale is not positive or too large.
   */
  constructor(bits: BitSource, scale: Rational) {
    if (scale.numerator <= 0n || scale.numerator > LARGEST_NUMERATOR) {
      throw new TabveilError(
        'usage',
        'noise.laplace-scale',
        `discrete Laplace: the scale ${formatRational(scale)} must be positive with a numerator up to 2^45.`,
      );
    }
    this.#bits = bits;
    this.#numerator = Number(scale.numerator);
    this.#denominator = Number(scale.denominator);
  }

  /** One draw. */
  draw(): number {
    for (;;) {
      const isNegative = this.#bits.bernoulli(1, 2);
      const magnitude = this.#drawMagnitude();
      // Zero is drawn with both signs; dropping one of them makes its weight right.
      if (!isNegative || magnitude !== 0) return isNegative ? -magnitude : magnitude;
    }
  }

  /** Geometric with ratio exp(-1/scale). */
  #drawMagnitude(): number {
    let remainder: number;
    do remainder = this.#bits.below(this.#numerator);
    while (!bernoulliExpUnit(this.#bits, remainder, this.#numerator));
    let wholes = 0;
    while (bernoulliExpMinusOne(this.#bits)) wholes++;
    const steps = wholes * this.#numerator + remainder;
    return this.#denominator === 1 ? steps : Math.floor(steps / this.#denominator);
  }
}
