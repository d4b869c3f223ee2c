import { describe, expect, it } from 'vitest';
import { normalUpper, normalUpperQuantile } from '../../../src/math/normal.ts';
import { gaussianEpsilon } from '../../../src/privacy/accounting/costs/gaussian.ts';
import { householdRisk, membershipRisk } from '../../../src/privacy/accounting/membership-risk.ts';
import { pldAccountant } from '../../../src/privacy/accounting/pld-accountant.ts';
import type { PrivacyEvent } from '../../../src/privacy/events.ts';

const ask = (people: number) => ({ delta: 1e-6, people, falsePositiveRate: 0.01 });
const wide: PrivacyEvent = { kind: 'discrete-gaussian', variance: '400', l2Sensitivity: 1, oneCell: true, count: 16 };

describe('membership risk', () => {
  it.each([1, 2, 4, 16])('Gaussian noise: %d people move that many times as far, exactly', (people) => {
    const risk = membershipRisk([{ kind: 'gaussian', sigma: 20, l2Sensitivity: 1, count: 16 }], ask(people));
    expect(risk.epsilon).toBe(gaussianEpsilon(0.2 * people, 1e-6));
    expect(risk.truePositiveRate).toBeCloseTo(normalUpper(normalUpperQuantile(0.01) - 0.2 * people), 12);
    expect(risk.posteriorOdds).toBe(Math.exp(risk.epsilon));
  });

  it.each([1, 2, 5, 20])(
    'the chained curve for %d people is the exact one where that is known, from above',
    (people) => {
      // Noise this wide is Gaussian to many digits, but goes through the general path.
      const risk = membershipRisk([wide], ask(people));
      const exact = gaussianEpsilon(0.2 * people, 1e-6);
      expect(risk.epsilon).toBeGreaterThan(exact * 0.9999);
      expect(risk.epsilon).toBeLessThan(exact * 1.03);
      const rate = normalUpper(normalUpperQuantile(0.01) - 0.2 * people);
      expect(risk.truePositiveRate).toBeGreaterThan(rate * 0.998);
      expect(risk.truePositiveRate).toBeLessThan(rate * 1.01);
    },
  );

  it('is far better than multiplying epsilon with its growing delta', () => {
    const one = pldAccountant.epsilon([wide], 1e-6);
    expect(membershipRisk([wide], ask(8)).epsilon).toBeLessThan(
      8 * pldAccountant.epsilon([wide], 1e-6 * Math.exp(-8 * one)),
    );
  });

  it('randomised response: the test that flags on the rarer answer', () => {
    const risk = membershipRisk([{ kind: 'pure', epsilon: 1, count: 1 }], ask(1));
    expect(risk.epsilon).toBeLessThanOrEqual(1 + 1e-12);
    // Power e^epsilon·a while a is below the probability of a false answer.
    expect(risk.truePositiveRate).toBeCloseTo(Math.E * 0.01, 3);
    expect(membershipRisk([{ kind: 'pure', epsilon: 1, count: 1 }], ask(4)).epsilon).toBeLessThanOrEqual(
      4 * (1 + 1e-12),
    );
  });

  it('more people are easier to find', () => {
    const events: PrivacyEvent[] = [
      { kind: 'subsampled-gaussian', samplingRate: 0.02, noiseMultiplier: 1.5, steps: 200 },
      { kind: 'exponential', epsilon: '1/10', count: 5 },
    ];
    const risks = [1, 2, 3, 6].map((people) => membershipRisk(events, ask(people)));
    for (let i = 1; i < risks.length; i++) {
      expect(risks[i]!.epsilon).toBeGreaterThan(risks[i - 1]!.epsilon);
      expect(risks[i]!.truePositiveRate).toBeGreaterThan(risks[i - 1]!.truePositiveRate);
    }
  });

  it('thresholds add their delta to what can be found', () => {
    const keys = { kind: 'stability-threshold', variance: '400', threshold: 200, l2Sensitivity: 1, count: 1 } as const;
    const low = membershipRisk([{ ...keys, delta: 1e-9 }], ask(2));
    const high = membershipRisk([{ ...keys, delta: 2e-7 }], ask(2));
    expect(high.epsilon).toBeGreaterThan(low.epsilon);
    expect(membershipRisk([{ ...keys, delta: 1e-3 }], ask(2)).epsilon).toBe(Number.POSITIVE_INFINITY);
  });

  it('a household whose thresholds use up its delta gets a finite epsilon at the next delta that has one, and says which', () => {
    const keys = { kind: 'stability-threshold', variance: '400', threshold: 200, l2Sensitivity: 1, count: 1 } as const;
    const spent = [{ ...keys, delta: 4e-7 }];
    expect(membershipRisk(spent, ask(4)).epsilon).toBe(Number.POSITIVE_INFINITY);
    const risk = householdRisk(spent, ask(4));
    expect(risk.delta).toBeCloseTo(4e-6, 18);
    expect(risk).toEqual(membershipRisk(spent, { ...ask(4), delta: risk.delta }));
    expect(householdRisk([wide], ask(4))).toEqual(membershipRisk([wide], ask(4)));
    expect(householdRisk([{ ...keys, delta: 1e-3 }], ask(4)).delta).toBe(1e-6);
  });

  it.each([0, -1, 1.5, 65, Number.NaN])('refuses a household of %d', (people) => {
    expect(() => membershipRisk([wide], ask(people))).toThrow('household');
  });
});
