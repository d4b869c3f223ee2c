import { TabveilError } from '../../errors.ts';
import type { BitSource } from '../../random/bit-source.ts';
import { STRIPS_PER_SIGMA, type StripTable, stripTable } from './gaussian-strips.ts';

/** Bits of a word that look up a strip; the others are the sign and the place inside the strip. */
const GUIDE_BITS = 14;
const PLACE_BITS = 31 - GUIDE_BITS;
const PLACE_MASK = 2 ** PLACE_BITS - 1;
/** Strips per standard deviation, as a power of two. */
const STRIP_BITS = Math.log2(STRIPS_PER_SIGMA);

/** Smallest and largest exponent: a strip is at least one grid unit wide, and one word holds the place inside it. */
export const SIGMA_EXPONENTS = { least: STRIP_BITS, most: STRIP_BITS + PLACE_BITS - 1 } as const;

/** Doubles decide only what they decide by more than this; their errors are below 2^-45. */
const UNDECIDED = 2 ** -40;

/** Words of one batch: small enough for the processor's cache. */
const BATCH_WORDS = 16_384;

/**
 * Adds Gaussian noise of standard deviation 2^`exponent`, rounded to whole numbers, to integers.
 *
 * Integers plus rounded noise are the rounded sum of the integers and unrounded noise, so this is post-processing of the
 * *continuous* Gaussian mechanism: its accounting applies as it is, also under subsampling and in many dimensions.
 * @param values integers within ±2^52; changed in place.
 * @param exponent from `SIGMA_EXPONENTS`.
 * @throws TabveilError (bug) for another exponent.
 *
 * **Numerics**: exact up to a statistical distance of 2^-150 per value (probabilities are truncated to 160 bits, magnitudes
 * to 16 standard deviations: at most e^-128).
 * **Cost**: about 6 ns per value.
 * @source Rejection from a staircase, as in Marsaglia and Tsang's ziggurat (2000), with thresholds in integer arithmetic and
 * comparisons decided lazily, as in Karney, "Sampling exactly from the normal distribution", 2016.
 */
export function addRoundedGaussian(bits: BitSource, values: Float64Array, exponent: number): void {
  if (!(Number.isInteger(exponent) && exponent >= SIGMA_EXPONENTS.least && exponent <= SIGMA_EXPONENTS.most)) {
    throw new TabveilError(
      'bug',
      'noise.rounded-gaussian',
      `rounded Gaussian: the exponent is ${exponent}; integers from ${SIGMA_EXPONENTS.least} to ${SIGMA_EXPONENTS.most} are possible.`,
    );
  }
  const table = stripTable(GUIDE_BITS);
  const words = new Uint32Array(Math.min(BATCH_WORDS, values.length));
  const slow = new SlowDraw(bits, table, exponent);
  for (let start = 0; start < values.length; start += words.length) {
    const batch = values.subarray(start, start + words.length);
    bits.fillWords(words);
    addBatch(batch, words, { guide: table.guide, exponent, slow });
  }
  words.fill(0);
}

interface BatchJob {
  readonly guide: Int16Array;
  readonly exponent: number;
  readonly slow: SlowDraw;
}

function addBatch(values: Float64Array, words: Uint32Array, { guide, exponent, slow }: BatchJob): void {
  const stripUnits = 2 ** (exponent - STRIP_BITS);
  // One bit more than the grid needs decides the rounding.
  const shift = PLACE_BITS - (exponent - STRIP_BITS) - 1;
  for (let index = 0; index < values.length; index++) {
    const word = words[index]!;
    const strip = guide[word >>> (PLACE_BITS + 1)]!;
    if (strip < 0) {
      values[index]! += slow.draw(word);
      continue;
    }
    const place = ((word >>> 1) & PLACE_MASK) >>> shift;
    const magnitude = strip * stripUnits + ((place + 1) >>> 1);
    // Multiplied, because processors guess a branch on a random bit wrongly half of the time.
    values[index]! += (1 - 2 * (word & 1)) * magnitude;
  }
}

/** Draws whose first word lies on the edge between strips or under the curve's slope: about one in twenty. */
class SlowDraw {
  readonly #bits: BitSource;
  readonly #table: StripTable;
  /** Grid units in a strip. */
  readonly #stripUnits: number;
  /** Parts of a place, in units of 2^-53 of a strip, that make half a grid unit. */
  readonly #halfUnit: number;

  constructor(bits: BitSource, table: StripTable, exponent: number) {
    const width = exponent - STRIP_BITS;
    this.#bits = bits;
    this.#table = table;
    this.#stripUnits = 2 ** width;
    this.#halfUnit = 2 ** (52 - width);
  }

  /** One value; `word` is the first 32 bits of the point that chooses a strip. */
  draw(word: number): number {
    for (let first = word; ; first = this.#bits.below(2 ** 32)) {
      const strip = this.#chooseStrip(first);
      const magnitude = strip < this.#table.wedge ? this.#roundPlace(strip, this.#nextPlace()) : this.#drawWedge();
      if (magnitude !== undefined) return this.#bits.below(2) === 1 ? -magnitude : magnitude;
    }
  }

  /** The strip whose interval of cumulated probability holds the point that begins with `first`. */
  #chooseStrip(first: number): number {
    const { tops, thresholds, firstStrip } = this.#table;
    let rest: bigint | undefined;
    for (let strip = firstStrip[first >>> (PLACE_BITS + 1)]!; ; strip++) {
      if (first < tops[strip]!) return strip;
      if (first > tops[strip]!) continue;
      rest ??= this.#bits.belowBig(this.#table.restUnit);
      if (rest < thresholds[strip]! % this.#table.restUnit) return strip;
    }
  }

  /** First 53 bits of a uniform place within a strip. */
  #nextPlace(): number {
    return this.#bits.below(2 ** 53);
  }

  #roundPlace(strip: number, place: number): number {
    return strip * this.#stripUnits + Math.floor((Math.floor(place / this.#halfUnit) + 1) / 2);
  }

  /** A point under the curve above the staircase, or undefined when the proposed point lies above the curve. */
  #drawWedge(): number | undefined {
    const height = this.#bits.below(2 ** 53);
    const place = this.#nextPlace();
    const strip = this.#stripAtHeight(height * 2 ** -53);
    if (strip !== undefined) {
      const curve = this.#curve(strip + place * 2 ** -53);
      const gap = height * 2 ** -53 - curve;
      if (Math.abs(gap) > UNDECIDED) return gap < 0 ? this.#roundPlace(strip, place) : undefined;
    }
    const settled = this.#table.settleWedge(this.#bits, BigInt(height), BigInt(place));
    return settled === undefined ? undefined : this.#roundPlace(settled, place);
  }

  #curve(position: number): number {
    return Math.exp(-((position / STRIPS_PER_SIGMA) ** 2) / 2);
  }

  /** The strip over which the curve passes this height; undefined when a double cannot tell. */
  #stripAtHeight(height: number): number | undefined {
    if (height < UNDECIDED || height > 1 - UNDECIDED) return undefined;
    const position = STRIPS_PER_SIGMA * Math.sqrt(-2 * Math.log(height));
    const strip = Math.floor(position);
    const isSure = height > this.#curve(strip + 1) + UNDECIDED && height < this.#curve(strip) - UNDECIDED;
    return isSure ? strip : undefined;
  }
}
