// @ts-check
/**
 * Random draws of the simulated worlds: fast, seedable, the same on every machine, and not for privacy noise.
 *
 * @typedef {object} Stream
 * @property {() => number} uniform a number in (0, 1) with 53 random bits; never 0 or 1
 * @property {() => number} normal a standard normal deviate (Box and Muller, one of the pair)
 * @property {(rate: number) => number} exponential an exponential deviate with mean 1 / rate
 * @property {(weights: readonly number[]) => number} pick an index drawn with probability proportional to its weight
 * @property {(probability: number) => boolean} chance true with the given probability
 */

/** 2^-53: turns 53 random bits into a fraction. */
const FRACTION = 2 ** -53;

/**
 * Spreads a seed over four 32-bit words (splitmix32).
 *
 * @param {number} seed an integer from 0 to 2^32 - 1
 * @returns {[number, number, number, number]}
 */
function spreadSeed(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
  return [next(), next(), next(), next()];
}

/**
 * The 32-bit generator xoshiro128** (Blackman and Vigna, 2018).
 *
 * @param {number} seed
 * @returns {() => number}
 */
function createWords(seed) {
  let [a, b, c, d] = spreadSeed(seed);
  return () => {
    const scrambled = Math.imul(b, 5);
    const word = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return word;
  };
}

/**
 * Creates the stream of a world. Equal seeds give equal draws, in order, everywhere.
 *
 * @param {number} seed an integer from 0 to 2^32 - 1
 * @returns {Stream}
 * @example createStream(1).pick([0.2, 0.8])
 */
export function createStream(seed) {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new RangeError(`seed is ${seed}; it must be an integer from 0 to 4294967295.`);
  }
  const word = createWords(seed);
  // The half step keeps the fraction away from 0, so that logarithms of it are finite.
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6) + 0.5) * FRACTION;
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    exponential: (rate) => -Math.log(uniform()) / rate,
    chance: (probability) => uniform() < probability,
    pick: (weights) => {
      let left = uniform() * weights.reduce((sum, weight) => sum + weight, 0);
      const index = weights.findIndex((weight) => {
        left -= weight;
        return left < 0;
      });
      return index < 0 ? weights.length - 1 : index;
    },
  };
}

/**
 * A name drawn with its share as probability.
 *
 * @template {string} Name
 * @param {Stream} stream
 * @param {Readonly<Record<Name, number>>} shares
 */
export function pickName(stream, shares) {
  const names = /** @type {Name[]} */ (Object.keys(shares));
  return /** @type {Name} */ (names[stream.pick(Object.values(shares))]);
}

/**
 * An item drawn with the weight at its index.
 *
 * @template Item
 * @param {Stream} stream
 * @param {readonly Item[]} items
 * @param {readonly number[]} weights
 */
export function pickItem(stream, items, weights) {
  return /** @type {Item} */ (items[stream.pick(weights)]);
}

/**
 * A table for drawing many times from one long list of weights: binary search instead of a walk.
 *
 * @param {readonly number[]} weights
 * @returns {(stream: Stream) => number} an index drawn with probability proportional to its weight
 */
export function createPicker(weights) {
  const cumulative = new Float64Array(weights.length);
  weights.reduce((sum, weight, index) => {
    cumulative[index] = sum + weight;
    return sum + weight;
  }, 0);
  const total = cumulative[weights.length - 1] ?? 0;
  return (stream) => {
    const target = stream.uniform() * total;
    let [low, high] = [0, weights.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
