import { describe, expect, it } from 'vitest';
import { type Rational, rational, rationalToNumber } from '../../src/math/rational.ts';
import { SecureBits } from '../../src/random/secure-bits.ts';
import { WordBits } from '../../src/random/word-bits.ts';
import { FALSE_ALARM_RATE, gTest, tally } from '../support/goodness-of-fit.ts';
import { StreamBits } from '../support/stream-bits.ts';

const DRAWS = 200_000;

/** Feeds the given words, then zeros. */
class FixedWords extends WordBits {
  readonly #words: readonly number[];
  constructor(words: readonly number[]) {
    super();
    this.#words = words;
  }
  protected override refill(pool: Uint32Array): void {
    pool.fill(0);
    pool.set(this.#words);
  }
}

const lazy = (numerator: bigint, denominator: bigint) => {
  const exact: Rational = rational(numerator, denominator);
  return { estimate: rationalToNumber(exact), ratio: { exact: () => exact } };
};

describe('WordBits', () => {
  it.each([2, 3, 7, 10, 1000, 2 ** 21, 2 ** 21 + 1, 2 ** 32, 2 ** 32 + 1, 3 * 2 ** 50, 2 ** 53])(
    'below(%d) is uniform in its range',
    (bound) => {
      const bits = new StreamBits(`below ${bound}`);
      const groups = Math.min(bound, 10);
      const cellOf = (x: number) => Math.floor((x / bound) * groups);
      const counts = tally(() => cellOf(bits.below(bound)), DRAWS, [0, groups - 1]);
      const sizes = Array.from({ length: groups }, (_, cell) => {
        const edge = (k: number) => Math.ceil((k * bound) / groups);
        return (edge(cell + 1) - edge(cell)) / bound;
      });
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(DRAWS);
      expect(gTest(counts, sizes, DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
    },
  );

  it.each([1n, 2n, 5n, 2n ** 32n, 2n ** 32n + 1n, 10n ** 30n])('belowBig(%s) is uniform in its range', (bound) => {
    const bits = new StreamBits(`below ${bound}`);
    const groups = bound < 10n ? Number(bound) : 10;
    const counts = tally(() => Number((bits.belowBig(bound) * BigInt(groups)) / bound), DRAWS, [0, groups - 1]);
    expect(gTest(counts, new Array(groups).fill(1 / groups), DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('the words that would favour some results are redrawn', () => {
    // 2^32 mod 3 = 1: only the product with low half 0 is refused, that of the word 0.
    expect(new FixedWords([0, 0, 2 ** 31]).below(3)).toBe(1);
    // 2^53 mod (2^52 + 1) = 2^52 - 1: the second half of the range is refused.
    expect(new FixedWords([0xffff_ffff, 0xffff_ffff, 0, 5]).below(2 ** 52 + 1)).toBe(5);
    expect(new FixedWords([0xffff_ffff, 0x8000_0000]).belowBig(3n)).toBe(2n);
  });

  it.each([
    [1, 2],
    [1, 3],
    [999, 1000],
    [1, 1000],
    [2 ** 52, 2 ** 53 - 1],
  ])('a coin of probability %d/%d has it', (numerator, denominator) => {
    const bits = new StreamBits(`coin ${numerator}`);
    const plain = tally(() => (bits.bernoulli(numerator, denominator) ? 1 : 0), DRAWS, [1, 1]);
    const { estimate, ratio } = lazy(BigInt(numerator), BigInt(denominator));
    const lazily = tally(() => (bits.bernoulliLazy(estimate, ratio) ? 1 : 0), DRAWS, [1, 1]);
    expect(gTest(plain, [numerator / denominator], DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
    expect(gTest(lazily, [numerator / denominator], DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('a coin that the first word cannot decide is decided by exact arithmetic', () => {
    // 1/3 lies in the slice of word 0x55555555: 2^32/3 - word = 1/3, so the coin is true when a draw below 3 is 0.
    const word = 0x5555_5555;
    for (const [next, expected] of [
      [0, true],
      [0x4000_0000, false],
      [0x8000_0000, false],
    ] as const) {
      expect(new FixedWords([word, next]).bernoulli(1, 3)).toBe(expected);
      const { estimate, ratio } = lazy(1n, 3n);
      expect(new FixedWords([word, next]).bernoulliLazy(estimate, ratio)).toBe(expected);
    }
    expect(new FixedWords([word - 1]).bernoulli(1, 3)).toBe(true);
    expect(new FixedWords([word + 1]).bernoulli(1, 3)).toBe(false);
  });

  it('probabilities of 2^-40 are reached by exact arithmetic and only there', () => {
    const coin = lazy(1n, 2n ** 40n);
    const isTrue = (words: readonly number[]) => new FixedWords(words).bernoulliLazy(coin.estimate, coin.ratio);
    // word 0 leaves 2^32 of 2^40: a draw of 40 bits below 2^32.
    expect(isTrue([0, 0x00ff_ffff, 0])).toBe(true);
    expect(isTrue([0, 0x0100_0000, 0])).toBe(false);
    expect(isTrue([1])).toBe(false);
  });

  it('certain and impossible coins and a range of one consume nothing', () => {
    const bits = new FixedWords([7 * 2 ** 28]);
    expect([bits.bernoulli(1, 1), bits.bernoulli(0, 5), bits.below(1)]).toEqual([true, false, 0]);
    expect(bits.below(16), 'the first word is still there').toBe(7);
  });
});

describe('SecureBits', () => {
  it('two instances give different numbers, and one never repeats its pool', () => {
    const [a, b] = [new SecureBits(), new SecureBits()];
    const numbers = Array.from({ length: 20_000 }, () => [a.below(2 ** 53), b.below(2 ** 53)]).flat();
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('only the genuine class counts as secure', () => {
    class Impostor extends SecureBits {
      protected override refill(pool: Uint32Array): void {
        pool.fill(4);
      }
    }
    expect(SecureBits.isGenuine(new SecureBits())).toBe(true);
    expect(SecureBits.isGenuine(new Impostor())).toBe(false);
    expect(SecureBits.isGenuine(new StreamBits(1))).toBe(false);
    expect(SecureBits.isGenuine(Object.create(SecureBits.prototype))).toBe(false);
  });

  it('an instance whose refill was replaced is not genuine', () => {
    const tampered = new SecureBits();
    Object.defineProperty(tampered, 'refill', { value: (pool: Uint32Array) => pool.fill(4) });
    expect(SecureBits.isGenuine(tampered)).toBe(false);
  });
});
