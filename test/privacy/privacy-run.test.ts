import { describe, expect, it } from 'vitest';
import { TabveilError } from '../../src/errors.ts';
import { stabilityThreshold, worstUniqueKeyDelta } from '../../src/math/discrete-gaussian-tail.ts';
import { laplaceThreshold, worstUniqueKeyDeltaL1 } from '../../src/math/discrete-laplace-tail.ts';
import { rational } from '../../src/math/rational.ts';
import type { PrivacyEvent } from '../../src/privacy/events.ts';
import type { PrivacyPlan } from '../../src/privacy/mechanisms.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import { SecureBits } from '../../src/random/secure-bits.ts';
import { FALSE_ALARM_RATE, gTest } from '../support/goodness-of-fit.ts';
import { StreamBits } from '../support/stream-bits.ts';

const gaussian = (variance: string): PrivacyEvent => ({
  kind: 'discrete-gaussian',
  variance,
  l2Sensitivity: 1,
  oneCell: true,
  count: 1,
});
const histogram = (threshold: number, l2Sensitivity = 1, delta = 1e-6): PrivacyEvent => ({
  kind: 'stability-threshold',
  variance: '25',
  threshold,
  l2Sensitivity,
  delta,
  count: 1,
});
const planOf = (events: Readonly<Record<string, PrivacyEvent>>): PrivacyPlan =>
  Object.entries(events).map(([label, event]) => ({ label, purpose: 'test', event }));

const runOf = (events: Readonly<Record<string, PrivacyEvent>>, seed = 1) =>
  new PrivacyRun({ plan: planOf(events), bits: new StreamBits(seed) });

/** A private vector that records whether anyone looked. */
function watched(values: readonly number[]): { readonly value: Private<Float64Array>; readonly opened: () => number } {
  let opened = 0;
  const value = Private.defer(() => {
    opened++;
    return Float64Array.from(values);
  });
  return { value, opened: () => opened };
}

const CHOICE: PrivacyEvent = { kind: 'exponential', epsilon: '1', count: 1 };
const ALL: Readonly<Record<string, PrivacyEvent>> = {
  counts: gaussian('4'),
  laplace: { kind: 'discrete-laplace', scale: '3/2', l1Sensitivity: 1, count: 1 },
  choice: CHOICE,
  keys: histogram(26),
};

