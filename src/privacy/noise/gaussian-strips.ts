import type { BitSource } from '../../random/bit-source.ts';

/** Strips per standard deviation under the half of the curve exp(-z²/2), z ≥ 0. */
export const STRIPS_PER_SIGMA = 64;

/** Strips in all: beyond 16 standard deviations lies a mass of e^-128. */
const STRIPS = 16 * STRIPS_PER_SIGMA;

/** Bits of a cumulated probability. */
const PROBABILITY_BITS = 160n;
const TOP_BITS = 32n;

/** Bits of heights and places when a double cannot decide. */
const EXACT_BITS = 256n;
const ONE = 1n << EXACT_BITS;
/** Bits already drawn of a height or a place. */
const DRAWN_BITS = 53n;

/**
 * The staircase below the half Gaussian curve, and the wedges between both.
 *
 * Strip k spans k … k+1 in units of sigma/64. Its rectangle has the curve's height at its far end, g(k+1); above it lies its
 * wedge. All wedges stacked on each other have height g(0) = 1: a uniform height names the strip, a uniform place in it a
 * point, which is kept when it lies below the curve.
 */
export interface StripTable {
  /** For each value of a word's leading bits, the strip all of it falls into, or -1. */
  readonly guide: Int16Array;
  /** The first strip such a word can fall into. */
  readonly firstStrip: Int16Array;
  /** Number that stands for the wedges. */
  readonly wedge: number;
  /** Cumulated probabilities in units of 2^-160: a point below `thresholds[k]` and not below the one before falls into k. */
  readonly thresholds: readonly bigint[];
  /** Their leading 32 bits. */
  readonly tops: Float64Array;
  /** 2^128: the bits of a threshold after the first 32. */
  readonly restUnit: bigint;
  /**
   * Decides a point in the wedges by integer arithmetic.
   * @param height first 53 bits of its height. @param place first 53 bits of its place.
   * @returns its strip, or undefined when it lies above the curve.
   */
  readonly settleWedge: (bits: BitSource, height: bigint, place: bigint) => number | undefined;
}

/** exp(-numerator/denominator) in units of 2^-256, for exponents up to 256, with an error of a few units. */
export function expFixed(numerator: bigint, denominator: bigint): bigint {
  // Halved until the power series converges quickly, then squared back.
  const halvings = 16n;
  const guard = 64n;
  const bits = EXACT_BITS + guard;
  const exponent = (numerator << bits) / (denominator << halvings);
  let term = 1n << bits;
  let sum = term;
  for (let n = 1n; term !== 0n; n++) {
    term = -((term * exponent) >> bits) / n;
    sum += term;
  }
  for (let step = 0n; step < halvings; step++) sum = (sum * sum) >> bits;
  return sum >> guard;
}

/** Height of the curve at k strips, in units of 2^-256. */
function curveHeights(): bigint[] {
  const unit = BigInt(STRIPS_PER_SIGMA);
  return Array.from({ length: STRIPS + 1 }, (_, strip) => expFixed(BigInt(strip * strip), 2n * unit * unit));
}

/** Builds the table; the guide is looked up by the leading `guideBits` bits of a word. */
export function buildStripTable(guideBits: number): StripTable {
  const heights = curveHeights();
  const total = heights.reduce((sum, height) => sum + height, 0n);
  const thresholds: bigint[] = [];
  let cumulated = 0n;
  for (let strip = 0; strip < STRIPS; strip++) {
    cumulated += heights[strip + 1]!;
    thresholds.push((cumulated << PROBABILITY_BITS) / total);
  }
  thresholds.push(1n << PROBABILITY_BITS);
  const tops = Float64Array.from(thresholds, (threshold) => Number(threshold >> (PROBABILITY_BITS - TOP_BITS)));
  return {
    ...buildGuide(tops, guideBits),
    wedge: STRIPS,
    thresholds,
    tops,
    restUnit: 1n << (PROBABILITY_BITS - TOP_BITS),
    settleWedge: (bits, height, place) => settleWedge(heights, bits, { height, place }),
  };
}

function buildGuide(tops: Float64Array, guideBits: number): Pick<StripTable, 'guide' | 'firstStrip'> {
  const cells = 2 ** guideBits;
  const words = 2 ** (32 - guideBits);
  const guide = new Int16Array(cells).fill(-1);
  const firstStrip = new Int16Array(cells);
  let strip = 0;
  for (let cell = 0; cell < cells; cell++) {
    // A word equal to a threshold's leading bits may fall on either side of it.
    while (tops[strip]! < cell * words) strip++;
    firstStrip[cell] = strip;
    if (strip < tops.length - 1 && tops[strip]! >= (cell + 1) * words) guide[cell] = strip;
  }
  return { guide, firstStrip };
}

function settleWedge(
  heights: readonly bigint[],
  bits: BitSource,
  drawn: { readonly height: bigint; readonly place: bigint },
): number | undefined {
  const restBits = EXACT_BITS - DRAWN_BITS;
  const extend = (leading: bigint) => (leading << restBits) + bits.belowBig(1n << restBits);
  const height = extend(drawn.height);
  const place = extend(drawn.place);
  const strip = heights.findIndex((_, index) => index === STRIPS || height >= heights[index + 1]!);
  if (strip === STRIPS) return undefined;
  const position = BigInt(strip) * ONE + place;
  const unit = BigInt(STRIPS_PER_SIGMA) * ONE;
  return height < expFixed(position * position, 2n * unit * unit) ? strip : undefined;
}

const tables = new Map<number, StripTable>();

/** The table for a guide size, built once (some milliseconds). */
export function stripTable(guideBits: number): StripTable {
  const known = tables.get(guideBits) ?? buildStripTable(guideBits);
  tables.set(guideBits, known);
  return known;
}
