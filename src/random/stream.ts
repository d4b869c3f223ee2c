import { createHash } from 'node:crypto';
import { TabveilError } from '../errors.ts';

/** A user's seed: a safe integer, a non-negative big integer or a text. */
export type Seed = number | bigint | string;
/** Names one child of a stream: a block number, a phase. */
export type StreamLabel = number | string;

const TWO_32 = 2 ** 32;
/** Up to this bound the product with a 32-bit word is exact in a double. */
const LARGEST_SMALL_BOUND = 2 ** 21;

/**
 * Fast reproducible random numbers for everything that is not privacy noise: sampling from a finished model, shuffles,
 * splits, initial weights. xoshiro128++ started from a SHA-256 key, so that streams of different seeds or labels are
 * unrelated and block b of a table can be generated without the blocks before it.
 *
 * **Privacy**: predictable by design. Privacy noise never comes from here outside tests.
 * **Cost**: hundreds of millions of words per second; creating or splitting a stream takes a few microseconds.
 * @source Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 2021 (xoshiro128++).
 */
export class Stream {
  readonly #key: Uint8Array;
  readonly #state = new Int32Array(4);

  /** @internal Use `createStream`. */
  constructor(key: Uint8Array) {
    this.#key = key;
    const words = new DataView(key.buffer, key.byteOffset, key.byteLength);
    for (let index = 0; index < 4; index++) this.#state[index] = words.getInt32(4 * index, true);
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** An unrelated stream named by `labels`; it depends on this stream's seed and path, not on what was drawn from it. */
  split(...labels: readonly StreamLabel[]): Stream {
    return new Stream(labels.reduce(deriveKey, this.#key));
  }

  /** A uniform integer in 0 … 2^32-1. */
  nextUint32(): number {
    const state = this.#state;
    const s0 = state[0]!;
    const s1 = state[1]!;
    const s2 = state[2]! ^ s0;
    const s3 = state[3]! ^ s1;
    const sum = (s0 + state[3]!) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + s0) >>> 0;
    state[0] = s0 ^ s3;
    state[1] = s1 ^ s2;
    state[2] = s2 ^ (s1 << 9);
    state[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** A uniform multiple of 2^-53 in [0, 1). */
  nextFloat(): number {
    return (this.nextUint32() >>> 5) * 2 ** -27 + (this.nextUint32() >>> 6) * 2 ** -53;
  }

  /** A uniform multiple of 2^-32 in [0, 1): half the cost of `nextFloat`. */
  nextFloat32(): number {
    return this.nextUint32() * 2 ** -32;
  }

  /** A standard normal value (polar method). */
  nextNormal(): number {
    for (;;) {
      const x = 2 * this.nextFloat() - 1;
      const y = 2 * this.nextFloat() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  }

  /** A uniform integer in 0 … bound-1; `bound` is an integer from 1 to 2^53. */
  below(bound: number): number {
    if (bound > LARGEST_SMALL_BOUND) return this.#belowLarge(bound);
    for (;;) {
      const product = this.nextUint32() * bound;
      const high = Math.floor(product / TWO_32);
      const low = product - high * TWO_32;
      if (low >= bound || low >= TWO_32 % bound) return high;
    }
  }

  #belowLarge(bound: number): number {
    const limit = 2 ** 53 - (2 ** 53 % bound);
    for (;;) {
      const candidate = (this.nextUint32() >>> 11) * TWO_32 + this.nextUint32();
      if (candidate < limit) return candidate % bound;
    }
  }

  /** Fills `out` with the same words that repeated `nextUint32` would give, faster. */
  fillUint32(out: Uint32Array): void {
    let [s0, s1, s2, s3] = this.#state as unknown as [number, number, number, number];
    for (let index = 0; index < out.length; index++) {
      const sum = (s0 + s3) | 0;
      out[index] = ((sum << 7) | (sum >>> 25)) + s0;
      const shifted = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= shifted;
      s3 = (s3 << 11) | (s3 >>> 21);
    }
    this.#state.set([s0, s1, s2, s3]);
  }
}

/**
 * The stream named by a seed and a path of labels: equal names give equal streams on every machine, different names
 * unrelated ones. `createStream(s, 'rows', 3)` equals `createStream(s).split('rows', 3)`.
 * @throws TabveilError when a number is not a safe integer or a big integer is negative.
 * @example createStream(42, 'block', 7).below(6) // a die roll that is always the same
 */
export function createStream(seed: Seed, ...path: readonly StreamLabel[]): Stream {
  return new Stream([seed, ...path].reduce(deriveKey, new Uint8Array(0)));
}

/** SHA-256 of the parent key and a tagged label; the tag keeps the number 1 and the text "1" apart. */
function deriveKey(key: Uint8Array, label: Seed): Uint8Array {
  if (typeof label === 'number' ? !Number.isSafeInteger(label) : typeof label === 'bigint' && label < 0n) {
    throw new TabveilError(
      'usage',
      'stream.seed',
      `stream: ${label} is no seed or label; use a safe integer, a non-negative big integer or a text.`,
    );
  }
  const tag = typeof label === 'string' ? 'text' : 'integer';
  return createHash('sha256').update(key).update(`${key.length}:${tag}:${label}`).digest();
}
