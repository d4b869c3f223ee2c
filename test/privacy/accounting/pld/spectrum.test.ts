import { describe, expect, it } from 'vitest';
import { createRealFft } from '../../../../src/math/fft.ts';
import { meanMagnitude, multiplyPower, unitSpectrum } from '../../../../src/privacy/accounting/pld/spectrum.ts';

const SIZE = 32;
const WEIGHTS = Float64Array.from({ length: SIZE }, (_, j) => (j < 3 ? [0.5, 0.3, 0.2][j]! : 0));

/** The circular convolution of `count` copies of the weights, one after the other. */
function convolved(count: number): Float64Array {
  let sum = Float64Array.from({ length: SIZE }, (_, j) => (j === 0 ? 1 : 0));
  for (let copy = 0; copy < count; copy++) {
    const next = new Float64Array(SIZE);
    for (let a = 0; a < SIZE; a++) {
      for (let b = 0; b < 3; b++) next[(a + b) % SIZE] = next[(a + b) % SIZE]! + sum[a]! * WEIGHTS[b]!;
    }
    sum = next;
  }
  return sum;
}

describe('spectra', () => {
  it.each([0, 1, 2, 5, 12, 41])('the power %d of a spectrum is that of as many convolutions', (count) => {
    const fft = createRealFft(SIZE);
    const product = unitSpectrum(SIZE);
    multiplyPower(product, fft.forward(WEIGHTS), count);
    const expected = convolved(count);
    for (const [j, mass] of fft.inverse(product).entries()) expect(mass).toBeCloseTo(expected[j]!, 13);
  });

  it('a power of a billion of a point mass keeps its length', () => {
    const product = unitSpectrum(SIZE);
    const shifted = createRealFft(SIZE).forward(Float64Array.from({ length: SIZE }, (_, j) => (j === 1 ? 1 : 0)));
    multiplyPower(product, shifted, 2 ** 30);
    // 2^30 shifts by one on a circle of 32 points are no shift.
    expect(product.real[1]).toBeCloseTo(1, 6);
    expect(meanMagnitude(product)).toBeCloseTo(1, 6);
  });

  it('the mean magnitude is over all coefficients, of which half are stored', () => {
    const spectrum = { real: Float64Array.of(3, 1, 0), imaginary: Float64Array.of(4, 0, 2) };
    expect(meanMagnitude(spectrum)).toBe((5 + 1 + 1 + 2) / 4);
  });
});
