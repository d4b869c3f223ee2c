import { describe, expect, it } from 'vitest';
import { calibratePlan, type PlanShare } from '../../../src/privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, PrivacyPlan } from '../../../src/privacy/mechanisms.ts';
import { learnBounds, shareBounds } from '../../../src/privacy/preprocess/learn-bounds.ts';
import { learnQuantileCuts, shareQuantileCuts } from '../../../src/privacy/preprocess/quantile-cuts.ts';
import { learnRowCount, shareRowCount } from '../../../src/privacy/preprocess/row-count.ts';
import { learnTreeBins, shareTreeBins } from '../../../src/privacy/preprocess/tree-bins.ts';
import { PrivacyRun } from '../../../src/privacy/privacy-run.ts';
import { Private } from '../../../src/privacy/private.ts';
import { createStream } from '../../../src/random/stream.ts';
import { type NeighbourPair, replayNeighbours } from '../../support/record-replay.ts';
import { StreamBits } from '../../support/stream-bits.ts';

const planOf = (shares: readonly PlanShare[], epsilon = 1): PrivacyPlan =>
  calibratePlan(shares, { epsilon, delta: 1e-6 }).plan;
const runOf = (plan: PrivacyPlan, seed = 1) => new PrivacyRun({ plan, bits: new StreamBits(seed) });

const varianceOf = (plan: PrivacyPlan) => {
  const event = plan[0]?.event;
  if (event?.kind !== 'discrete-gaussian') throw new Error('no Gaussian event');
  const [numerator, denominator = '1'] = event.variance.split('/');
  return Number(numerator) / Number(denominator);
};

/** Tables of numbers that differ by one striking number. */
function numberPairs(values: readonly number[]): NeighbourPair<Float64Array>[] {
  const from = Float64Array.from(values);
  const added = [3, -3, 0, 0.4, 1e300, -1e300, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40 - 1, 2 ** 40, 7.77];
  return [
    ...added.map((value) => ({ name: `add ${value}`, from, to: Float64Array.of(...from, value), units: 1 })),
    ...added.map((value) => ({
      name: `only ${value}`,
      from: new Float64Array(0),
      to: Float64Array.of(value),
      units: 1,
    })),
    { name: 'reverse', from, to: Float64Array.from(from).reverse(), units: 0 },
  ];
}

/** Histograms of the given numbers over a grid of `cells` unit cells. */
const histogramOf = (values: readonly number[], cells: number) => {
  const counts = new Float64Array(cells);
  for (const value of values) counts[Math.max(0, Math.min(cells - 1, Math.floor(value)))]!++;
  return counts;
};

function histogramPairs(values: readonly number[], cells: number): NeighbourPair<Float64Array>[] {
  const from = histogramOf(values, cells);
  return [0, 1, 13, cells >> 1, cells - 1].flatMap((value) => [
    { name: `add ${value}`, from, to: histogramOf([...values, value], cells), units: 1 },
    { name: `only ${value}`, from: new Float64Array(cells), to: histogramOf([value], cells), units: 1 },
  ]);
}

const skewed = Array.from({ length: 4000 }, (_, row) => Math.floor(100 * (row / 4000) ** 3));

