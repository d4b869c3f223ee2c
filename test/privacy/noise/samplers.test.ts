import { describe, expect, it } from 'vitest';
import { parseRational, type Rational, rational, rationalToNumber } from '../../../src/math/rational.ts';
import { bernoulliExpMinusOne, bernoulliExpUnit, ExpTrial } from '../../../src/privacy/noise/bernoulli-exp.ts';
import { DiscreteGaussianSampler } from '../../../src/privacy/noise/discrete-gaussian.ts';
import { DiscreteLaplaceSampler } from '../../../src/privacy/noise/discrete-laplace.ts';
import type { BitSource } from '../../../src/random/bit-source.ts';
import { SecureBits } from '../../../src/random/secure-bits.ts';
import reference from '../../reference/noise.json' with { type: 'json' };
import { FALSE_ALARM_RATE, gTest, tally } from '../../support/goodness-of-fit.ts';
import { StreamBits } from '../../support/stream-bits.ts';
import { TranscriptBits, type UniformCall } from '../../support/transcript-bits.ts';

const DRAWS = 200_000;

const samplerOf = (kind: string, bits: BitSource, parameter: Rational) =>
  kind === 'dgauss' ? new DiscreteGaussianSampler(bits, parameter) : new DiscreteLaplaceSampler(bits, parameter);

/** Probabilities of from … to under weights exp(-exponent). */
function probabilities(exponent: (x: number) => number, [from, to]: readonly [number, number]): number[] {
  const weights = Array.from({ length: to - from + 1 }, (_, cell) => Math.exp(-exponent(from + cell)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

describe('exact samplers', () => {
  it.each(reference.transcripts)('$kind($parameter) replays its golden transcript to $result', (row) => {
    const bits = new TranscriptBits(row.uniformCalls as unknown as readonly UniformCall[]);
    expect(samplerOf(row.kind, bits, parseRational(row.parameter)).draw()).toBe(row.result);
    expect(bits.remaining).toBe(0);
  });

  it.each(reference.bernoulliExp)('exp(-$gamma) coins are true with their exact probability', ({ gamma, p }) => {
    const exponent = parseRational(gamma);
    const trial = new ExpTrial(new StreamBits(gamma), {
      estimate: () => rationalToNumber(exponent),
      exact: () => exponent,
    });
    const successes = tally(() => (trial.draw() ? 1 : 0), DRAWS, [1, 1]);
    expect(gTest(successes, [Number(p)], DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('exp(-1) and exp(-2/3) coins of plain integers have their exact probability', () => {
    const bits = new StreamBits('plain');
    const ones = tally(() => (bernoulliExpMinusOne(bits) ? 1 : 0), DRAWS, [1, 1]);
    const twoThirds = tally(() => (bernoulliExpUnit(bits, 2, 3) ? 1 : 0), DRAWS, [1, 1]);
    expect(gTest(ones, [Math.exp(-1)], DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
    expect(gTest(twoThirds, [Math.exp(-2 / 3)], DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it.each(['1/4', '1', '6', '100', '12345/67', '1234567891/1048576'])(
    'discrete Gaussian of variance %s follows its distribution, and a scale off by a twentieth is noticed',
    (text) => {
      const variance = parseRational(text);
      const sigmaSquared = rationalToNumber(variance);
      const reach = Math.ceil(5 * Math.sqrt(sigmaSquared)) + 3;
      const sampler = new DiscreteGaussianSampler(new StreamBits(text), variance);
      const counts = tally(() => sampler.draw(), DRAWS, [-reach, reach]);
      const pValueAt = (scale: number) =>
        gTest(
          counts,
          probabilities((x) => (x * x) / (2 * sigmaSquared * scale * scale), [-reach, reach]),
          DRAWS,
        );
      expect(pValueAt(1)).toBeGreaterThan(FALSE_ALARM_RATE);
      expect(pValueAt(1.05)).toBeLessThan(FALSE_ALARM_RATE);
      expect(pValueAt(0.95)).toBeLessThan(FALSE_ALARM_RATE);
    },
  );

  it.each(['1/2', '2', '10', '7/3', '100'])(
    'discrete Laplace of scale %s follows its distribution, and a scale off by a twentieth is noticed',
    (text) => {
      const scale = rationalToNumber(parseRational(text));
      const reach = Math.ceil(8 * scale) + 3;
      const sampler = new DiscreteLaplaceSampler(new StreamBits(text), parseRational(text));
      const counts = tally(() => sampler.draw(), DRAWS, [-reach, reach]);
      const pValueAt = (factor: number) => {
        const rate = 1 / (scale * factor);
        const centre = Math.tanh(rate / 2);
        const exact = Array.from(
          { length: 2 * reach + 1 },
          (_, cell) => centre * Math.exp(-rate * Math.abs(cell - reach)),
        );
        return gTest(counts, exact, DRAWS);
      };
      expect(pValueAt(1)).toBeGreaterThan(FALSE_ALARM_RATE);
      expect(pValueAt(1.05)).toBeLessThan(FALSE_ALARM_RATE);
      expect(pValueAt(0.95)).toBeLessThan(FALSE_ALARM_RATE);
    },
  );

  it('variances far beyond 2^53 are sampled with the right spread', () => {
    const variance = rational(10n ** 20n, 3n);
    const sampler = new DiscreteGaussianSampler(new StreamBits('huge'), variance);
    const sigma = Math.sqrt(1e20 / 3);
    // Deciles of the normal distribution: at this scale the discrete one cannot be told apart.
    const cuts = [-1.2815515655446004, -0.5244005127080407, 0, 0.5244005127080407, 1.2815515655446004];
    const cellOf = (x: number) => cuts.filter((cut) => x >= cut * sigma).length;
    const counts = tally(() => cellOf(sampler.draw()), DRAWS, [0, 5]);
    expect(gTest(counts, [0.1, 0.2, 0.2, 0.2, 0.2, 0.1], DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it.each(reference.discreteGaussian)('tail counts at variance $variance agree with 25-digit values', (row) => {
    const sampler = new DiscreteGaussianSampler(new StreamBits(`tail ${row.variance}`), decimal(row.variance));
    const draws = Array.from({ length: DRAWS }, () => sampler.draw());
    for (const [k, probability] of Object.entries(row.tail)) {
      const count = draws.filter((x) => x >= Number(k)).length;
      expect(gTest([count], [Number(probability)], DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
    }
  });

  it('the operating system source gives the same distribution', () => {
    const sampler = new DiscreteGaussianSampler(new SecureBits(), rational(4n));
    const counts = tally(() => sampler.draw(), DRAWS, [-12, 12]);
    expect(
      gTest(
        counts,
        probabilities((x) => (x * x) / 8, [-12, 12]),
        DRAWS,
      ),
    ).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it.each([rational(0n), rational(-1n), rational(2n ** 80n)])('variance $numerator is refused', (variance) => {
    expect(() => new DiscreteGaussianSampler(new StreamBits(0), variance)).toThrow(/must be positive and below 2\^80/);
  });

  it.each([rational(0n), rational(-1n), rational(2n ** 46n)])('Laplace scale $numerator is refused', (scale) => {
    expect(() => new DiscreteLaplaceSampler(new StreamBits(0), scale)).toThrow(/must be positive/);
  });
});

/** A decimal text such as 0.25 as a rational. */
function decimal(text: string): Rational {
  const [whole = '', fraction = ''] = text.split('.');
  return rational(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}
