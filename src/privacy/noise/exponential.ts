import { TabveilError } from '../../errors.ts';
import { formatRational, type Rational, rational, rationalToNumber } from '../../math/rational.ts';
import type { BitSource } from '../../random/bit-source.ts';
import { ExpTrial, type LazyExponent } from './bernoulli-exp.ts';

/** What the exponential mechanism needs besides the scores. */
export interface ExponentialChoice {
  /** Positive. */
  readonly epsilon: Rational;
  /** How far one unit can move one score; positive. */
  readonly sensitivity: Rational;
}

/**
 * The exponential mechanism, exactly: index i with probability proportional to exp(epsilon·score_i / (2·sensitivity)).
 *
 * Candidates are proposed uniformly *with* replacement and accepted with probability exp(-epsilon·(max-score)/(2·sensitivity)),
 * which is the exponential mechanism; without replacement it would be permute-and-flip, whose loss is not bounded by
 * epsilon²/8 zCDP.
 * @param scores at least one; integers within ±2^52.
 * @throws TabveilError when there is no candidate or a parameter is not positive.
 */
export function chooseExponential(bits: BitSource, scores: Float64Array, choice: ExponentialChoice): number {
  const { epsilon, sensitivity } = choice;
  if (scores.length === 0 || epsilon.numerator <= 0n || sensitivity.numerator <= 0n) {
    throw new TabveilError(
      'bug',
      'noise.exponential',
      `exponential mechanism: ${scores.length} candidates, epsilon ${formatRational(epsilon)}, sensitivity ` +
        `${formatRational(sensitivity)}; at least one candidate and positive parameters are needed.`,
    );
  }
  const gap = new ScoreGap(choice);
  const accept = new ExpTrial(bits, gap);
  const best = scores.reduce((left, right) => Math.max(left, right));
  for (;;) {
    const index = bits.below(scores.length);
    gap.size = best - scores[index]!;
    if (accept.draw()) return index;
  }
}

/** The exponent epsilon·size / (2·sensitivity). */
class ScoreGap implements LazyExponent {
  size = 0;
  readonly #unit: Rational;
  readonly #unitEstimate: number;

  constructor({ epsilon, sensitivity }: ExponentialChoice) {
    this.#unit = rational(
      epsilon.numerator * sensitivity.denominator,
      2n * epsilon.denominator * sensitivity.numerator,
    );
    this.#unitEstimate = rationalToNumber(this.#unit);
  }

  estimate(): number {
    return this.size * this.#unitEstimate;
  }

  exact(): Rational {
    return rational(BigInt(this.size) * this.#unit.numerator, this.#unit.denominator);
  }
}
