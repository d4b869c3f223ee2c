import { formatRational, parseRational, rational, rationalToNumber } from '../../src/math/rational.ts';
import type { AuditSubject, Side } from '../../src/privacy/audit/audit.ts';
import { claimOf, type PrivacyClaim } from '../../src/privacy/audit/claim.ts';
import type { MechanismFactory } from '../../src/privacy/audit/mechanism-cases.ts';
import type { PrivacyEvent } from '../../src/privacy/events.ts';
import type { ExponentialRequest, Mechanisms, PrivacyPlan } from '../../src/privacy/mechanisms.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { openPrivate, Private } from '../../src/privacy/private.ts';
import type { BitSource } from '../../src/random/bit-source.ts';
import { createStream } from '../../src/random/stream.ts';

/** Wrong implementations that an audit must catch. They claim what the right ones claim. */

/** Mechanisms that follow the rules. */
export const honest =
  (bits: BitSource): MechanismFactory =>
  (plan) =>
    new PrivacyRun({ plan, bits });

const withEvents = (plan: PrivacyPlan, change: (event: PrivacyEvent) => PrivacyEvent): PrivacyPlan =>
  plan.map((planned) => ({ ...planned, event: change(planned.event) }));

const divide = (text: string, divisor: bigint) => {
  const { numerator, denominator } = parseRational(text);
  return formatRational(rational(numerator, denominator * divisor));
};

/** Noise of half the planned standard deviation. */
export const halfNoise = (bits: BitSource): MechanismFactory => weakNoise(bits, 2);

/** Noise whose standard deviation is the planned one divided by `factor`. */
export const weakNoise =
  (bits: BitSource, factor: number): MechanismFactory =>
  (plan) => {
    const weaken = (event: PrivacyEvent): PrivacyEvent => {
      if (event.kind === 'discrete-gaussian')
        return { ...event, variance: divide(event.variance, BigInt(factor ** 2)) };
      if (event.kind === 'subsampled-gaussian') return { ...event, noiseMultiplier: event.noiseMultiplier / factor };
      return event.kind === 'discrete-laplace' ? { ...event, scale: divide(event.scale, BigInt(factor)) } : event;
    };
    return new PrivacyRun({ plan: withEvents(plan, weaken), bits });
  };

/** A threshold one below the planned one. */
export const thresholdOffByOne =
  (bits: BitSource): MechanismFactory =>
  (plan) => {
    const lower = (event: PrivacyEvent): PrivacyEvent =>
      'threshold' in event ? { ...event, threshold: event.threshold - 1, delta: 0.4 } : event;
    return new PrivacyRun({ plan: withEvents(plan, lower), bits });
  };

/** Selection without replacement: epsilon-DP, but not the exponential mechanism. */
export const permuteAndFlip =
  (bits: BitSource): MechanismFactory =>
  (plan) => {
    const run = new PrivacyRun({ plan, bits });
    const choose = async (scores: Private<Float64Array>, { label, sensitivity }: ExponentialRequest) => {
      const entry = plan.findIndex((planned) => planned.label === label);
      const event = plan[entry]?.event;
      const epsilon = event?.kind === 'exponential' ? rationalToNumber(parseRational(event.epsilon)) : 0;
      const values = await openPrivate(scores);
      return { value: flipInTurn(bits, values, epsilon / (2 * rationalToNumber(sensitivity))), entry };
    };
    return replaceMethods(run, { exponential: choose });
  };

function flipInTurn(bits: BitSource, scores: Float64Array, rate: number): number {
  const best = Math.max(...scores);
  const waiting = [...scores.keys()];
  for (;;) {
    const place = bits.below(waiting.length);
    const candidate = waiting[place]!;
    waiting.splice(place, 1);
    if (bits.below(2 ** 53) * 2 ** -53 < Math.exp(-rate * (best - scores[candidate]!))) return candidate;
  }
}

