import { describe, expect, it } from 'vitest';
import { aucDifference, rocAuc } from '../../../src/evaluation/usefulness/roc-auc.ts';
import { createStream } from '../../../src/random/stream.ts';

/** Scores of two models that err together, with ties, and the labels. */
function worldOf(rows: number, seed: number) {
  const stream = createStream(seed);
  const labels = Uint8Array.from({ length: rows }, () => stream.below(2));
  const common = Float64Array.from(labels, (label) => label + stream.nextNormal());
  const noisy = (size: number) => common.map((value) => Math.round(10 * (value + size * stream.nextNormal())) / 10);
  return { labels, first: noisy(0.2), second: noisy(1) };
}

/** The definition: share of pairs in the right order, and the structural components of DeLong by double loops. */
function bruteForce(scores: Float64Array, labels: Uint8Array) {
  const of = (label: number) => [...scores].filter((_, row) => labels[row] === label);
  const [positives, negatives] = [of(1), of(0)];
  const order = (a: number, b: number) => (a > b ? 1 : a === b ? 0.5 : 0);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    positives: positives.map((a) => mean(negatives.map((b) => order(a, b)))),
    negatives: negatives.map((b) => mean(positives.map((a) => order(a, b)))),
    mean,
  };
}

describe('aucDifference', () => {
  it('is the difference of the areas, with the error of the definition: variances less twice the covariances', () => {
    const { labels, first, second } = worldOf(60, 1);
    const [a, b] = [bruteForce(first, labels), bruteForce(second, labels)];
    const covariance = (x: readonly number[], y: readonly number[]) =>
      x.reduce((sum, value, at) => sum + (value - a.mean(x)) * ((y[at] ?? 0) - a.mean(y)), 0) / (x.length - 1);
    const part = (side: 'positives' | 'negatives') =>
      (covariance(a[side], a[side]) + covariance(b[side], b[side]) - 2 * covariance(a[side], b[side])) / a[side].length;
    const error = 1.959963984540054 * Math.sqrt(part('positives') + part('negatives'));
    const found = aucDifference(first, second, labels);
    const difference = a.mean(a.positives) - a.mean(b.positives);
    expect(found?.difference).toBeCloseTo(difference, 12);
    expect(found?.interval[0]).toBeCloseTo(difference - error, 12);
    expect(found?.interval[1]).toBeCloseTo(difference + error, 12);
    expect(rocAuc(first, labels).auc).toBeCloseTo(a.mean(a.positives), 12);
  });

  it('is certain to be zero for equal scores and narrower than two separate intervals for models that err together', () => {
    const { labels, first, second } = worldOf(200, 2);
    expect(aucDifference(first, first, labels)).toEqual({ difference: 0, interval: [0, 0] });
    const width = ([low, high]: readonly [number, number]) => high - low;
    const separate = [first, second].map((scores) => rocAuc(scores, labels).interval ?? ([0, 1] as const));
    const apart = Math.hypot(...separate.map(width));
    expect(width(aucDifference(first, second, labels)?.interval ?? [0, 9])).toBeLessThan(apart);
  });

  it('covers the true difference about as often as it says', () => {
    // Both models order the rows alike in truth: the interval must hold 0 in 95 of 100 worlds, give or take chance.
    let held = 0;
    for (let world = 0; world < 400; world += 1) {
      const stream = createStream(world);
      const labels = Uint8Array.from({ length: 80 }, () => stream.below(2));
      const scores = () => Float64Array.from(labels, (label) => label + stream.nextNormal());
      const [low, high] = aucDifference(scores(), scores(), labels)?.interval ?? [1, 1];
      held += Number(low <= 0 && high >= 0);
    }
    // Binomial(400, 0.95) leaves 358 … 397 less often than one time in a million.
    expect(held).toBeGreaterThan(357);
    expect(held).toBeLessThan(398);
  });

  it('is undefined with one label only', () => {
    expect(aucDifference(Float64Array.of(1, 2), Float64Array.of(2, 1), Uint8Array.of(1, 1))).toBeUndefined();
  });
});
