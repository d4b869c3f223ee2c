import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapeBins } from '../../src/encode/bin-shapes.ts';
import { normalLower } from '../../src/math/normal-quantile.ts';

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

/** Every step of 0 … steps-1 is a cell. */
const stepsOf = (steps: number) => Float64Array.from({ length: steps + 1 }, (_, step) => step);

describe('shapeBins', () => {
  it('keeps the rows of every bin', () => {
    const masses = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(masses, fc.integer({ min: -300, max: 300 }), (list, origin) => {
        const axis = { starts: stepsOf(200), bins: [0, 3, 10, 60, 61], origin };
        const expected = shapeBins(axis, { masses: Float64Array.from(list), massSigma: 2 });
        list.forEach((mass, bin) => {
          const cells = expected.subarray(axis.bins[bin], axis.bins[bin + 1] ?? 200);
          expect(sum(cells)).toBeCloseTo(mass, 3);
          expect(cells.every((rows) => rows >= 0)).toBe(true);
        });
      }),
      { seed: 1 },
    );
  });

  it('follows a normal density inside wide bins, where an even spread is off by a multiple', () => {
    const density = (step: number) => 100_000 * (normalLower((step + 1 - 100) / 25) - normalLower((step - 100) / 25));
    const bins = [0, 25, 50, 75, 100, 125, 150, 175];
    const masses = Float64Array.from(bins, (first, bin) => {
      const end = bins[bin + 1] ?? 200;
      return Array.from({ length: end - first }, (_, k) => density(first + k)).reduce((a, b) => a + b, 0);
    });
    const expected = shapeBins({ starts: stepsOf(200), bins, origin: -1000 }, { masses, massSigma: 1 });
    let [shaped, even, largest] = [0, 0, 0];
    for (let step = 0; step < 200; step++) {
      const flat = masses[Math.floor(step / 25)]! / 25;
      shaped += Math.abs(expected[step]! - density(step)) / 2e5;
      even += Math.abs(flat - density(step)) / 2e5;
      if (step % 25 === 0 && step > 0) {
        largest = Math.max(largest, Math.abs(Math.log(expected[step]! / expected[step - 1]!)));
      }
    }
    expect(shaped).toBeLessThan(even / 4);
    // Neighbouring steps at bin edges differ by hardly more than the density itself does.
    expect(largest).toBeLessThan(0.2);
  });

  it('lets a density vanish where values begin: bins of unequal width below the mode of a skewed one', () => {
    const steps = 10_000;
    const lower = (step: number) => (step <= 0 ? 0 : normalLower((Math.log(step) - Math.log(2200)) / 0.5));
    const bins = [0, 400, 600, 800, 1000, 1250, 1500, 2000, 2500, 3300, 4500, 6500];
    const ends = [...bins.slice(1), steps];
    const masses = Float64Array.from(bins, (first, bin) => 1e6 * (lower(ends[bin]!) - lower(first)));
    const expected = shapeBins({ starts: stepsOf(steps), bins, origin: 0 }, { masses, massSigma: 1 });
    let [below, shaped, even] = [0, 0, 0];
    for (let step = 0; step < steps; step++) {
      below += expected[step]!;
      shaped = Math.max(shaped, Math.abs(below / 1e6 - lower(step + 1)));
      const bin = bins.findLastIndex((first) => first <= step);
      const share = (step + 1 - bins[bin]!) / (ends[bin]! - bins[bin]!);
      const flat = lower(bins[bin]!) + share * (lower(ends[bin]!) - lower(bins[bin]!));
      even = Math.max(even, Math.abs(flat - lower(step + 1)));
    }
    // Largest distances of distribution functions: 0.002 and 0.02.
    expect(shaped).toBeLessThan(even / 6);
    // The first tenth of the first bin has next to nothing of its 330 rows.
    expect(sum(expected.subarray(0, 40)) / masses[0]!).toBeLessThan(0.02);
  });

  it('draws an open last bin as a tail', () => {
    const starts = Float64Array.from({ length: 61 }, (_, cell) => (cell < 40 ? cell * 25 : 1000 + (cell - 40) * 950));
    const bins = [0, 10, 20, 40];
    // Survival 10^7·x^-2: 160, 40, 10 rows beyond 250, 500 and 1000.
    const masses = Float64Array.of(9840, 120, 30, 10);
    const expected = shapeBins({ starts, bins, origin: 0 }, { masses, massSigma: 0.5 });
    const mean = expected.subarray(40).reduce((total, rows, k) => total + rows * (starts[40 + k]! + 475), 0) / 10;
    // Exact: 2·1000·(1 - 1/20)/(1 - 1/400) = 1905, some more from cells of 950; an even spread has 10,500.
    expect(mean).toBeGreaterThan(1800);
    expect(mean).toBeLessThan(2300);
  });

  it('does not take the density of a spike into the bin beside it', () => {
    const spike = shapeBins(
      { starts: stepsOf(40), bins: [0, 1, 20], origin: 0 },
      { masses: Float64Array.of(90_000, 1900, 2000), massSigma: 1 },
    );
    for (let step = 1; step < 40; step++) expect(spike[step]).toBeCloseTo(100, 6);
  });
});
