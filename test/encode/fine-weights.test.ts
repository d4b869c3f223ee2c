import { describe, expect, it } from 'vitest';
import { estimateFineWeights } from '../../src/encode/fine-weights.ts';
import { createStream } from '../../src/random/stream.ts';

const stepsOf = (steps: number) => Float64Array.from({ length: steps + 1 }, (_, step) => step);

/** Noise that is close to normal, from a fixed stream. */
function noiseOf(cells: number, sigma: number, seed: number): Float64Array {
  const stream = createStream(seed, 'noise');
  return Float64Array.from({ length: cells }, () => {
    const total = Array.from({ length: 12 }, () => stream.nextFloat()).reduce((a, b) => a + b, -6);
    return sigma * total;
  });
}

describe('estimateFineWeights', () => {
  const axis = { starts: stepsOf(200), bins: [0, 50, 100, 150], origin: -1 };
  const masses = Float64Array.of(5000, 5000, 5000, 5000);

  it('keeps a spike and spreads the rest without jumps', () => {
    const counts = noiseOf(200, 20, 1).map((noise, cell) => 100 + noise + (cell === 70 ? 900 : 0));
    const released = { masses: Float64Array.of(5000, 5900, 5000, 5000), massSigma: 5 };
    const weights = estimateFineWeights({ counts, sigma: 20 }, axis, released);
    expect(Math.abs(weights[70]! - 1000)).toBeLessThan(100);
    weights.forEach((weight, cell) => {
      if (cell !== 70) expect(Math.abs(weight - 100)).toBeLessThan(25);
    });
  });

  it('does not take noise for spikes', () => {
    let spikes = 0;
    for (let seed = 0; seed < 30; seed++) {
      const counts = noiseOf(200, 60, seed).map((noise) => 100 + noise);
      const weights = estimateFineWeights({ counts, sigma: 60 }, axis, { masses, massSigma: 5 });
      spikes += weights.filter((weight) => weight > 250).length;
    }
    expect(spikes).toBeLessThan(10);
  });

  it('refuses a spike that claims more rows than its bin has', () => {
    const counts = new Float64Array(200);
    counts[180] = 400;
    const released = { masses: Float64Array.of(5000, 5000, 5000, 4), massSigma: 3 };
    const weights = estimateFineWeights({ counts, sigma: 60 }, axis, released);
    expect(weights[180]!).toBeLessThan(2);
  });

  it('moves the mean inside bins to where a precise histogram has it', () => {
    const counts = Float64Array.from({ length: 200 }, (_, step) => (step % 50 < 25 ? 150 : 50));
    const meanOf = (weights: Float64Array) =>
      weights.subarray(50, 100).reduce((total, weight, k) => total + weight * (k + 0.5), 0) / 5000;
    const precise = estimateFineWeights({ counts, sigma: 3 }, axis, { masses, massSigma: 3 });
    expect(meanOf(precise)).toBeCloseTo(18.75, 0);
    const useless = estimateFineWeights({ counts, sigma: 3000 }, axis, { masses, massSigma: 3 });
    expect(meanOf(useless)).toBeCloseTo(25, 1);
  });

  it('takes rows per bin from the histogram when nothing better is known, and is never negative', () => {
    const weights = estimateFineWeights(
      { counts: Float64Array.of(-40, -3, 50, 60), sigma: 5 },
      { starts: stepsOf(4), bins: [0, 2], origin: 0 },
    );
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
    expect(weights[2]! + weights[3]!).toBeCloseTo(110, 6);
  });
});
