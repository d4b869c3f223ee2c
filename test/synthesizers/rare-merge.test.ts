import { describe, expect, it } from 'vitest';
import { createDomain } from '../../src/marginals/domain.ts';
import { createStream } from '../../src/random/stream.ts';
import {
  conditionMerge,
  createSplitter,
  mergedDomain,
  mergeMeasurement,
  mergeRareCells,
} from '../../src/synthesizers/rare-merge.ts';
import { FALSE_ALARM_RATE, gTest } from '../support/goodness-of-fit.ts';

const measurement = (counts: readonly number[], variance: number) => ({
  clique: [0],
  counts: Float64Array.from(counts),
  variance,
});

describe('mergeRareCells', () => {
  it('merges cells below three standard deviations into one last cell and keeps the order of the others', () => {
    const merge = mergeRareCells(measurement([100, 29, -5, 30, 12, 400], 100));
    expect([...(merge?.recoding.codes ?? [])]).toEqual([0, 3, 3, 1, 3, 2]);
    expect(merge?.recoding.size).toBe(4);
    expect([...(merge?.weights ?? [])]).toEqual([100, 29, 0, 30, 12, 400]);
  });

  it.each([
    ['no cell is rare', [100, 200, 300]],
    ['one cell alone is rare', [100, 1, 300]],
  ])('merges nothing when %s', (_, counts) => {
    expect(mergeRareCells(measurement(counts, 100))).toBeUndefined();
  });

  describe('in the wide tail of a number', () => {
    const ends = Float64Array.of(0, 10, 20, 40, 80, 160, 1000);

    it('merges what is rare into a cell of its own, and splits it as a tail has its rows', () => {
      const merge = mergeRareCells(measurement([5000, 900, 200, 100, 2, -4, 3, 1], 25), { ends })!;
      expect([...merge.recoding.codes]).toEqual([0, 1, 2, 3, 4, 4, 5, 5]);
      expect(merge.recoding.size).toBe(6);
      expect(merge.weights[4]!).toBeGreaterThan(merge.weights[5]!);
      expect(merge.weights[5]!).toBeLessThan(5);
    });

    it('merges a single rare bin with the one beside it', () => {
      const merge = mergeRareCells(measurement([5000, 900, 200, 100, 40, 2], 25), { ends })!;
      expect([...merge.recoding.codes]).toEqual([0, 1, 2, 3, 4, 4]);
    });
  });

  it('splits merged cells by the likely counts when given, not by noise', () => {
    const likely = Float64Array.of(90, 20, 10, 30, 15, 390);
    const merge = mergeRareCells(measurement([100, 29, -5, 30, 12, 400], 100), { likely });
    expect([...(merge?.weights ?? [])]).toEqual([...likely]);
  });

  it('merges everything when noise hides everything', () => {
    const merge = mergeRareCells(measurement([1, 2, 3], 1e6));
    expect(merge?.recoding).toEqual({ size: 1, codes: Int32Array.of(0, 0, 0) });
  });
});

describe('conditionMerge', () => {
  it('gives a merged cell the share of its members that meets the condition, and splits only among those', () => {
    const merge = mergeRareCells(measurement([100, 29, -5, 30, 11, 400], 100))!;
    const conditioned = conditionMerge(merge, Float64Array.of(1, 0, 1, 0, 0.5, 1));
    expect([...conditioned.weights]).toEqual([1, 0, 1, 5.5 / 40]);
    const split = [...conditioned.merge.weights];
    expect([split[1], split[2], split[4]]).toEqual([0, 0, 5.5 / 40]);
  });

  it('takes members without released weight as equally likely, as the splitter does', () => {
    const merge = mergeRareCells(measurement([500, -1, -2, -3, -4], 100))!;
    const conditioned = conditionMerge(merge, Float64Array.of(1, 1, 0, 0, 0));
    expect([...conditioned.weights]).toEqual([1, 0.25]);
    expect([...conditioned.merge.weights].slice(1)).toEqual([0.25, 0, 0, 0]);
  });
});

describe('merged measurements', () => {
  const raw = measurement([100, 29, -5, 30, 12, 400], 100);
  const merge = mergeRareCells(raw);

  it('keep their total, and a domain of their size', () => {
    const merged = mergeMeasurement(raw, merge);
    expect([...merged.counts]).toEqual([100, 30, 400, 36]);
    expect(mergeMeasurement(raw, undefined)).toBe(raw);
    expect(mergedDomain(createDomain(['a', 'b'], [6, 2]), [merge, undefined]).sizes).toEqual([4, 2]);
  });

  it('are split again in proportion to the released counts (G-test, 1e-6)', () => {
    if (merge === undefined) throw new Error('cells are rare');
    const rows = 50_000;
    const codes = new Uint8Array(rows).fill(3);
    createSplitter(merge)(codes, rows, createStream(1));
    const counts = [0, 1, 2, 3, 4, 5].map((code) => codes.reduce((sum, found) => sum + Number(found === code), 0));
    expect(gTest(counts, [0, 29 / 41, 0, 0, 12 / 41, 0], rows)).toBeGreaterThan(FALSE_ALARM_RATE);
    expect(counts[2]).toBe(0);
  });

  it('are split evenly when no released count is positive, and kept cells stay as they are', () => {
    const all = mergeRareCells(measurement([-1, -2, -3, 500], 100));
    if (all === undefined) throw new Error('cells are rare');
    const rows = 30_000;
    const codes = Uint8Array.from({ length: rows }, (_, row) => row % 2);
    createSplitter(all)(codes, rows, createStream(2));
    expect(codes.filter((_, row) => row % 2 === 0).every((code) => code === 3)).toBe(true);
    const split = [0, 1, 2].map((code) => codes.reduce((sum, found) => sum + Number(found === code), 0));
    expect(gTest(split, [1 / 3, 1 / 3, 1 / 3], rows / 2)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('split only the rows they are told to', () => {
    if (merge === undefined) throw new Error('cells are rare');
    const codes = new Uint8Array(10).fill(3);
    createSplitter(merge)(codes, 4, createStream(3));
    expect([...codes.subarray(4)]).toEqual([3, 3, 3, 3, 3, 3]);
  });
});
