import { describe, expect, it } from 'vitest';
import type { PrivacyPlan } from '../../../src/privacy/mechanisms.ts';
import { isSamplingRate, poissonSample, samplingRateNear } from '../../../src/privacy/noise/poisson-sample.ts';
import { l2BoundFor, noiseExponent } from '../../../src/privacy/noise/subsampled-gaussian.ts';
import { PrivacyRun } from '../../../src/privacy/privacy-run.ts';
import { Private } from '../../../src/privacy/private.ts';
import { FALSE_ALARM_RATE, gTest } from '../../support/goodness-of-fit.ts';
import { StreamBits } from '../../support/stream-bits.ts';

const plan = (samplingRate: number, noiseMultiplier: number, steps = 1): PrivacyPlan => [
  { label: 'sgd', purpose: 'test', event: { kind: 'subsampled-gaussian', samplingRate, noiseMultiplier, steps } },
];
const request = { label: 'sgd', coordinates: 1, l2Bound: 1000 };
/** Every row adds `each` to the one coordinate. */
const rowsOf = (rows: number, each: number) =>
  Private.seal({ rows, sum: (drawn: Int32Array) => Float64Array.of(each * drawn.length) });

describe('poissonSample', () => {
  it('draws every row on its own: sizes are binomial, a fixed size would be noticed', () => {
    const bits = new StreamBits('sizes');
    const [rows, rate, trials] = [20, 0.25, 50_000];
    const sizes = new Array<number>(rows + 1).fill(0);
    const hits = new Array<number>(rows).fill(0);
    for (let trial = 0; trial < trials; trial++) {
      const drawn = poissonSample(bits, rows, rate);
      sizes[drawn.length]!++;
      for (const row of drawn) hits[row]!++;
    }
    let probability = (1 - rate) ** rows;
    const binomial = Array.from({ length: rows + 1 }, (_, size) => {
      const current = probability;
      probability *= ((rows - size) / (size + 1)) * (rate / (1 - rate));
      return current;
    });
    expect(gTest(sizes, binomial, trials)).toBeGreaterThan(FALSE_ALARM_RATE);
    const fixed = binomial.map((_, size) => (size === rows * rate ? trials : 0));
    expect(gTest(fixed, binomial, trials)).toBeLessThan(FALSE_ALARM_RATE);
    for (const count of hits) expect(Math.abs(count - rate * trials)).toBeLessThan(5.5 * Math.sqrt(trials * rate));
  });

  it('rate 1 draws all, and the smallest rate next to none', () => {
    expect([...poissonSample(new StreamBits(1), 5, 1)]).toEqual([0, 1, 2, 3, 4]);
    expect(poissonSample(new StreamBits(1), 1000, 2 ** -32)).toHaveLength(0);
    expect(poissonSample(new StreamBits(1), 0, 0.5)).toHaveLength(0);
  });

  it('rates are multiples of 2^-32', () => {
    expect(isSamplingRate(0.1)).toBe(false);
    expect(isSamplingRate(samplingRateNear(0.1))).toBe(true);
    expect(samplingRateNear(1e-12)).toBe(2 ** -32);
    expect(samplingRateNear(7)).toBe(1);
  });
});

describe('noise of a step', () => {
  it('is never less than the multiplier times the bound', () => {
    for (const noiseMultiplier of [0.3, 0.9999, 1, 1.0001, 4.7, 63.2, 190]) {
      for (const most of [10, 1000, 65_536]) {
        const bound = l2BoundFor(noiseMultiplier, most);
        const exponent = noiseExponent(noiseMultiplier, bound) ?? Number.NaN;
        expect(2 ** exponent).toBeGreaterThanOrEqual(noiseMultiplier * bound);
        expect(bound).toBeLessThanOrEqual(most);
        if (exponent > 6 && bound > 100) expect(2 ** exponent / (noiseMultiplier * bound)).toBeLessThan(1.02);
      }
    }
    expect(noiseExponent(1e6, 1e6)).toBeUndefined();
  });
});