/** Releases the same counts four times, paid once, and returns the sum, so that the noise averages out. */
export const forgottenComposition =
  (bits: BitSource): MechanismFactory =>
  (plan) => {
    const runs = Array.from({ length: 4 }, () => new PrivacyRun({ plan, bits }));
    return replaceMethods(runs[0]!, {
      discreteGaussian: async (counts, request) => {
        const released = await Promise.all(runs.map((run) => run.discreteGaussian(counts, request)));
        const sums = released[0]!.value.map((_, cell) => released.reduce((sum, { value }) => sum + value[cell]!, 0));
        return { ...released[0]!, value: sums };
      },
    });
  };

/** Gradients of up to twice the norm they are clipped to. */
export const looseClipping =
  (bits: BitSource): MechanismFactory =>
  (plan) => {
    const run = new PrivacyRun({ plan, bits });
    return replaceMethods(run, {
      subsampledGaussian: (rows, request) => {
        const longer = rows.map((opened) => ({
          ...opened,
          sum: async (drawn: Int32Array) => (await opened.sum(drawn)).map((value) => 2 * value),
        }));
        return run.subsampledGaussian(longer, request);
      },
    });
  };

/** Gradient norm, rows that both tables share, batch size and steps of the subject below. */
const FIXED = { norm: 1000, others: 7, batch: 2, steps: 6, sigma: 1.024 } as const;

/**
 * DP-SGD whose batches are accounted as Poisson draws of the given rate. With `fixed` they all have two rows, so that a
 * new row pushes another one out: the sum moves by two gradients instead of one.
 */
export function batches(bits: BitSource, way: 'poisson' | 'fixed'): AuditSubject {
  const { norm, others, batch, steps, sigma } = FIXED;
  const samplingRate = batch / (others + 1);
  const claimed: PrivacyEvent = { kind: 'subsampled-gaussian', samplingRate, noiseMultiplier: sigma, steps };
  const rate = way === 'fixed' ? 1 : samplingRate;
  const plan: PrivacyPlan = [{ label: 'sgd', purpose: 'test', event: { ...claimed, samplingRate: rate } }];
  const gradients = (drawn: Iterable<number>) => [...drawn].map((row) => (row === others ? norm : -norm));
  const total = (values: readonly number[]) => Float64Array.of(values.reduce((sum, value) => sum + value, 0));
  const drawFixed = (rows: number): number[] => {
    const waiting = [...Array(rows).keys()];
    return Array.from({ length: batch }, () => waiting.splice(bits.below(waiting.length), 1)[0]!);
  };
  const expected = way === 'fixed' ? -batch * norm : -samplingRate * others * norm;
  const move = way === 'fixed' ? 2 * norm : norm;
  return {
    name: `${way} batches accounted as Poisson draws`,
    setting: 'seven equal gradients against one more, opposite; score: log-likelihood ratio of the sums',
    test: 'gaussian',
    claim: claimOf([claimed]),
    run: async (side) => {
      const run = new PrivacyRun({ plan, bits });
      const rows = others + (side === 'with' ? 1 : 0);
      let score = 0;
      for (let step = 0; step < steps; step++) {
        const statistic =
          way === 'fixed'
            ? { rows: 1, sum: () => total(gradients(drawFixed(rows))) }
            : { rows, sum: (drawn: Int32Array) => total(gradients(drawn)) };
        const request = { label: 'sgd', coordinates: 1, l2Bound: norm };
        const { value } = await run.subsampledGaussian(Private.seal(statistic), request);
        const gain = (move * (2 * (value[0]! - expected) - move)) / (2 * (sigma * norm) ** 2);
        score += Math.log1p(samplingRate * Math.expm1(gain));
      }
      return score;
    },
  };
}

