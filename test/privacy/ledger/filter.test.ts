import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zcdpEpsilon } from '../../../src/privacy/accounting/costs/zcdp.ts';
import { amountToNumber, exactDecimal } from '../../../src/privacy/ledger/amount.ts';
import {
  applyPayment,
  choosePayment,
  claimsLeft,
  concentratedEpsilon,
  costOfRun,
  type GrantState,
  type RunCost,
  unusedGrant,
} from '../../../src/privacy/ledger/filter.ts';
import { gaussianPlan, SOME_HASH } from '../../support/ledger.ts';

let nextGrant = 0;

function grantOf(epsilon: number, delta: number, composition?: 'basic' | 'zcdp'): GrantState {
  nextGrant++;
  return unusedGrant({
    kind: 'grant',
    seq: 1,
    previous: SOME_HASH,
    day: '2026-01-01',
    grant: nextGrant.toString(16).padStart(16, '0'),
    epsilon,
    delta,
    ...(composition === undefined ? {} : { composition }),
  });
}

/** The tight conversion of the summed rho, with the same outward rounding of sums. */
const zcdpEpsilonOf = (costs: readonly RunCost[], delta: number) =>
  zcdpEpsilon(costs.reduce((sum, cost) => sum + cost.rho, 0) * (1 + 2 ** -32), delta);

const run = (epsilon: number, delta: number): RunCost =>
  costOfRun(
    gaussianPlan(epsilon, delta).map(({ event }) => event),
    { epsilon, delta },
  );

/** Pays as many equal runs as the filter lets through, at most `most`. */
function payAll(
  start: readonly GrantState[],
  cost: RunCost,
  most: number,
): { paid: number; grants: readonly GrantState[] } {
  let grants = start;
  for (let paid = 0; paid < most; paid++) {
    const payment = choosePayment(grants, cost);
    if (payment === undefined) return { paid, grants };
    const after = applyPayment(grants, payment, cost);
    if (after === undefined) throw new Error('the filter rejects its own choice');
    grants = after;
  }
  return { paid: most, grants };
}

