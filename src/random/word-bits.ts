import type { BitSource, ExactRatio } from './bit-source.ts';

/** 64 KiB: large enough that the cost of a system call vanishes, and the largest request browsers allow. */
const POOL_WORDS = 16_384;
const TWO_32 = 2 ** 32;
/** Up to this bound the product with a 32-bit word is exact in a double. */
const LARGEST_SMALL_BOUND = 2 ** 21;

/**
 * Exact uniform integers and exactly biased coins from a supply of uniform 32-bit words.
 *
 * **Numerics**: no output depends on a rounded value. A coin compares one word with an estimate of its probability and
 * falls back to integer arithmetic in the few cases (about 1 in 10^9) that the estimate cannot decide.
 */
export abstract class WordBits implements BitSource {
  readonly #pool = new Uint32Array(POOL_WORDS);
  #next = POOL_WORDS;

  /** Fills `pool` with uniform 32-bit words. */
  protected abstract refill(pool: Uint32Array): void;

  /** The next uniform 32-bit word; it is erased from the pool. */
  protected word(): number {
    if (this.#next === POOL_WORDS) {
      this.refill(this.#pool);
      this.#next = 0;
    }
    const index = this.#next++;
    const word = this.#pool[index]!;
    this.#pool[index] = 0;
    return word;
  }

  fillWords(out: Uint32Array): void {
    this.refill(out);
  }

  below(bound: number): number {
    if (bound === 1) return 0;
    if (bound <= LARGEST_SMALL_BOUND) return this.#belowSmall(bound);
    // Remainders of doubles are slow, and these two bounds, which noise asks for most, need none.
    if (bound === 2 ** 53 || bound === TWO_32) {
      const high = this.word() >>> 11;
      return (bound === TWO_32 ? 0 : high * TWO_32) + this.word();
    }
    const limit = 2 ** 53 - (2 ** 53 % bound);
    for (;;) {
      const candidate = (this.word() >>> 11) * TWO_32 + this.word();
      if (candidate < limit) return candidate % bound;
    }
  }

  /** Multiply-and-reject: the high half of word · bound, redrawn for the low halves that would favour some results. */
  #belowSmall(bound: number): number {
    for (;;) {
      const product = this.word() * bound;
      const high = Math.floor(product / TWO_32);
      const low = product - high * TWO_32;
      if (low >= bound || low >= TWO_32 % bound) return high;
    }
  }

  belowBig(bound: bigint): bigint {
    const bitCount = (bound - 1n).toString(2).length;
    for (;;) {
      let candidate = 0n;
      for (let bits = 0; bits < bitCount; bits += 32) candidate = (candidate << 32n) | BigInt(this.word());
      candidate >>= BigInt((32 - (bitCount % 32)) % 32);
      if (candidate < bound) return candidate;
    }
  }

  bernoulli(numerator: number, denominator: number): boolean {
    if (numerator >= denominator) return true;
    if (numerator <= 0) return false;
    const scaled = (numerator / denominator) * TWO_32;
    const word = this.word();
    if (word < scaled - 2) return true;
    if (word > scaled + 1) return false;
    return this.#settle(word, BigInt(numerator), BigInt(denominator));
  }

  bernoulliLazy(estimate: number, ratio: ExactRatio): boolean {
    const scaled = estimate * TWO_32;
    const word = this.word();
    if (word < scaled - 2) return true;
    if (word > scaled + 1) return false;
    const { numerator, denominator } = ratio.exact();
    return this.#settle(word, numerator, denominator);
  }

  /** Whether (word + V) / 2^32 < numerator / denominator for a fresh uniform V in [0, 1). */
  #settle(word: number, numerator: bigint, denominator: bigint): boolean {
    const rest = (numerator << 32n) - BigInt(word) * denominator;
    if (rest <= 0n) return false;
    if (rest >= denominator) return true;
    return this.belowBig(denominator) < rest;
  }
}
