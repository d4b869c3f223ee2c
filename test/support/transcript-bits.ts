import { gcd } from '../../src/math/rational.ts';
import type { BitSource, ExactRatio } from '../../src/random/bit-source.ts';

/** One uniform draw: the bound and the value, as decimal texts. */
export type UniformCall = readonly [bound: string, value: string];

/**
 * Replays recorded uniform draws and insists that each is asked for with the recorded bound. Coins are tossed as one
 * uniform draw below the denominator in lowest terms, as in the published algorithms.
 */
export class TranscriptBits implements BitSource {
  readonly #calls: readonly UniformCall[];
  #next = 0;

  constructor(calls: readonly UniformCall[]) {
    this.#calls = calls;
  }

  /** Draws not yet asked for. */
  get remaining(): number {
    return this.#calls.length - this.#next;
  }

  fillWords(out: Uint32Array): void {
    for (let index = 0; index < out.length; index++) out[index] = this.below(2 ** 32);
  }

  below(bound: number): number {
    return Number(this.belowBig(BigInt(bound)));
  }

  belowBig(bound: bigint): bigint {
    const call = this.#calls[this.#next];
    if (call === undefined) throw new Error(`draw ${this.#next} below ${bound}: the transcript has ended`);
    if (BigInt(call[0]) !== bound) throw new Error(`draw ${this.#next}: below ${bound}, but ${call[0]} was recorded`);
    this.#next++;
    return BigInt(call[1]);
  }

  bernoulli(numerator: number, denominator: number): boolean {
    return this.#toss(BigInt(numerator), BigInt(denominator));
  }

  bernoulliLazy(_estimate: number, ratio: ExactRatio): boolean {
    const { numerator, denominator } = ratio.exact();
    return this.#toss(numerator, denominator);
  }

  #toss(numerator: bigint, denominator: bigint): boolean {
    const divisor = gcd(numerator, denominator);
    return this.belowBig(denominator / divisor) < numerator / divisor;
  }
}
