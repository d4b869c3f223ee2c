import { describe, expect, it } from 'vitest';
import { erfcx } from '../../../src/math/normal.ts';
import { buildStripTable, expFixed, STRIPS_PER_SIGMA } from '../../../src/privacy/noise/gaussian-strips.ts';
import { addRoundedGaussian, SIGMA_EXPONENTS } from '../../../src/privacy/noise/rounded-gaussian.ts';
import { FALSE_ALARM_RATE, gTest } from '../../support/goodness-of-fit.ts';
import { StreamBits } from '../../support/stream-bits.ts';

const DRAWS = 1_000_000;

function draws(exponent: number, seed: string, count = DRAWS): Float64Array {
  const values = new Float64Array(count);
  addRoundedGaussian(new StreamBits(seed), values, exponent);
  return values;
}

/** P[Z ≥ x] of a standard normal Z. */
const upperTail = (x: number): number =>
  x < 0 ? 1 - upperTail(-x) : 0.5 * erfcx(x / Math.SQRT2) * Math.exp((-x * x) / 2);

/** Probabilities of the whole numbers from -range to range under a rounded normal of standard deviation sigma. */
const roundedNormal = (sigma: number, range: number) =>
  Array.from({ length: 2 * range + 1 }, (_, index) => {
    const distance = Math.abs(index - range);
    return upperTail((distance - 0.5) / sigma) - upperTail((distance + 0.5) / sigma);
  });

function countAround(values: Float64Array, range: number): number[] {
  const counts = new Array<number>(2 * range + 1).fill(0);
  for (const value of values) if (Math.abs(value) <= range) counts[value + range]!++;
  return counts;
}

