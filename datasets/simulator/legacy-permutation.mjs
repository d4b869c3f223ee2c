// @ts-check
/**
 * The permutation `numpy.random.RandomState(seed).permutation(length)`, so that the split of the public tables can be made
 * without Python: the Mersenne Twister (Matsumoto and Nishimura, 1998) and a Fisher-Yates shuffle that draws indices by
 * masked rejection.
 */

const STATE_WORDS = 624;
const SHIFT_WORDS = 397;

/**
 * @param {number} seed an integer from 0 to 2^32 - 1
 * @returns {() => number} 32-bit words
 */
function createTwister(seed) {
  const state = new Uint32Array(STATE_WORDS);
  state[0] = seed;
  for (let index = 1; index < STATE_WORDS; index++) {
    const previous = state[index - 1] ?? 0;
    state[index] = Math.imul(1_812_433_253, previous ^ (previous >>> 30)) + index;
  }
  let position = STATE_WORDS;
  return () => {
    if (position === STATE_WORDS) {
      refill(state);
      position = 0;
    }
    let word = state[position++] ?? 0;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

/** @param {Uint32Array} state */
function refill(state) {
  for (let index = 0; index < STATE_WORDS; index++) {
    const joined = ((state[index] ?? 0) & 0x80000000) | ((state[(index + 1) % STATE_WORDS] ?? 0) & 0x7fffffff);
    const twist = joined & 1 ? 0x9908b0df : 0;
    state[index] = (state[(index + SHIFT_WORDS) % STATE_WORDS] ?? 0) ^ (joined >>> 1) ^ twist;
  }
}

/**
 * @param {number} length at most 2^32 - 1
 * @param {number} seed
 * @returns {Uint32Array} each of 0 to length - 1 once
 * @example legacyPermutation(891, 12345)[0] // 688
 */
export function legacyPermutation(length, seed) {
  const word = createTwister(seed);
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const mask = 2 ** Math.ceil(Math.log2(last + 1)) - 1;
    let chosen = (word() & mask) >>> 0;
    while (chosen > last) chosen = (word() & mask) >>> 0;
    const kept = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
}