describe('PrivacyRun', () => {
  it('adds noise of the planned variance to every cell and names the event that paid', async () => {
    const cells = 50_000;
    const run = runOf({ first: gaussian('1'), second: gaussian('4') });
    const counts = Private.seal(new Float64Array(cells).fill(1000));
    const { value, entry } = await run.discreteGaussian(counts, { label: 'second', cells });
    expect(entry).toBe(1);
    const weights = Array.from({ length: 25 }, (_, cell) => Math.exp(-((cell - 12) ** 2) / 8));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const observed = new Array<number>(25).fill(0);
    for (const noisy of value) observed[noisy - 988]!++;
    const exact = weights.map((weight) => weight / total);
    expect(gTest(observed, exact, cells)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('discrete Laplace noise has the planned scale', async () => {
    const cells = 50_000;
    const run = runOf(ALL);
    const { value } = await run.discreteLaplace(Private.seal(new Float64Array(cells)), { label: 'laplace', cells });
    const observed = new Array<number>(41).fill(0);
    for (const noisy of value) observed[noisy + 20]!++;
    const exact = observed.map((_, cell) => Math.tanh(1 / 3) * Math.exp(-Math.abs(cell - 20) / 1.5));
    expect(gTest(observed, exact, cells)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('leaves the private vector as it was', async () => {
    const counts = Float64Array.of(1, 2, 3);
    await runOf(ALL).discreteGaussian(Private.seal(counts), { label: 'counts', cells: 3 });
    expect([...counts]).toEqual([1, 2, 3]);
  });

  it('chooses candidates with the probabilities of the exponential mechanism', async () => {
    const names = Array.from({ length: 4000 }, (_, round) => `round ${round}`);
    const run = runOf(Object.fromEntries(names.map((name) => [name, CHOICE])));
    const scores = Private.seal(Float64Array.of(0, 2));
    const chosen = [0, 0];
    for (const label of names) {
      const request = { label, candidates: 2, sensitivity: rational(1n) };
      chosen[(await run.exponential(scores, request)).value]!++;
    }
    const better = Math.E / (1 + Math.E);
    expect(gTest(chosen, [1 - better, better], names.length)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('chooses in every part by its own scores, paid by one event', async () => {
    const parts = 4000;
    const run = runOf(ALL);
    const scores = Float64Array.from({ length: 3 * parts }, (_, index) => (index % 3 === 2 ? 2 : index % 3));
    const request = { label: 'choice', candidates: new Array<number>(parts).fill(3), sensitivity: rational(1n) };
    const { value, entry } = await run.exponentialByPart(Private.seal(scores), request);
    expect(entry).toBe(2);
    const weights = [1, Math.exp(1 / 2), Math.E];
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counts = weights.map((_, index) => value.filter((chosen) => chosen === index).length);
    const exact = weights.map((weight) => weight / total);
    expect(gTest(counts, exact, parts)).toBeGreaterThan(FALSE_ALARM_RATE);
    await expect(run.exponentialByPart(Private.seal(scores), request)).rejects.toThrow(/spent before/);
  });

  it('parts of different sizes keep their borders', async () => {
    const scores = Private.seal(Float64Array.of(0, 1000, 1000, 0, 0, 0, 0, 1000));
    const request = { label: 'choice', candidates: [2, 3, 1, 2], sensitivity: rational(1n) };
    expect((await runOf(ALL).exponentialByPart(scores, request)).value).toEqual([1, 0, 0, 1]);
  });

  it('releases keys at the threshold, ordered by code point, whatever the order of the rows', async () => {
    const counts = new Map([
      ['\u{1F600}', 500],
      ['\uFF5E', 400],
      ['b', 300],
      ['a', 200],
      ['rare', 1],
      ['none', 0],
    ]);
    const reversed = new Map([...counts].reverse());
    const once = await runOf(ALL).stabilityHistogram(Private.seal(counts), { label: 'keys' });
    const again = await runOf(ALL).stabilityHistogram(Private.seal(reversed), { label: 'keys' });
    expect([...once.value.keys()]).toEqual(['a', 'b', '\uFF5E', '\u{1F600}']);
    expect([...again.value]).toEqual([...once.value]);
    for (const [key, noisy] of once.value) expect(Math.abs(noisy - (counts.get(key) ?? 0))).toBeLessThan(60);
  });

  it('a key of one row is shown about as often as its delta says', async () => {
    const threshold = stabilityThreshold(rational(25n), 0.01, 1);
    const delta = worstUniqueKeyDelta(25, threshold, 1);
    const counts = new Map(Array.from({ length: 100_000 }, (_, key) => [`k${key}`, 1]));
    const { value } = await runOf({ keys: histogram(threshold, 1, 0.01) }).stabilityHistogram(Private.seal(counts), {
      label: 'keys',
    });
    expect(gTest([value.size], [delta], 100_000)).toBeGreaterThan(FALSE_ALARM_RATE);
    expect(gTest([value.size], [delta * 1.5], 100_000)).toBeLessThan(FALSE_ALARM_RATE);
  });

  it('a key of one row under Laplace noise is shown about as often as its delta says', async () => {
    const threshold = laplaceThreshold(rational(3n), 0.01, 1);
    const delta = worstUniqueKeyDeltaL1(3, threshold, 1);
    const keys = { kind: 'laplace-threshold', scale: '3', threshold, l1Sensitivity: 1, delta, count: 1 } as const;
    const counts = new Map(Array.from({ length: 100_000 }, (_, key) => [`k${key}`, 1]));
    const { value } = await runOf({ keys }).stabilityHistogram(Private.seal(counts), { label: 'keys' });
    expect(gTest([value.size], [delta], 100_000)).toBeGreaterThan(FALSE_ALARM_RATE);
    expect(gTest([value.size], [delta * 1.5], 100_000)).toBeLessThan(FALSE_ALARM_RATE);
  });

  it.each([
    [
      'an unplanned label',
      (run: PrivacyRun, v: Private<Float64Array>) => run.discreteGaussian(v, { label: 'no', cells: 1 }),
      'plan.unplanned',
    ],
    [
      'an event of another kind',
      (run: PrivacyRun, v: Private<Float64Array>) => run.discreteGaussian(v, { label: 'laplace', cells: 1 }),
      'plan.kind',
    ],
    [
      'no cells',
      (run: PrivacyRun, v: Private<Float64Array>) => run.discreteGaussian(v, { label: 'counts', cells: 0 }),
      'privacy-run.request',
    ],
    [
      'cells that are no number',
      (run: PrivacyRun, v: Private<Float64Array>) => run.discreteLaplace(v, { label: 'laplace', cells: Number.NaN }),
      'privacy-run.request',
    ],
    [
      'no candidates',
      (run: PrivacyRun, v: Private<Float64Array>) =>
        run.exponential(v, { label: 'choice', candidates: 0, sensitivity: rational(1n) }),
      'privacy-run.request',
    ],
    [
      'sensitivity zero',
      (run: PrivacyRun, v: Private<Float64Array>) =>
        run.exponential(v, { label: 'choice', candidates: 1, sensitivity: rational(0n) }),
      'privacy-run.request',
    ],
  ] as const)('%s is refused before the door is opened', async (_, call, code) => {
    const { value, opened } = watched([1]);
    await expect(call(runOf(ALL), value)).rejects.toMatchObject({ kind: 'bug', code });
    expect(opened()).toBe(0);
  });

  it('an event pays once, also for calls made at the same time', async () => {
    const run = runOf(ALL);
    const { value, opened } = watched([1]);
    const both = await Promise.allSettled([
      run.discreteGaussian(value, { label: 'counts', cells: 1 }),
      run.discreteGaussian(value, { label: 'counts', cells: 1 }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: { code: 'plan.spent-twice' } });
    expect(opened()).toBe(1);
    expect(run.unspent.map(({ label }) => label)).toEqual(['laplace', 'choice', 'keys']);
  });

  it('two events with one label are refused', () => {
    const event = { label: 'x', purpose: 'p', event: gaussian('1') };
    expect(() => new PrivacyRun({ plan: [event, event], bits: new StreamBits(0) })).toThrow(
      /two events are labelled "x"/,
    );
  });

  it.each([
    ['one below what delta needs', histogram(25)],
    ['right for one row but not for three', histogram(26, 3)],
    [
      'one below what delta needs under Laplace noise',
      { kind: 'laplace-threshold', scale: '10', threshold: 132, l1Sensitivity: 1, delta: 1e-6, count: 1 } as const,
    ],
  ])('a threshold is refused before the door is opened: %s', async (_, event) => {
    let opened = false;
    const counts = Private.defer(() => {
      opened = true;
      return new Map([['a', 1000]]);
    });
    await expect(runOf({ keys: event }).stabilityHistogram(counts, { label: 'keys' })).rejects.toThrow(
      /does not keep delta/,
    );
    expect(opened).toBe(false);
  });

  it('an event that counts several releases does not pay for one selection', async () => {
    const run = runOf({ choice: { kind: 'exponential', epsilon: '1', count: 2 } });
    const request = { label: 'choice', candidates: 1, sensitivity: rational(1n) };
    await expect(run.exponential(Private.seal(new Float64Array(1)), request)).rejects.toThrow(/counts 2 releases/);
  });

  it('NaN, infinities, fractions, huge values and wrong lengths give finite integers of the announced length', async () => {
    const odd = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, -Number.MAX_VALUE, 2.5, 1e300);
    for (const cells of [2, 5, 9]) {
      const { value } = await runOf(ALL).discreteGaussian(Private.seal(odd), { label: 'counts', cells });
      expect(value).toHaveLength(cells);
      expect([...value].every(Number.isSafeInteger)).toBe(true);
    }
    const request = { label: 'choice', candidates: 3, sensitivity: rational(1n) };
    const { value } = await runOf(ALL).exponential(Private.seal(odd.subarray(0, 2)), request);
    expect([0, 1, 2]).toContain(value);
    const keys = new Map([
      ['nan', Number.NaN],
      ['negative', -1000],
      ['fine', 1000],
    ]);
    const released = await runOf(ALL).stabilityHistogram(Private.seal(keys), { label: 'keys' });
    expect([...released.value.keys()]).toEqual(['fine']);
  });

  it('a failure while computing the private statistic keeps its text to itself', async () => {
    const leaky = Private.defer((): Float64Array => {
      throw new RangeError('value 123456 out of range');
    });
    const failure = await runOf(ALL)
      .discreteGaussian(leaky, { label: 'counts', cells: 1 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TabveilError);
    expect(JSON.stringify([String(failure), (failure as Error).stack, (failure as Error).cause])).not.toContain(
      '123456',
    );
  });

  it('errors that are safe by contract and cancellations pass', async () => {
    const gone = new TabveilError('input', 'table.gone', 'claims.csv: the file has vanished; put it back.');
    const failing = (error: Error) =>
      Private.defer((): Float64Array => {
        throw error;
      });
    const request = { label: 'counts', cells: 1 };
    await expect(runOf(ALL).discreteGaussian(failing(gone), request)).rejects.toBe(gone);
    const abort = new DOMException('row 77', 'AbortError');
    await expect(runOf(ALL).discreteGaussian(failing(abort), request)).rejects.toMatchObject({
      name: 'AbortError',
      message: 'Aborted.',
    });
  });

  it('only the operating system source makes noise fit for release', () => {
    expect(new PrivacyRun({ plan: [], bits: new SecureBits() }).testNoise).toBe(false);
    expect(new PrivacyRun({ plan: [], bits: new StreamBits(1) }).testNoise).toBe(true);
  });
});
