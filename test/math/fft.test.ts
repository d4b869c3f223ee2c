import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRealFft } from '../../src/math/fft.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

const sequences = fc
  .constantFrom(8, 16, 32, 64, 128)
  .chain((size) => fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: size, maxLength: size }));

describe('real Fourier transform', () => {
  it('is the defining sum', () => {
    fc.assert(
      fc.property(sequences, (list) => {
        const size = list.length;
        const spectrum = createRealFft(size).forward(Float64Array.from(list));
        for (let k = 0; k <= size / 2; k++) {
          const angle = (j: number) => (2 * Math.PI * ((j * k) % size)) / size;
          expect(spectrum.real[k]).toBeCloseTo(
            list.reduce((sum, x, j) => sum + x * Math.cos(angle(j)), 0),
            11,
          );
          expect(spectrum.imaginary[k]).toBeCloseTo(-list.reduce((sum, x, j) => sum + x * Math.sin(angle(j)), 0), 11);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('inverse undoes forward, also for odd powers of two and large sizes', () => {
    for (const size of [8, 2 ** 11, 2 ** 14]) {
      const fft = createRealFft(size);
      const values = Float64Array.from({ length: size }, (_, j) => Math.sin(j * j));
      const back = fft.inverse(fft.forward(values));
      const worst = values.reduce((most, value, j) => Math.max(most, Math.abs(value - back[j]!)), 0);
      expect(worst).toBeLessThan(1e-14);
    }
  });

  it('products of spectra are circular convolutions', () => {
    const size = 16;
    const fft = createRealFft(size);
    const [a, b] = [1, 7].map((seed) => Float64Array.from({ length: size }, (_, j) => Math.cos(seed * j * j)));
    const [x, y] = [fft.forward(a!), fft.forward(b!)];
    const product = {
      real: x.real.map((re, k) => re * y.real[k]! - x.imaginary[k]! * y.imaginary[k]!),
      imaginary: x.real.map((re, k) => re * y.imaginary[k]! + x.imaginary[k]! * y.real[k]!),
    };
    const convolved = fft.inverse(product);
    for (let target = 0; target < size; target++) {
      let exact = 0;
      for (let j = 0; j < size; j++) exact += a![j]! * b![(target - j + size) % size]!;
      expect(convolved[target]).toBeCloseTo(exact, 12);
    }
  });

  it.each([0, 4, 12, 100, 2.5, -8])('refuses size %d', (size) => {
    expect(() => createRealFft(size)).toThrow('power of two');
  });
});