describe('privacy filter: adding claims', () => {
  it('lets exactly floor(grant / claim) equal runs through, for any decimal claim', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 12 }), (hundredths, times) => {
        const claim = hundredths / 100;
        const granted = (hundredths * times) / 100;
        const { paid } = payAll([grantOf(granted, 0.5, 'basic')], run(claim, 1e-9), 20);
        expect(paid).toBe(times);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('never pays more than all grants together, in any order of any runs', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(amounts, amounts, (granted, claimed) => {
        let grants: readonly GrantState[] = granted.map((part) => grantOf(part / 100, part / 1e12, 'basic'));
        let [epsilonSum, deltaSum] = [0, 0];
        for (const claim of claimed) {
          const cost = run(claim / 100, claim / 1e12);
          const payment = choosePayment(grants, cost);
          if (payment === undefined) continue;
          grants = applyPayment(grants, payment, cost) ?? [];
          epsilonSum += claim;
          deltaSum += claim;
        }
        const total = granted.reduce((sum, part) => sum + part, 0);
        expect(epsilonSum).toBeLessThanOrEqual(total);
        expect(deltaSum).toBeLessThanOrEqual(total);
        const left = grants.map((state) => amountToNumber(claimsLeft(state).epsilon, 'down'));
        expect(left.reduce((sum, part) => sum + part, 0)).toBeCloseTo((total - epsilonSum) / 100, 9);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it('splits a claim over grants exactly, and rejects any other split', () => {
    const grants = [grantOf(0.4, 1e-9, 'basic'), grantOf(0.6, 0, 'basic')];
    const cost = run(1, 1e-9);
    const payment = choosePayment(grants, cost);
    expect(payment).toMatchObject({ rule: 'basic', charges: [{ epsilon: '2/5' }, { epsilon: '3/5' }] });
    if (payment?.rule !== 'basic') throw new Error('expected a split');
    const [first, second] = payment.charges;
    const forged = { rule: 'basic' as const, charges: [{ ...first!, epsilon: '1/5' }, second!] };
    expect(applyPayment(grants, forged, cost)).toBeUndefined();
    const greedy = {
      rule: 'basic' as const,
      charges: [
        { ...first!, epsilon: '1/2' },
        { ...second!, epsilon: '1/2' },
      ],
    };
    expect(applyPayment(grants, greedy, cost)).toBeUndefined();
  });

  it('a negative charge cannot be written to free budget', () => {
    const grants = [grantOf(1, 1e-9, 'basic')];
    const charge = { grant: grants[0]!.grant.grant, epsilon: '-1', delta: '0' };
    expect(applyPayment(grants, { rule: 'basic', charges: [charge] }, run(1, 1e-9))).toBeUndefined();
  });
});

describe('privacy filter: adding concentrated costs', () => {
  it('lets more small runs through than adding claims, and stays within the grant', () => {
    const cost = run(0.1, 1e-9);
    const basic = payAll([grantOf(1, 1e-6, 'basic')], cost, 1000);
    const zcdp = payAll([grantOf(1, 1e-6, 'zcdp')], cost, 1000);
    expect(basic.paid).toBe(10);
    expect(zcdp.paid).toBeGreaterThan(100);
    expect(zcdpEpsilon(zcdp.paid * cost.rho, 1e-6)).toBeLessThanOrEqual(1);
    expect(zcdpEpsilon((zcdp.paid + 1) * cost.rho, 5e-7)).toBeGreaterThan(1 - 1e-6);
  });

  it('is never below the exact cost of the summed rho', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 2, noNaN: true }), { minLength: 1, maxLength: 6 }), (claims) => {
        const costs = claims.map((claim) => run(claim, 1e-9));
        const rho = costs.reduce((sum, cost) => sum + cost.rho, 0);
        expect(concentratedEpsilon(costs, 1e-8)).toBeGreaterThanOrEqual(zcdpEpsilon(rho, 1e-8));
      }),
      { numRuns: 50, seed: 3 },
    );
  });

  it('a run without concentrated cost is charged epsilon²/2, and its delta as failure', () => {
    const event = { kind: 'subsampled-gaussian', samplingRate: 0.01, noiseMultiplier: 1.1, steps: 100 } as const;
    const cost = costOfRun([event], { epsilon: 1, delta: 1e-9 });
    expect(cost.rho).toBeGreaterThanOrEqual(0.5);
    expect(cost.rho).toBeLessThan(0.5001);
    expect(cost.failure).toBe(1e-9);
    expect(concentratedEpsilon([cost], 1e-9)).toBe(Number.POSITIVE_INFINITY);
  });

  it('failure probabilities of thresholds may fill half of the delta, whatever the rho', () => {
    const event = {
      kind: 'stability-threshold',
      variance: '25',
      threshold: 40,
      l2Sensitivity: 1,
      delta: 2.4e-10,
      count: 1,
    } as const;
    const cost = costOfRun([event], { epsilon: 1, delta: 1e-9 });
    expect(cost.failure).toBeGreaterThanOrEqual(2.4e-10);
    expect(concentratedEpsilon([cost, cost], 1e-9)).toBe(zcdpEpsilonOf([cost, cost], 5e-10));
    expect(concentratedEpsilon([cost, cost, cost], 1e-9)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('privacy filter: which rule a grant takes', () => {
  it('claims are added when the delta of the grant pays several such runs', () => {
    expect(payAll([grantOf(3, 1e-6)], run(1, 1e-9), 10)).toMatchObject({ paid: 3, grants: [{ rule: 'basic' }] });
  });

  it('concentrated costs are added when the delta would pay one run only although epsilon is there', () => {
    const { paid, grants } = payAll([grantOf(3, 1e-9)], run(1, 1e-9), 20);
    expect(grants[0]?.rule).toBe('zcdp');
    expect(paid).toBeGreaterThan(3);
  });

  it('one run may use the whole grant, whatever the rule; two never can', () => {
    for (const composition of [undefined, 'basic', 'zcdp'] as const) {
      expect(payAll([grantOf(1, 1e-9, composition)], run(1, 1e-9), 5).paid).toBe(1);
    }
  });

  it('a grant keeps the rule of its first run', () => {
    const cost = run(0.5, 1e-9);
    const { grants } = payAll([grantOf(1, 1e-6)], cost, 1);
    const payer = grants[0]!.grant.grant;
    expect(applyPayment(grants, { rule: 'zcdp', grant: payer }, cost)).toBeUndefined();
    const locked = payAll([grantOf(1, 1e-6, 'zcdp')], cost, 1).grants;
    const charge = { grant: locked[0]!.grant.grant, epsilon: '1/2', delta: '1/1000000000' };
    expect(applyPayment(locked, { rule: 'basic', charges: [charge] }, cost)).toBeUndefined();
  });
});

describe('amounts', () => {
  it('reads doubles as the decimals people write', () => {
    expect(exactDecimal(1e-9)).toEqual({ numerator: 1n, denominator: 1_000_000_000n });
    expect(exactDecimal(0.1)).toEqual({ numerator: 1n, denominator: 10n });
    expect(exactDecimal(1.5e21)).toEqual({ numerator: 1_500_000_000_000_000_000_000n, denominator: 1n });
  });

  it('shows costs never too low and remainders never too high', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 30n }), (n, d) => {
        const amount = { numerator: n, denominator: d };
        const [down, up] = [amountToNumber(amount, 'down'), amountToNumber(amount, 'up')].map(exactDecimal);
        expect(down!.numerator * d <= n * down!.denominator).toBe(true);
        expect(up!.numerator * d >= n * up!.denominator).toBe(true);
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});
