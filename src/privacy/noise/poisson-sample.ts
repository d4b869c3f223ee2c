import type { BitSource } from '../../random/bit-source.ts';

/** Sampling rates are multiples of 2^-32, so that one word decides one row exactly. */
const RATE_UNITS = 2 ** 32;

/** Words of one batch: small enough for the processor's cache. */
const BATCH_WORDS = 16_384;

/** The multiple of 2^-32 nearest to `rate`, at least one unit and at most 1: a rate that `poissonSample` takes. */
export function samplingRateNear(rate: number): number {
  return Math.min(RATE_UNITS, Math.max(1, Math.round(rate * RATE_UNITS))) / RATE_UNITS;
}

/** Whether `poissonSample` takes this rate. */
export function isSamplingRate(rate: number): boolean {
  return rate > 0 && rate <= 1 && Number.isInteger(rate * RATE_UNITS);
}

/**
 * Draws every row independently with probability exactly `rate`.
 * @param rate a multiple of 2^-32, see `isSamplingRate`.
 * @returns the drawn row numbers in ascending order; as many as chance gives, possibly none.
 * **Privacy**: the draw must stay secret, so it comes from the same source as noise.
 */
export function poissonSample(bits: BitSource, rows: number, rate: number): Int32Array {
  const bound = rate * RATE_UNITS;
  const drawn = new Int32Array(rows);
  const words = new Uint32Array(Math.min(BATCH_WORDS, rows));
  let count = 0;
  for (let start = 0; start < rows; start += words.length) {
    bits.fillWords(words);
    const end = Math.min(rows, start + words.length);
    for (let row = start; row < end; row++) {
      if (words[row - start]! < bound) drawn[count++] = row;
    }
  }
  words.fill(0);
  return drawn.subarray(0, count);
}
