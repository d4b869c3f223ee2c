import { type Rational, rational, rationalToNumber } from '../../math/rational.ts';
import type { BitSource, ExactRatio } from '../../random/bit-source.ts';

/** Below this exponent a double estimate is surely within 2^-34 of the exact value. */
const LARGEST_ESTIMATED_EXPONENT = 32;
/** Estimates closer than this to a whole number are settled by integer arithmetic. */
const NEAR_WHOLE = 2 ** -20;

/**
 * True with probability exactly exp(-numerator/denominator) for 0 ≤ numerator ≤ denominator ≤ 2^45.
 * @source Canonne, Kamath, Steinke, "The discrete Gaussian for differential privacy", 2020, Algorithm 1.
 */
export function bernoulliExpUnit(bits: BitSource, numerator: number, denominator: number): boolean {
  let divisor = 1;
  while (bits.bernoulli(numerator, denominator * divisor)) divisor++;
  return divisor % 2 === 1;
}

/** True with probability exactly exp(-1). */
export function bernoulliExpMinusOne(bits: BitSource): boolean {
  return bernoulliExpUnit(bits, 1, 1);
}

/** A non-negative rational exponent, with its exact value on demand. */
export interface LazyExponent {
  /** The exponent as a double; when at most 32, wrong by less than 2^-35. */
  estimate(): number;
  /** The exact exponent. */
  exact(): Rational;
}

/**
 * Draws that are true with probability exactly exp(-exponent), for any non-negative rational exponent.
 *
 * **Numerics**: doubles only decide draws that integer arithmetic would decide the same way.
 * @source Canonne, Kamath, Steinke 2020, Algorithm 1; the integer comparisons are done lazily.
 */
export class ExpTrial implements ExactRatio {
  readonly #bits: BitSource;
  readonly #exponent: LazyExponent;
  /** Whole units of the exponent that exp(-1) trials have already paid. */
  #whole = 0;
  #divisor = 1;

  constructor(bits: BitSource, exponent: LazyExponent) {
    this.#bits = bits;
    this.#exponent = exponent;
  }

  /** One draw for the current value of the exponent. */
  draw(): boolean {
    const estimate = this.#exponent.estimate();
    const surelyWhole = Math.ceil(estimate) - 2;
    for (this.#whole = 0; this.#whole < surelyWhole; this.#whole++) {
      if (!bernoulliExpMinusOne(this.#bits)) return false;
    }
    for (; this.#restExceedsOne(estimate); this.#whole++) {
      if (!bernoulliExpMinusOne(this.#bits)) return false;
    }
    return this.#drawRest(estimate);
  }

  /** The exact probability of the coin being tossed: (exponent - whole) / divisor. */
  exact(): Rational {
    const { numerator, denominator } = this.#rest();
    return rational(numerator, denominator * BigInt(this.#divisor));
  }

  #rest(): Rational {
    const { numerator, denominator } = this.#exponent.exact();
    return { numerator: numerator - BigInt(this.#whole) * denominator, denominator };
  }

  #restExceedsOne(estimate: number): boolean {
    const rest = estimate - this.#whole;
    if (estimate <= LARGEST_ESTIMATED_EXPONENT && Math.abs(rest - 1) > NEAR_WHOLE) return rest > 1;
    const { numerator, denominator } = this.#rest();
    return numerator > denominator;
  }

  #drawRest(estimate: number): boolean {
    const rest = estimate <= LARGEST_ESTIMATED_EXPONENT ? estimate - this.#whole : rationalToNumber(this.#rest());
    for (this.#divisor = 1; this.#bits.bernoulliLazy(rest / this.#divisor, this); this.#divisor++);
    return this.#divisor % 2 === 1;
  }
}
