/** Words of state, and how far ahead the recurrence reaches. */
const STATE_WORDS = 624;
const SHIFT_WORDS = 397;
const TWIST = 0x9908b0df;

/**
 * MT19937 with the seeding and the bounded draws of numpy's `RandomState`: it repeats the split into training and validation
 * rows that published scores rest on. **Not secret**: 624 outputs tell all others, so it must never reach privacy noise, and a
 * test of the architecture lets nothing but that split and its subsample import it.
 * @source Matsumoto and Nishimura, ACM TOMACS 8 (1998) 3-30; seeding of their 2002 reference (Knuth, TAOCP 2, 3.3.4).
 */
export class NonSecretMersenneTwister {
  readonly #state = new Uint32Array(STATE_WORDS);
  #next = STATE_WORDS;

  /** @param seed a whole number from 0 to 2^32 − 1 */
  constructor(seed: number) {
    this.#state[0] = seed;
    for (let word = 1; word < STATE_WORDS; word += 1) {
      const before = this.#state[word - 1]!;
      this.#state[word] = Math.imul(1812433253, before ^ (before >>> 30)) + word;
    }
  }

  /** The next 32 bits, from 0 to 2^32 − 1. */
  nextWord(): number {
    if (this.#next === STATE_WORDS) this.#twist();
    let word = this.#state[this.#next]!;
    this.#next += 1;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** A whole number from 0 to `most` (below 2^32): words cut to the bits of `most`, again until one is small enough. */
  upTo(most: number): number {
    if (most === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(most);
    let value = (this.nextWord() & mask) >>> 0;
    while (value > most) value = (this.nextWord() & mask) >>> 0;
    return value;
  }

  /** The values in random order, as a new array: Fisher and Yates from the end. */
  permuted(values: Int32Array): Int32Array {
    const out = values.slice();
    for (let at = out.length - 1; at > 0; at -= 1) {
      const other = this.upTo(at);
      const kept = out[at]!;
      out[at] = out[other]!;
      out[other] = kept;
    }
    return out;
  }

  #twist(): void {
    const state = this.#state;
    for (let word = 0; word < STATE_WORDS; word += 1) {
      const joined = (state[word]! & 0x80000000) | (state[(word + 1) % STATE_WORDS]! & 0x7fffffff);
      state[word] = state[(word + SHIFT_WORDS) % STATE_WORDS]! ^ (joined >>> 1) ^ (joined & 1 ? TWIST : 0);
    }
    this.#next = 0;
  }
}

/**
 * The seed that boosted trees of `random_state` 0 hand to their split and to their bins: the first draw below 2^32 − 1.
 */
export function seedOfState(state: number): number {
  return new NonSecretMersenneTwister(state).upTo(0xfffffffe);
}
