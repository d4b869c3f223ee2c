import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choleskyFactor } from '../../../src/math/cholesky.ts';
import { normalLower } from '../../../src/math/normal-quantile.ts';
import { createStream } from '../../../src/random/stream.ts';
import {
  drawWithin,
  type Interval,
  intervalMean,
  latentIntervals,
  logIntervalProbability,
} from '../../../src/synthesizers/copula/latent-set.ts';
import { allowedInterval, logWeight, type TiltedBox, tiltBox } from '../../../src/synthesizers/copula/tilted-box.ts';

const INFINITY = Number.POSITIVE_INFINITY;

/** Draws from the proposal and the share of the largest weight that each has. */
function propose(tilted: TiltedBox, draws: number): { logRatios: number[]; latents: Float64Array[] } {
  const stream = createStream(3, 'proposals');
  const size = tilted.box.length;
  const logRatios: number[] = [];
  const latents: Float64Array[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const normals = new Float64Array(size);
    for (let k = 0; k < size; k++) {
      const { low, high } = allowedInterval(tilted, k, normals);
      const tilt = tilted.tilts[k]!;
      normals[k] = tilt + drawWithin({ low: low - tilt, high: high - tilt }, stream.nextFloat());
    }
    logRatios.push(logWeight(tilted, normals) - tilted.logBound);
    latents.push(
      Float64Array.from({ length: size }, (_, k) =>
        normals.reduce((sum, normal, j) => sum + tilted.factor[k * size + j]! * normal, 0),
      ),
    );
  }
  return { logRatios, latents };
}

function boxOf(box: readonly Interval[], correlation: number): TiltedBox {
  const size = box.length;
  const matrix = Float64Array.from({ length: size * size }, (_, entry) => (entry % (size + 1) === 0 ? 1 : correlation));
  return tiltBox({ box, factor: choleskyFactor(matrix, size)!, size });
}

const interval = fc
  .tuple(
    fc.double({ min: -4, max: 4, noNaN: true }),
    fc.double({ min: 0.01, max: 3, noNaN: true }),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(
    ([low, width, open]): Interval => ({
      low: open === 1 ? -INFINITY : low,
      high: open === 2 ? INFINITY : low + width,
    }),
  );

describe('tiltBox', () => {
  it('bounds the weight of every draw, and every draw lies in the box', () => {
    fc.assert(
      fc.property(
        fc.array(interval, { minLength: 1, maxLength: 4 }),
        fc.double({ min: -0.3, max: 0.95, noNaN: true }),
        (box, correlation) => {
          const tilted = boxOf(box, correlation);
          const { logRatios, latents } = propose(tilted, 200);
          expect(Math.max(...logRatios)).toBeLessThanOrEqual(0);
          for (const latent of latents) {
            box.forEach(({ low, high }, k) => {
              expect(latent[k]).toBeGreaterThanOrEqual(low - 1e-9);
              expect(latent[k]).toBeLessThanOrEqual(high + 1e-9);
            });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('accepts many draws even where the box is a thousand times rarer than its sides', () => {
    const rare = boxOf(
      [
        { low: -INFINITY, high: -1.3 },
        { low: 0.5, high: INFINITY },
      ],
      0.85,
    );
    const { logRatios } = propose(rare, 2000);
    const acceptance = logRatios.reduce((sum, ratio) => sum + Math.exp(ratio), 0) / logRatios.length;
    expect(acceptance).toBeGreaterThan(0.3);
    // Mean weight times the bound is the probability of the box.
    expect(Math.log(acceptance) + rare.logBound).toBeLessThan(Math.log(normalLower(-1.3)) - 5);
  });

  it('a box without correlation needs no tilt and takes every draw', () => {
    const { tilts, logBound } = boxOf(
      [
        { low: 0, high: 1 },
        { low: -INFINITY, high: 0 },
      ],
      0,
    );
    expect([...tilts]).toEqual([0, 0]);
    expect(logBound).toBeCloseTo(Math.log((normalLower(1) - 0.5) * 0.5), 2);
  });
});

describe('intervals of a latent axis', () => {
  it('have probabilities and means by closed form, far into either tail', () => {
    expect(logIntervalProbability({ low: -1, high: 2 })).toBeCloseTo(Math.log(normalLower(2) - normalLower(-1)), 13);
    expect(logIntervalProbability({ low: 30, high: INFINITY })).toBeCloseTo(-454.3212, 3);
    expect(logIntervalProbability({ low: -31, high: -30 })).toBeCloseTo(-454.3212, 3);
    expect(intervalMean({ low: 0, high: INFINITY })).toBeCloseTo(Math.sqrt(2 / Math.PI), 12);
    expect(intervalMean({ low: -1, high: 1 })).toBeCloseTo(0, 12);
    expect(intervalMean({ low: 20, high: 21 })).toBeCloseTo(20.05, 2);
  });

  it('draws are quantiles of the truncated distribution', () => {
    fc.assert(
      fc.property(interval, fc.double({ min: 0.001, max: 0.999, noNaN: true }), ({ low, high }, uniform) => {
        const drawn = drawWithin({ low, high }, uniform);
        const found = logIntervalProbability({ low, high: drawn }) - logIntervalProbability({ low, high });
        expect(Math.exp(found)).toBeCloseTo(uniform, 6);
      }),
    );
  });

  it('join where allowed cells are neighbours and skip cells without mass', () => {
    const cuts = Float64Array.of(-1, 0, 0, 1);
    const order = Int32Array.of(4, 0, 1, 2, 3);
    const allow = (codes: readonly number[]) =>
      Float64Array.from({ length: 5 }, (_, code) => (codes.includes(code) ? 1 : 0));
    expect(latentIntervals(cuts, order, allow([4, 0]))).toEqual([{ low: -INFINITY, high: 0, weight: 1 }]);
    expect(latentIntervals(cuts, order, allow([0, 2]))).toEqual([{ low: -1, high: 1, weight: 1 }]);
    expect(latentIntervals(cuts, order, allow([4, 3]))).toEqual([
      { low: -INFINITY, high: -1, weight: 1 },
      { low: 1, high: INFINITY, weight: 1 },
    ]);
    expect(latentIntervals(cuts, order, allow([1]))).toEqual([]);
    expect(latentIntervals(cuts, order, Float64Array.of(0.5, 0, 0, 0, 1))).toEqual([
      { low: -INFINITY, high: -1, weight: 1 },
      { low: -1, high: 0, weight: 0.5 },
    ]);
  });
});
