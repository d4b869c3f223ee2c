import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareRatios, median, mergePairs, withRatio } from '../../benchmarks/speed/ratios.mjs';

const RESULTS = join(import.meta.dirname, '../../benchmarks/results');
const pair = (ours: number[], theirs: number[]) => withRatio({ name: 'n', rival: 'r', ours, theirs });

describe('withRatio', () => {
  it('compares round by round, so that a busy round slows both sides', () => {
    expect(pair([1, 10, 2], [2, 20, 4]).ratio).toEqual({ median: 0.5, low: 0.5, high: 0.5 });
    expect(pair([1, 3, 2], [1, 1, 1]).ratio).toEqual({ median: 2, low: 1, high: 3 });
  });

  it('the median of an even number of rounds is the middle of the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe('compareRatios', () => {
  const before = pair([1, 1.1, 0.9], [1, 1, 1]);
  const verdictOf = (ours: number[]) => compareRatios([before], [pair(ours, [1, 1, 1])])[0]?.verdict;

  it('calls slower what rose by more than 1.2 beyond the spread of the rounds, and only that', () => {
    expect(verdictOf([1.3, 1.25, 1.4])).toBe('slower');
    // Within the spread of the rounds: one round was as good as before.
    expect(verdictOf([1.3, 1.05, 1.4])).toBe('same');
    // Beyond the spread but by less than 1.2.
    expect(verdictOf([1.15, 1.16, 1.17])).toBe('same');
    expect(verdictOf([0.5, 0.6, 0.55])).toBe('faster');
  });

  it('a slower machine changes nothing, because the rival is slower too', () => {
    const slowed = pair([2, 2.2, 1.8], [2, 2, 2]);
    expect(compareRatios([before], [slowed])[0]).toMatchObject({ verdict: 'same', factor: 1 });
  });

  it('a pair without a baseline is new', () => {
    expect(compareRatios([], [before])[0]?.verdict).toBe('new');
  });
});

describe('mergePairs', () => {
  it('replaces pairs that were measured again, keeps the others and adds new ones', () => {
    const named = (name: string, own: number) => withRatio({ name, rival: 'r', ours: [own], theirs: [1] });
    const merged = mergePairs([named('a', 1), named('b', 1)], [named('b', 2), named('c', 3)]);
    expect(merged.map(({ name, ratio }) => [name, ratio.median])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
  });
});

describe('the stored baseline of speed', () => {
  it('holds every pair with as many rounds on both sides, its machine and its day', () => {
    const path = join(RESULTS, 'speed-baseline.json');
    expect(existsSync(path)).toBe(true);
    const { pairs, machine, day } = JSON.parse(readFileSync(path, 'utf8'));
    expect(machine).toMatchObject({ processor: expect.any(String), cores: expect.any(Number) });
    expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(pairs.length).toBeGreaterThan(8);
    for (const { ours, theirs, ratio } of pairs) {
      expect(ours.length).toBe(theirs.length);
      expect(ratio.low).toBeLessThanOrEqual(ratio.median);
      expect(ratio.median).toBeLessThanOrEqual(ratio.high);
    }
  });
});
