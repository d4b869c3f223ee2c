import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { membershipMeaning } from '../../src/privacy/membership.ts';

describe('membership', () => {
  it('matches values worked out by hand', () => {
    expect(membershipMeaning(1, 0, 1)).toMatchObject({ epsilon: 1, delta: 0 });
    expect(membershipMeaning(1, 0, 1).truePositiveRate).toBeCloseTo(0.0271828, 7);
    expect(membershipMeaning(1, 0, 1).posterior).toBeCloseTo(0.7310586, 7);
    expect(membershipMeaning(1, 0, 4).posterior).toBeCloseTo(0.9820138, 7);
    // 1e-9 · (1 + e + e² + e³)
    expect(membershipMeaning(1, 1e-9, 4).delta).toBeCloseTo(3.11929e-8, 12);
    // 1 − e^−10 · 0.99: the second bound is the smaller one.
    expect(membershipMeaning(10, 0, 1).truePositiveRate).toBeCloseTo(0.99995505, 8);
  });

  it('equals the best test against randomised response, which has exactly this epsilon', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 4, noNaN: true }), (epsilon) => {
        // Answers truly with probability e^eps/(1+e^eps); the best test at 1 % mixes "always no" with "as answered".
        const lie = 1 / (1 + Math.exp(epsilon));
        const truePositive = (0.01 / lie) * (1 - lie);
        if (lie >= 0.01) expect(membershipMeaning(epsilon, 0, 1).truePositiveRate).toBeCloseTo(truePositive, 10);
      }),
      { seed: 1 },
    );
  });

  it('never falls when more people act together, and never passes certainty', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 20, noNaN: true }), fc.integer({ min: 1, max: 50 }), (epsilon, units) => {
        const [fewer, more] = [membershipMeaning(epsilon, 1e-9, units), membershipMeaning(epsilon, 1e-9, units + 1)];
        expect(more.truePositiveRate).toBeGreaterThanOrEqual(fewer.truePositiveRate);
        expect(more.truePositiveRate).toBeLessThanOrEqual(1);
        expect(more.posterior).toBeLessThanOrEqual(1);
      }),
      { seed: 2 },
    );
  });
});
