import { describe, expect, it } from 'vitest';
import { rational } from '../../../src/math/rational.ts';
import { LikelihoodWitness } from '../../../src/privacy/audit/witness.ts';
import type { Mechanisms, PrivacyPlan } from '../../../src/privacy/mechanisms.ts';
import { Private } from '../../../src/privacy/private.ts';
import { honest } from '../../support/audit-mutants.ts';
import { StreamBits } from '../../support/stream-bits.ts';

const PLAN: PrivacyPlan = [
  {
    label: 'counts',
    purpose: 'test',
    event: { kind: 'discrete-gaussian', variance: '9/2', l2Sensitivity: 1, oneCell: true, count: 1 },
  },
  { label: 'laplace', purpose: 'test', event: { kind: 'discrete-laplace', scale: '2', l1Sensitivity: 1, count: 1 } },
  { label: 'choice', purpose: 'test', event: { kind: 'exponential', epsilon: '3/2', count: 1 } },
  {
    label: 'keys',
    purpose: 'test',
    event: { kind: 'stability-threshold', variance: '1', threshold: 7, l2Sensitivity: 1, delta: 1e-6, count: 1 },
  },
];

const witness = (seed: string) => new LikelihoodWitness(PLAN, honest(new StreamBits(seed)));
const vector = (...values: readonly number[]) => Private.seal(Float64Array.from(values));

describe('LikelihoodWitness', () => {
  it('adds up the exact log-likelihood ratios of Gaussian, Laplace and selection outputs', async () => {
    const run = async (mechanisms: Mechanisms, shift: number) => {
      const counts = await mechanisms.discreteGaussian(vector(3, 5 + shift), { label: 'counts', cells: 2 });
      const laplace = await mechanisms.discreteLaplace(vector(7 + shift), { label: 'laplace', cells: 1 });
      const request = { label: 'choice', candidates: 3, sensitivity: rational(2n) };
      const choice = await mechanisms.exponential(vector(shift, 1, 2 - shift), request);
      return { counts: counts.value, laplace: laplace.value, choice: choice.value };
    };
    for (const seed of ['one', 'two', 'three']) {
      const observer = witness(seed);
      const { counts, laplace, choice } = await run(observer.watch(), 1);
      expect(await run(observer.replay(), 0)).toEqual({ counts, laplace, choice });
      const gaussian = ((counts[1]! - 5) ** 2 - (counts[1]! - 6) ** 2) / 9;
      const twoSided = (Math.abs(laplace[0]! - 7) - Math.abs(laplace[0]! - 8)) / 2;
      const weights = (scores: readonly number[]) => scores.map((score) => Math.exp((1.5 * score) / 4));
      const share = (scores: readonly number[]) =>
        weights(scores)[choice]! / weights(scores).reduce((sum, weight) => sum + weight, 0);
      const selection = Math.log(share([1, 1, 1]) / share([0, 1, 2]));
      expect(observer.logLikelihoodRatio).toBeCloseTo(gaussian + twoSided + selection, 10);
    }
  });

  it('selections by part count each part', async () => {
    const observer = witness('parts');
    const request = { label: 'choice', candidates: [2, 2], sensitivity: rational(1n) };
    const { value } = await observer.watch().exponentialByPart(vector(0, 2, 0, 0), request);
    await observer.replay().exponentialByPart(vector(0, 0, 0, 0), request);
    const weight = Math.exp(1.5);
    const share = value[0] === 1 ? weight / (1 + weight) : 1 / (1 + weight);
    expect(observer.logLikelihoodRatio).toBeCloseTo(Math.log(share / 0.5), 10);
  });

  it('histograms over unknown keys are replayed and do not count', async () => {
    const observer = witness('keys');
    const first = await observer.watch().stabilityHistogram(Private.seal(new Map([['a', 50]])), { label: 'keys' });
    const second = await observer.replay().stabilityHistogram(Private.seal(new Map()), { label: 'keys' });
    expect([...second.value]).toEqual([...first.value]);
    expect(observer.logLikelihoodRatio).toBe(0);
  });

  it.each<[string, (mechanisms: Mechanisms) => Promise<unknown>]>([
    ['another label', (mechanisms) => mechanisms.discreteLaplace(vector(1), { label: 'laplace', cells: 1 })],
    ['another length', (mechanisms) => mechanisms.discreteGaussian(vector(1, 2), { label: 'counts', cells: 2 })],
    [
      'one call more',
      async (mechanisms) => {
        await mechanisms.discreteGaussian(vector(1), { label: 'counts', cells: 1 });
        await mechanisms.discreteLaplace(vector(1), { label: 'laplace', cells: 1 });
      },
    ],
  ])('a run on the neighbour that differs by %s is refused as a bug', async (_, other) => {
    const observer = witness('diverged');
    await observer.watch().discreteGaussian(vector(0), { label: 'counts', cells: 1 });
    await expect(other(observer.replay())).rejects.toMatchObject({ kind: 'bug', code: 'audit.diverged' });
  });
});
