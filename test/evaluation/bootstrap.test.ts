import { describe, expect, it } from 'vitest';
import { bootstrapInterval, percentileInterval } from '../../src/evaluation/bootstrap.ts';
import { cramersV, cramersVError } from '../../src/evaluation/fidelity/association.ts';
import { createStream } from '../../src/random/stream.ts';

describe('bootstrapInterval', () => {
  it('covers the mean of a sample about as the normal interval does', () => {
    const stream = createStream(1);
    const values = Float64Array.from({ length: 400 }, () => stream.nextNormal());
    const mean = (rows: Iterable<number>) =>
      [...rows].reduce((t, row) => t + (values[row] as number), 0) / values.length;
    const value = mean(values.keys());
    const [low, high] = bootstrapInterval(value, values.length, { statistic: mean, stream }) ?? [0, 0];
    expect(high - low).toBeGreaterThan(0.7 * 2 * 1.96 * 0.05);
    expect(high - low).toBeLessThan(1.4 * 2 * 1.96 * 0.05);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });

  it('has none for what is undefined, and always holds its value', () => {
    const stream = createStream(1);
    expect(bootstrapInterval(null, 5, { statistic: () => 1, stream })).toBeNull();
    expect(bootstrapInterval(1, 0, { statistic: () => 1, stream })).toBeNull();
    expect(bootstrapInterval(1, 5, { statistic: () => null, stream })).toBeNull();
    expect(percentileInterval(0.5, [1, 2, 3])).toEqual([0.5, 3]);
  });
});

describe("error of Cramér's V", () => {
  it('is near the spread over resampled tables', () => {
    const counts = Float64Array.of(60, 20, 30, 10, 50, 30);
    const cells = [...counts].flatMap((count, cell) => Array.from({ length: count }, () => cell));
    const stream = createStream(2);
    const found = Array.from({ length: 2000 }, () => {
      const drawn = new Float64Array(6);
      for (let at = 0; at < cells.length; at += 1) drawn[cells[stream.below(cells.length)] as number]! += 1;
      return cramersV(drawn, 2, 3);
    });
    const mean = found.reduce((t, v) => t + v, 0) / found.length;
    const spread = Math.sqrt(found.reduce((t, v) => t + (v - mean) ** 2, 0) / found.length);
    expect(cramersVError(counts, 2, 3) / spread).toBeGreaterThan(0.9);
    expect(cramersVError(counts, 2, 3) / spread).toBeLessThan(1.1);
  });

  it('is 0 where V is', () => {
    expect(cramersVError(Float64Array.of(5, 0, 5, 0), 2, 2)).toBe(0);
    expect(cramersVError(Float64Array.of(4, 4, 4, 4), 2, 2)).toBe(0);
  });
});