describe('learnBounds', () => {
  const share = shareBounds({ label: 'bounds', column: 'x', weight: 1, maxRows: 1 });
  const plan = planOf([share]);
  const learn = (values: readonly number[], precision: number, seed = 1) =>
    learnBounds(runOf(plan, seed), Private.seal(Float64Array.from(values)), {
      label: 'bounds',
      precision,
      variance: varianceOf(plan),
    });

  it.each([
    ['counts from 0 to 99', skewed, 1, { minimum: 0, maximum: 127 }],
    ['negative and positive', skewed.map((value) => value - 50), 1, { minimum: -63, maximum: 63 }],
    ['far from zero', skewed.map((value) => value + 1000), 1, { minimum: 512, maximum: 2047 }],
    ['all negative', skewed.map((value) => -1000 - value), 1, { minimum: -2047, maximum: -512 }],
    ['all zero', skewed.map(() => 0), 1, { minimum: 0, maximum: 0 }],
    ['cents', skewed.map((value) => value / 100), 0.01, { minimum: 0, maximum: 1.27 }],
    ['beyond 2^62 units', skewed.map(() => 1e300), 1, { minimum: 2 ** 62, maximum: 2 ** 63 }],
  ])('%s', async (_, values, precision, expected) => {
    const { minimum, maximum } = await learn(values, precision);
    expect(minimum).toBeCloseTo(expected.minimum, 10);
    expect(maximum / (expected.maximum || 1)).toBeCloseTo(expected.maximum === 0 ? 0 : 1, 10);
  });

  it('a few outliers, missing values and infinities do not widen them', async () => {
    const odd = [1e12, -1e12, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(await learn([...skewed, ...odd], 1)).toEqual(await learn(skewed, 1));
  });

  it('without visible rows the bounds hold zero', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const { minimum, maximum } = await learn([], 1, seed);
      expect(minimum).toBeLessThanOrEqual(0);
      expect(maximum).toBeGreaterThanOrEqual(0);
    }
  });

  it('an empty table seldom shows a cell: bounds are then one cell and zero', async () => {
    let wide = 0;
    for (let seed = 0; seed < 300; seed++) {
      const { minimum, maximum } = await learn([], 1, seed);
      if (minimum < 0 && maximum > 0) wide++;
    }
    expect(wide).toBeLessThan(15);
  });

  it('replays on neighbours without divergence', async () => {
    const run = (values: Private<Float64Array>, mechanisms: Mechanisms) =>
      learnBounds(mechanisms, values, { label: 'bounds', precision: 1, variance: varianceOf(plan) });
    expect(await replayNeighbours({ name: 'bounds', plan, run }, numberPairs([1, 5, -900, 3]))).toEqual([]);
  });
});

describe('learnQuantileCuts', () => {
  const shares = shareQuantileCuts({ label: 'cuts', column: 'x', weight: 1, levels: 3, maxRows: 1 });
  const request = { label: 'cuts', levels: 3, cells: 100 };

  it('bins hold about equal numbers of rows', async () => {
    const histogram = histogramOf(skewed, 100);
    const cuts = await learnQuantileCuts(runOf(planOf(shares)), Private.seal(histogram), request);
    expect(cuts[0]).toBe(0);
    expect(cuts).toEqual([...new Set(cuts)].sort((a, b) => a - b));
    // The first 860 of 4000 rows share cell 0, so no bin can hold fewer than they do; the others hold close to an eighth.
    const sizes = cuts.map((first, bin) =>
      histogram.slice(first, cuts[bin + 1]).reduce((sum, count) => sum + count, 0),
    );
    expect(Math.max(...sizes.slice(1))).toBeLessThan(4000 / 4);
    expect(cuts.length).toBeGreaterThanOrEqual(5);
  });

  it('with a vast budget the first cut is the median boundary', async () => {
    const uniform = Array.from({ length: 1000 }, (_, row) => row / 10);
    const cuts = await learnQuantileCuts(runOf(planOf(shares, 1000)), Private.seal(histogramOf(uniform, 100)), request);
    expect(cuts).toHaveLength(8);
    expect(cuts[4]).toBe(50);
    expect(cuts.every((cut, bin) => Math.abs(cut - 12.5 * bin) <= 1)).toBe(true);
  });

  it('single cells are not split, and a grid of one cell asks nothing', async () => {
    const plan = planOf(shares);
    const run = runOf(plan);
    expect(await learnQuantileCuts(run, Private.seal(Float64Array.of(5)), { ...request, cells: 1 })).toEqual([0]);
    expect(run.unspent).toEqual(plan);
    const two = await learnQuantileCuts(runOf(plan), Private.seal(Float64Array.of(5, 5)), { ...request, cells: 2 });
    expect(two).toEqual([0, 1]);
  });

  it('units of several rows are refused', () => {
    expect(() => shareQuantileCuts({ label: 'c', column: 'x', weight: 1, levels: 3, maxRows: 2 })).toThrow(
      /up to 2 rows.*need units of one row/,
    );
  });

  it('replays on neighbours without divergence', async () => {
    const run = (histogram: Private<Float64Array>, mechanisms: Mechanisms) =>
      learnQuantileCuts(mechanisms, histogram, request);
    const plan = planOf(shares);
    const pairs = histogramPairs(skewed.slice(0, 30), 100);
    expect(await replayNeighbours({ name: 'cuts', plan, run }, pairs)).toEqual([]);
  });

  it('the replay notices bins that overlap, which would break the parallel argument', async () => {
    const plan = planOf(shares.slice(0, 1));
    const run = (histogram: Private<Float64Array>, mechanisms: Mechanisms) =>
      mechanisms.exponentialByPart(
        histogram.map((counts) => Float64Array.of(counts[0]!, counts[1]!, counts[0]!, counts[2]!)),
        { label: 'cuts:level-1', candidates: [2, 2], sensitivity: { numerator: 1n, denominator: 1n } },
      );
    const found = await replayNeighbours({ name: 'overlap', plan, run }, histogramPairs([], 100));
    expect(found.map(({ what }) => what).join()).toContain('2 parts change');
  });
});