describe('PrivacyRun.subsampledGaussian', () => {
  it('adds noise of multiplier times bound to the sum of drawn rows', async () => {
    const coordinates = 20_000;
    const run = new PrivacyRun({ plan: plan(1, 1.024), bits: new StreamBits('step') });
    const rows = Private.seal({
      rows: 3,
      sum: (drawn: Int32Array) => new Float64Array(coordinates).fill(drawn.length * 500),
    });
    const { value, entry } = await run.subsampledGaussian(rows, { ...request, coordinates });
    const mean = value.reduce((sum, noisy) => sum + noisy, 0) / coordinates;
    const square = value.reduce((sum, noisy) => sum + (noisy - mean) ** 2, 0) / coordinates;
    expect(entry).toBe(0);
    expect(Math.abs(mean - 1500)).toBeLessThan((5 * 1024) / Math.sqrt(coordinates));
    expect(Math.abs(square / 1024 ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / coordinates));
  });

  it('hands on every unit that was drawn, however many, and the same ones for no two steps', async () => {
    const [units, rate, steps] = [3000, 0.5, 40];
    const run = new PrivacyRun({ plan: plan(rate, 1, steps), bits: new StreamBits('all drawn') });
    const sets: Int32Array[] = [];
    const seen = Private.seal({
      rows: units,
      sum: (drawn: Int32Array) => {
        sets.push(drawn.slice());
        return Float64Array.of(0);
      },
    });
    for (let step = 0; step < steps; step++) await run.subsampledGaussian(seen, request);
    const spread = 6 * Math.sqrt(units * rate * (1 - rate));
    for (const drawn of sets) expect(Math.abs(drawn.length - units * rate)).toBeLessThan(spread);
    expect(new Set(sets.map((drawn) => drawn.length)).size).toBeGreaterThan(10);
    for (const [step, drawn] of sets.slice(1).entries()) {
      const before = new Set(sets[step]);
      const shared = drawn.filter((unit) => before.has(unit)).length;
      expect(Math.abs(shared - units * rate * rate)).toBeLessThan(6 * Math.sqrt(units * rate * rate));
    }
  });

  it('pays for its steps and no more; an empty draw takes a step like any other', async () => {
    const run = new PrivacyRun({ plan: plan(2 ** -32, 1, 2), bits: new StreamBits('steps') });
    await run.subsampledGaussian(rowsOf(3, 1000), request);
    const { value } = await run.subsampledGaussian(rowsOf(0, 1000), request);
    expect(value).toHaveLength(1);
    await expect(run.subsampledGaussian(rowsOf(3, 1000), request)).rejects.toThrow(/all 2 steps .* were spent/);
    expect(run.unspent).toEqual([]);
  });

  it('refuses what public facts show to be wrong, before the door opens', async () => {
    let opened = 0;
    const rows = Private.defer(() => {
      opened++;
      return { rows: 1, sum: () => new Float64Array(1) };
    });
    const of = (rate: number, sigma: number) => new PrivacyRun({ plan: plan(rate, sigma), bits: new StreamBits(0) });
    await expect(of(0.1, 1).subsampledGaussian(rows, request)).rejects.toThrow(/multiple of 2\^-32/);
    await expect(of(0.5, 1).subsampledGaussian(rows, { ...request, l2Bound: 0.5 })).rejects.toThrow(/l2Bound is 0.5/);
    await expect(of(0.5, 1e9).subsampledGaussian(rows, request)).rejects.toThrow(/out of range/);
    await expect(of(0.5, 1).subsampledGaussian(rows, { ...request, label: 'other' })).rejects.toThrow(/no event/);
    expect(opened).toBe(0);
  });

  it('a failure inside says nothing about the rows', async () => {
    const rows = Private.seal({
      rows: 1,
      sum: () => {
        throw new Error('row 17 is 4711');
      },
    });
    const run = new PrivacyRun({ plan: plan(1, 1), bits: new StreamBits(0) });
    await expect(run.subsampledGaussian(rows, request)).rejects.toThrow(/reason is withheld/);
  });
});
