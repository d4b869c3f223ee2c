import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smoothHistogram } from '../../src/marginals/smooth-histogram.ts';
import { createStream } from '../../src/random/stream.ts';
import { maxDifference } from '../support/arrays.ts';

/** A bell over an axis, summing to the total. */
function bell(cells: number, total: number): Float64Array {
  const heights = Float64Array.from({ length: cells }, (_, cell) =>
    Math.exp(-(((cell - cells / 3) / (cells / 8)) ** 2)),
  );
  const sum = heights.reduce((whole, height) => whole + height, 0);
  return heights.map((height) => (height * total) / sum);
}

const distance = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, value, cell) => sum + Math.abs(value - b[cell]!), 0);

/** The positive part, scaled to the total. */
function positivePart(counts: Float64Array, total: number): Float64Array {
  const positive = counts.map((count) => Math.max(0, count));
  const sum = positive.reduce((whole, count) => whole + count, 0);
  return positive.map((count) => (count * total) / sum);
}

describe('smoothHistogram', () => {
  it('is never negative and sums to the total', () => {
    const histogram = fc
      .array(fc.double({ min: -500, max: 2000, noNaN: true }), { minLength: 3, maxLength: 12 })
      .map((counts) => Float64Array.from(counts));
    fc.assert(
      fc.property(
        histogram,
        fc.double({ min: 0.1, max: 1e6, noNaN: true }),
        fc.nat({ max: 3 }),
        (counts, variance, beside) => {
          const orderedCells = Math.max(1, counts.length - beside);
          const smooth = smoothHistogram({ counts, variance, orderedCells }, 300);
          expect(smooth.every((count) => count >= 0)).toBe(true);
          expect(smooth.reduce((sum, count) => sum + count, 0)).toBeCloseTo(300, 6);
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });

  it('keeps counts that stand far above their noise', () => {
    const counts = Float64Array.of(5000, 200, 9000, 40, 3000, 700);
    const smooth = smoothHistogram({ counts, variance: 1, orderedCells: 6 }, 17_940);
    expect(maxDifference(smooth, counts)).toBeLessThan(3);
  });

  it('says that all cells are alike where noise hides everything', () => {
    const counts = Float64Array.of(300, -200, 100, 0, 50);
    const smooth = smoothHistogram({ counts, variance: 1e12, orderedCells: 4 }, 100);
    expect(maxDifference(smooth, new Float64Array(5).fill(20))).toBeLessThan(0.01);
  });

  it('takes a third off the error of the positive part on a smooth shape in noise', () => {
    const truth = bell(30, 700);
    const stream = createStream('noise', 1);
    let [smoothed, clipped] = [0, 0];
    for (let run = 0; run < 8; run++) {
      const counts = truth.map((count) => count + 40 * stream.nextNormal());
      smoothed += distance(smoothHistogram({ counts, variance: 1600, orderedCells: 30 }, 700), truth);
      clipped += distance(positivePart(counts, 700), truth);
    }
    expect(smoothed).toBeLessThan(0.67 * clipped);
  });

  it('keeps a spike that stands out, and the valley beside it', () => {
    const truth = bell(20, 400);
    truth[15] = 500;
    const stream = createStream('spike', 1);
    const counts = truth.map((count) => count + 15 * stream.nextNormal());
    const smooth = smoothHistogram({ counts, variance: 225, orderedCells: 20 }, 900);
    expect(smooth[15]).toBeGreaterThan(420);
    expect(smooth[17]).toBeLessThan(60);
  });

  it('lends nothing from neighbours to cells beside the axis', () => {
    const counts = Float64Array.of(0, 20, 60, 200, 200);
    const on = smoothHistogram({ counts, variance: 900, orderedCells: 5 }, 480);
    const beside = smoothHistogram({ counts, variance: 900, orderedCells: 4 }, 480);
    const lower = Float64Array.of(0, 20, 60, 200, 0);
    const emptied = smoothHistogram({ counts: lower, variance: 900, orderedCells: 5 }, 280);
    const apart = smoothHistogram({ counts: lower, variance: 900, orderedCells: 4 }, 280);
    // A neighbour at 200 lifts an empty last cell of the axis; one beside the axis stays lower.
    expect(emptied[4]! / emptied[3]!).toBeGreaterThan(1.5 * (apart[4]! / apart[3]!));
    expect(Math.abs(on[4]! - 200)).toBeLessThan(60);
    expect(Math.abs(beside[4]! - 200)).toBeLessThan(60);
  });
});