describe('addRoundedGaussian', () => {
  it.each([SIGMA_EXPONENTS.least, SIGMA_EXPONENTS.least + 1, 9])(
    'exponent %i: whole numbers have the probabilities of a rounded normal, and 2 % more spread would be noticed',
    (exponent) => {
      const range = Math.min(400, 6 * 2 ** exponent);
      const counts = countAround(draws(exponent, `fine ${exponent}`), range);
      expect(gTest(counts, roundedNormal(2 ** exponent, range), DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
      expect(gTest(counts, roundedNormal(1.02 * 2 ** exponent, range), DRAWS)).toBeLessThan(FALSE_ALARM_RATE);
    },
  );

  it('wide noise: equal parts of the normal distribution get equal shares, far tails included', () => {
    const exponent = SIGMA_EXPONENTS.most;
    const edges = Array.from({ length: 401 }, (_, index) => -5 + index / 40);
    const counts = new Array<number>(400).fill(0);
    for (const value of draws(exponent, 'wide')) {
      const cell = Math.floor((value / 2 ** exponent + 5) * 40);
      if (cell >= 0 && cell < 400) counts[cell]!++;
    }
    const shares = edges.slice(0, -1).map((edge, index) => upperTail(edge) - upperTail(edges[index + 1]!));
    expect(gTest(counts, shares, DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('the last bits are even: nothing of the staircase is left in them', () => {
    const counts = new Array<number>(64).fill(0);
    for (const value of draws(20, 'low bits')) counts[((value % 64) + 64) % 64]!++;
    expect(gTest(counts, new Array<number>(64).fill(1 / 64), DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it.each([SIGMA_EXPONENTS.least, 14, SIGMA_EXPONENTS.most])(
    'exponent %i: sign, strip and place are read from bits of their own',
    (exponent) => {
      // All words that name one strip, each once: every place in it comes with both signs.
      const [strip, guideBits] = [9, 14];
      const words = 2 ** (32 - guideBits);
      const cell = buildStripTable(guideBits).guide.indexOf(strip);
      const bits = new StreamBits('never asked');
      bits.fillWords = (out) => {
        for (let index = 0; index < out.length; index++) out[index] = cell * words + next++;
      };
      let next = 0;
      const values = new Float64Array(words);
      addRoundedGaussian(bits, values, exponent);
      const width = 2 ** exponent / STRIPS_PER_SIGMA;
      const counts = new Map<number, number>();
      for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
      const odd: number[] = [];
      for (const sign of [-1, 1]) {
        for (let place = 0; place <= width; place++) {
          // The whole numbers at both ends get half of their places from the strips beside.
          const share = place === 0 || place === width ? 0.5 : 1;
          const value = sign * (strip * width + place);
          if (counts.get(value) !== (share * words) / 2 / width) odd.push(value);
        }
      }
      expect(odd).toEqual([]);
      expect(counts.size).toBe(2 * (width + 1));
    },
  );

  it('adds to what is there and keeps whole numbers', () => {
    const values = Float64Array.of(2 ** 50, -7, 0);
    addRoundedGaussian(new StreamBits('sum'), values, 10);
    expect([...values].every(Number.isSafeInteger)).toBe(true);
    expect(Math.abs(values[0]! - 2 ** 50)).toBeLessThan(2 ** 14);
  });

  it('refuses a spread it cannot draw', () => {
    for (const exponent of [SIGMA_EXPONENTS.least - 1, SIGMA_EXPONENTS.most + 1, 8.5, Number.NaN]) {
      expect(() => addRoundedGaussian(new StreamBits(0), new Float64Array(1), exponent)).toThrow(/exponent is/);
    }
  });
});

describe('the strip table', () => {
  const table = buildStripTable(14);
  const relative = (fixed: bigint) => Number(fixed >> 156n) / 2 ** 100;

  it('exponentials agree with doubles, and with the square of their halves to 250 bits', () => {
    for (const [numerator, denominator] of [
      [0n, 1n],
      [1n, 8192n],
      [1n, 1n],
      [355n, 113n],
      [128n, 1n],
    ] as const) {
      const value = expFixed(numerator, denominator);
      expect(relative(value)).toBeCloseTo(Math.exp(-Number(numerator) / Number(denominator)), 14);
      const half = expFixed(numerator, 2n * denominator);
      const gap = ((half * half) >> 256n) - value;
      expect(gap < 64n && gap > -64n).toBe(true);
    }
  });

  it('gives every strip the mass of its rectangle, and the wedges the rest', () => {
    const heights = Array.from({ length: 40 * STRIPS_PER_SIGMA }, (_, k) =>
      Math.exp(-((k / STRIPS_PER_SIGMA) ** 2) / 2),
    );
    const total = heights.reduce((sum, height) => sum + height, 0);
    const share = (threshold: bigint) => Number(threshold >> 60n) / 2 ** 100;
    for (const strip of [0, 1, 63, 64, 300]) {
      const below = strip === 0 ? 0n : table.thresholds[strip - 1]!;
      expect(share(table.thresholds[strip]! - below)).toBeCloseTo(heights[strip + 1]! / total, 14);
    }
    expect(1 - share(table.thresholds[table.wedge - 1]!)).toBeCloseTo(1 / total, 13);
  });

  it('the guide names a strip only where all words agree', () => {
    for (const [cell, strip] of table.guide.entries()) {
      if (strip < 0) continue;
      const first = BigInt(cell) << 146n;
      expect(first >= (strip === 0 ? 0n : table.thresholds[strip - 1]!)).toBe(true);
      expect(first + (1n << 146n) <= table.thresholds[strip]!).toBe(true);
    }
    expect(table.guide.filter((strip) => strip < 0).length / table.guide.length).toBeLessThan(0.03);
  });

  it('integer arithmetic keeps wedge points below the curve and drops those above', () => {
    const scale = 2 ** 53;
    const settle = (height: number, place: number) =>
      table.settleWedge(
        new StreamBits('settle'),
        BigInt(Math.round(height * scale)),
        BigInt(Math.round(place * scale)),
      );
    const curve = (position: number) => Math.exp(-((position / STRIPS_PER_SIGMA) ** 2) / 2);
    for (const strip of [0, 5, 70, 200]) {
      for (const place of [0.1, 0.5, 0.9]) {
        const height = curve(strip + place);
        expect(settle(height - 1e-9, place)).toBe(strip);
        expect(settle(height + 1e-9, place)).toBeUndefined();
      }
    }
  });
});