describe('learnTreeBins', () => {
  const shares = shareTreeBins({ label: 'tree', column: 'x', weight: 1, levels: 6, maxRows: 1 });
  const plan = planOf(shares);
  const request = { label: 'tree', levels: 6, cells: 1024, variance: varianceOf(plan) };

  it('bins are fine where the rows are and coarse elsewhere', async () => {
    const stream = createStream('tree');
    const values = Array.from({ length: 20_000 }, () => 100 + 5 * stream.nextNormal());
    const bins = await learnTreeBins(runOf(plan), Private.seal(histogramOf(values, 1024)), request);
    expect(bins[0]).toBe(0);
    const inside = bins.filter((first) => first >= 80 && first < 120).length;
    expect(inside).toBeGreaterThanOrEqual(2);
    expect(bins.filter((first) => first >= 512)).toEqual([512]);
  });

  it('a tree over nothing is one bin', async () => {
    expect(await learnTreeBins(runOf(plan), Private.seal(new Float64Array(1024)), request)).toEqual([0]);
  });

  it('replays on neighbours without divergence', async () => {
    const run = (histogram: Private<Float64Array>, mechanisms: Mechanisms) =>
      learnTreeBins(mechanisms, histogram, request);
    const many = Array.from({ length: 3000 }, (_, row) => row % 200);
    expect(await replayNeighbours({ name: 'tree', plan, run }, histogramPairs(many, 1024))).toEqual([]);
  });
});

describe('learnRowCount', () => {
  const plan = planOf([shareRowCount({ label: 'rows', weight: 1, maxRows: 3 })]);

  it('is near the truth and never negative', async () => {
    const near = await learnRowCount(runOf(plan), Private.seal(10_000), 'rows');
    expect(Math.abs(near - 10_000)).toBeLessThan(6 * Math.sqrt(varianceOf(plan)));
    const counts = await Promise.all(
      Array.from({ length: 20 }, (_, seed) => learnRowCount(runOf(plan, seed), Private.seal(0), 'rows')),
    );
    expect(Math.min(...counts)).toBe(0);
    expect(Math.max(...counts)).toBeGreaterThan(0);
  });

  it('replays with units of three rows, and notices a fourth', async () => {
    const run = (rows: Private<number>, mechanisms: Mechanisms) => learnRowCount(mechanisms, rows, 'rows');
    const replayed = (added: number) =>
      replayNeighbours({ name: 'rows', plan, run }, [{ name: `add ${added}`, from: 5, to: 5 + added, units: 1 }]);
    expect(await replayed(3)).toEqual([]);
    expect(await replayed(4)).not.toEqual([]);
  });
});