function replaceMethods(run: Mechanisms, methods: Partial<Mechanisms>): Mechanisms {
  return {
    discreteGaussian: (counts, request) => run.discreteGaussian(counts, request),
    discreteLaplace: (counts, request) => run.discreteLaplace(counts, request),
    exponential: (scores, request) => run.exponential(scores, request),
    exponentialByPart: (scores, request) => run.exponentialByPart(scores, request),
    stabilityHistogram: (counts, request) => run.stabilityHistogram(counts, request),
    subsampledGaussian: (rows, request) => run.subsampledGaussian(rows, request),
    ...methods,
  };
}

/** A noisy histogram whose bins span the exact range of the data; the range is part of what is published. */
export function dataDerivedBounds(bits: BitSource): AuditSubject {
  const event: PrivacyEvent = { kind: 'discrete-gaussian', variance: '100', l2Sensitivity: 1, oneCell: true, count: 1 };
  const plan: PrivacyPlan = [{ label: 'bins', purpose: 'histogram', event }];
  const ages = Array.from({ length: 50 }, (_, row) => 20 + row);
  return {
    name: 'histogram between the exact extremes',
    setting: 'fifty ages against one more, of 99; score: the released upper bound',
    test: 'gaussian',
    claim: claimOf([event]),
    run: async (side) => {
      const values = Private.seal(side === 'with' ? [...ages, 99] : ages);
      let bounds = { minimum: 0, maximum: 0 };
      const counts = values.map((exact) => {
        bounds = { minimum: Math.min(...exact), maximum: Math.max(...exact) };
        const width = (bounds.maximum - bounds.minimum) / 8;
        const bins = new Float64Array(8);
        for (const age of exact) bins[Math.min(7, Math.floor((age - bounds.minimum) / width))]!++;
        return bins;
      });
      await new PrivacyRun({ plan, bits }).discreteGaussian(counts, { label: 'bins', cells: 8 });
      return bounds.maximum;
    },
  };
}

/** Poisson sampling rate and noise multiplier of the subsampled Gaussian below. */
const SAMPLING_RATE = 0.25;
const SIGMA = 0.5;

const density = (x: number) => Math.exp((-x * x) / (2 * SIGMA * SIGMA)) / (SIGMA * Math.sqrt(2 * Math.PI));
const densityOf: Readonly<Record<Side, (x: number) => number>> = {
  without: density,
  with: (x) => (1 - SAMPLING_RATE) * density(x) + SAMPLING_RATE * density(x - 1),
};

/** Hockey-stick divergence between the two sides, by the midpoint rule. */
function divergence(from: Side, to: Side, epsilon: number): number {
  const step = 1e-3;
  let total = 0;
  for (let x = -8; x < 8; x += step) total += Math.max(0, densityOf[from](x) - Math.exp(epsilon) * densityOf[to](x));
  return total * step;
}

/**
 * One Poisson-subsampled Gaussian release whose accountant looks at the given directions: both are right, `add` alone
 * (without against with) forgets the larger loss.
 */
export function subsampledGaussian(directions: 'both' | 'add'): AuditSubject {
  const stream = createStream('subsampled');
  const epsilons = [0, 0.1, 0.2, 0.3, 0.5, 1, 1.5, 2, 3, 4, 6, 8];
  const deltaOf = (epsilon: number) => {
    const add = divergence('without', 'with', epsilon);
    return directions === 'add' ? add : Math.max(add, divergence('with', 'without', epsilon));
  };
  const claim: PrivacyClaim = epsilons.map((epsilon) => ({ epsilon, delta: deltaOf(epsilon) + 1e-6 }));
  return {
    name: `subsampled Gaussian, accounted in direction ${directions}`,
    setting: 'no gradient against one of norm 1; score: the noisy sum',
    test: 'gaussian',
    claim: [...claim].sort((a, b) => a.delta - b.delta),
    run: async (side) => {
      const isDrawn = side === 'with' && stream.nextFloat() < SAMPLING_RATE;
      return (isDrawn ? 1 : 0) + SIGMA * stream.nextNormal();
    },
  };
}
