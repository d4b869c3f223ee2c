import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRational, rationalToNumber } from '../../../src/math/rational.ts';
import { calibratePlan, type PlanShare } from '../../../src/privacy/accounting/calibrate-plan.ts';
import { zcdpRho } from '../../../src/privacy/accounting/costs/zcdp.ts';
import { tightestEpsilon } from '../../../src/privacy/accounting/tightest.ts';
import { validateEvents } from '../../../src/privacy/accounting/validate-event.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

const marginal = (label: string, weight: number): PlanShare => ({
  label,
  purpose: 'marginal',
  kind: 'discrete-gaussian',
  weight,
  l2Sensitivity: 1,
  oneCell: true,
});
const selection = (label: string, weight: number, count = 1): PlanShare => ({
  label,
  purpose: 'selection',
  kind: 'exponential',
  weight,
  count,
});

const shares = fc
  .array(
    fc.record({
      kind: fc.constantFrom('measure', 'select', 'keys'),
      weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
      count: fc.integer({ min: 1, max: 30 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((list) =>
    list.map(({ kind, weight, count }, index): PlanShare => {
      if (kind === 'select') return selection(`s${index}`, weight, count);
      if (kind === 'measure') return { ...marginal(`m${index}`, weight), count };
      return {
        label: `k${index}`,
        purpose: 'categories',
        kind: 'stability-threshold',
        weight,
        count,
        l2Sensitivity: 1,
        delta: 1e-10,
      };
    }),
  );

describe('calibratePlan', () => {
  it('never exceeds the target, by recomputing the cost from the returned events alone', () => {
    fc.assert(
      fc.property(shares, fc.constantFrom(0.1, 1, 10), fc.constantFrom(1e-6, 1e-8), (list, epsilon, delta) => {
        const { plan, accountedEpsilon, accountant } = calibratePlan(list, { epsilon, delta });
        const events = validateEvents(JSON.parse(JSON.stringify(plan)));
        expect(tightestEpsilon(events, delta)).toEqual({ epsilon: accountedEpsilon, accountant });
        expect(accountedEpsilon).toBeLessThanOrEqual(epsilon);
        expect(plan.map((line) => line.label)).toEqual(list.map((share) => share.label));
      }),
      { numRuns: 25 },
    );
  });

  it('leaves less than a thousandth of epsilon unused', () => {
    for (const epsilon of [0.1, 1, 10]) {
      const list = [marginal('a', 1), marginal('b', 3), selection('s', 0.5, 14)];
      const { accountedEpsilon } = calibratePlan(list, { epsilon, delta: 1e-9 });
      expect(accountedEpsilon).toBeGreaterThan(epsilon * 0.999);
    }
  });

  it('one marginal at (1, 1e-9) needs at most the noise concentrated accounting asks for', () => {
    const { plan } = calibratePlan([marginal('a', 1)], { epsilon: 1, delta: 1e-9 });
    const event = plan[0]?.event;
    if (event?.kind !== 'discrete-gaussian') throw new Error('a marginal is measured with discrete Gaussian noise');
    expect(rationalToNumber(parseRational(event.variance))).toBeLessThanOrEqual(1.001 / (2 * zcdpRho(1, 1e-9)));
  });

  it('spends rho in the asked proportions', () => {
    const { plan } = calibratePlan([marginal('a', 1), marginal('b', 4)], { epsilon: 1, delta: 1e-9 });
    const [first, second] = plan.map(({ event }) =>
      event.kind === 'discrete-gaussian' ? rationalToNumber(parseRational(event.variance)) : Number.NaN,
    );
    expect(first! / second!).toBeCloseTo(4, 4);
  });

  it.each([
    ['epsilon', { epsilon: 0, delta: 1e-9 }],
    ['epsilon', { epsilon: Number.NaN, delta: 1e-9 }],
    ['delta', { epsilon: 1, delta: 1 }],
    ['delta', { epsilon: 1, delta: Number.NaN }],
  ])('refuses an absurd %s', (word, target) => {
    expect(() => calibratePlan([marginal('a', 1)], target)).toThrow(word);
  });

  it('refuses nothing to do, absurd shares and thresholds that use up delta', () => {
    expect(() => calibratePlan([], { epsilon: 1, delta: 1e-9 })).toThrow('at least one');
    expect(() => calibratePlan([marginal('a', Number.NaN)], { epsilon: 1, delta: 1e-9 })).toThrow('weight NaN');
    const keys: PlanShare = {
      label: 'k',
      purpose: 'categories',
      kind: 'stability-threshold',
      weight: 1,
      l2Sensitivity: 1,
      delta: 1e-5,
    };
    expect(() => calibratePlan([keys], { epsilon: 1, delta: 1e-6 })).toThrow('lower their delta');
  });
});
