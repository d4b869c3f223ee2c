import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStream } from '../../../src/random/stream.ts';
import { estimateMarginal, projectToTotal } from '../../../src/synthesizers/copula/released-marginal.ts';

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
const counts = fc.array(fc.integer({ min: -300, max: 1000 }), { minLength: 1, maxLength: 12 });

describe('projectToTotal', () => {
  it('is non-negative, has the total, and no move of mass between two cells comes nearer', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 5000 }), (raw, total) => {
        const values = Float64Array.from(raw);
        const variances = values.map((_, cell) => 1 + (cell % 3));
        const projected = projectToTotal(values, variances, total);
        expect(Math.min(...projected)).toBeGreaterThanOrEqual(0);
        expect(sum(projected)).toBeCloseTo(total, 6);
        const pull = projected.map((value, cell) => (value - values[cell]!) / variances[cell]!);
        const least = Math.min(...pull);
        projected.forEach((value, cell) => {
          // At the optimum the pull is the same wherever there is mass to give away, and no less elsewhere.
          if (value > 1e-6 * total) expect(pull[cell]! - least).toBeLessThan(1e-5 * (1 + Math.abs(least)));
        });
      }),
    );
  });
});

describe('estimateMarginal', () => {
  const noisy = (truth: readonly number[], sigma: number, seed: number) => {
    const stream = createStream(seed, 'released marginal');
    return Float64Array.from(truth, (count) => Math.round(count + sigma * stream.nextNormal()));
  };
  const distance = (a: Float64Array, b: readonly number[]) => a.reduce((d, value, k) => d + Math.abs(value - b[k]!), 0);

  /** Mean distance to the truth over noisy histograms, smoothed and merely projected. */
  function compare(truth: readonly number[], sigma: number, orderedCells: number): { ours: number; plain: number } {
    let [ours, plain] = [0, 0];
    for (let run = 0; run < 40; run++) {
      const released = noisy(truth, sigma, run);
      const total = truth.reduce((a, b) => a + b);
      ours += distance(estimateMarginal({ counts: released, variance: sigma ** 2, orderedCells }, total), truth);
      plain += distance(projectToTotal(released, 1, total), truth);
    }
    return { ours: ours / 40, plain: plain / 40 };
  }

  it('takes noise off a smooth histogram', () => {
    const bell = Array.from({ length: 32 }, (_, cell) => Math.round(80 * Math.exp(-(((cell - 15) / 8) ** 2))));
    const { ours, plain } = compare(bell, 30, 32);
    expect(ours).toBeLessThan(0.7 * plain);
  });

  it('keeps a spike', () => {
    const spike = Array.from({ length: 32 }, (_, cell) => (cell === 0 ? 5000 : 20));
    const total = 5620;
    const released = noisy(spike, 30, 1);
    const estimate = estimateMarginal({ counts: released, variance: 900, orderedCells: 32 }, total);
    expect(Math.abs(estimate[0]! - 5000)).toBeLessThan(250);
  });

  it('does not smooth what stands far above the noise, nor across cells without an axis', () => {
    const comb = Array.from({ length: 16 }, (_, cell) => (cell % 2 === 0 ? 1000 : 100));
    expect(compare(comb, 10, 16).ours).toBeLessThan(1.05 * compare(comb, 10, 16).plain);
    expect(compare(comb, 10, 0).ours).toBeLessThan(1.05 * compare(comb, 10, 0).plain);
  });

  it('gives even shares when nothing was found, and non-negative counts of the total always', () => {
    fc.assert(
      fc.property(counts, fc.boolean(), (raw, isOrdered) => {
        const histogram = { counts: Float64Array.from(raw), variance: 100, orderedCells: isOrdered ? raw.length : 0 };
        const estimate = estimateMarginal(histogram, 50);
        expect(sum(estimate)).toBeCloseTo(50, 6);
        expect(Math.min(...estimate)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
