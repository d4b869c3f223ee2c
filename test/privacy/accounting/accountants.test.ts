import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Accountant } from '../../../src/privacy/accounting/accountant.ts';
import { gaussianDelta } from '../../../src/privacy/accounting/costs/gaussian.ts';
import { ACCOUNTANTS, tightestDelta, tightestEpsilon } from '../../../src/privacy/accounting/tightest.ts';
import type { PrivacyEvent } from '../../../src/privacy/events.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

const CATALOGUE: readonly PrivacyEvent[] = [
  { kind: 'gaussian', sigma: 4, l2Sensitivity: 1, count: 2 },
  { kind: 'discrete-gaussian', variance: '25/2', l2Sensitivity: 1, oneCell: true, count: 3 },
  { kind: 'discrete-gaussian', variance: '50', l2Sensitivity: Math.SQRT2 * 2, oneCell: false, count: 1 },
  { kind: 'discrete-laplace', scale: '7/2', l1Sensitivity: 1, count: 2 },
  { kind: 'exponential', epsilon: '1/5', count: 4 },
  { kind: 'exponential', epsilon: '1/3', count: 1 },
  { kind: 'subsampled-gaussian', samplingRate: 0.05, noiseMultiplier: 1.5, steps: 20 },
  { kind: 'stability-threshold', variance: '9', threshold: 40, l2Sensitivity: 1, delta: 1e-12, count: 1 },
  { kind: 'laplace-threshold', scale: '4', threshold: 120, l1Sensitivity: 1, delta: 1e-12, count: 1 },
  { kind: 'zcdp', rho: 0.01, count: 2 },
  { kind: 'pure', epsilon: 0.1, count: 3 },
];

/** Compositions made of what an accountant supports. */
function compositions(accountant: Accountant): fc.Arbitrary<PrivacyEvent[]> {
  const supported = CATALOGUE.filter((event) => accountant.supports(event));
  return fc.array(fc.constantFrom(...supported), { minLength: 1, maxLength: 4 });
}

const deltas = fc.constantFrom(1e-9, 1e-6, 1e-3);
const RUNS = { numRuns: 25 };

/** Grids differ from question to question; a bound may move by this share of epsilon without meaning anything. */
const GRID = 1e-3;

function repeat(event: PrivacyEvent, times: number): PrivacyEvent {
  return event.kind === 'subsampled-gaussian'
    ? { ...event, steps: event.steps * times }
    : { ...event, count: event.count * times };
}

describe.each(ACCOUNTANTS.map((accountant) => [accountant.name, accountant] as const))(
  '%s accountant',
  (_, accountant) => {
    it('charges nothing for nothing', () => {
      expect(accountant.epsilon([], 1e-6)).toBe(0);
      expect(accountant.delta([], 0)).toBe(0);
    });

    it('falls with delta', () => {
      fc.assert(
        fc.property(compositions(accountant), (events) => {
          const costs = [1e-9, 1e-6, 1e-3].map((delta) => accountant.epsilon(events, delta));
          expect(costs[1]).toBeLessThanOrEqual(costs[0]! * (1 + GRID));
          expect(costs[2]).toBeLessThanOrEqual(costs[1]! * (1 + GRID));
        }),
        RUNS,
      );
    });

    it('grows with every further event and with counts', () => {
      fc.assert(
        fc.property(compositions(accountant), deltas, (events, delta) => {
          const cost = accountant.epsilon(events, delta);
          const [first] = events;
          expect(accountant.epsilon([...events, first!], delta)).toBeGreaterThanOrEqual(cost * (1 - GRID));
          expect(
            accountant.epsilon(
              events.map((event) => repeat(event, 3)),
              delta,
            ),
          ).toBeGreaterThan(cost);
        }),
        RUNS,
      );
    });

    it('does not care about the order of events, nor whether equal ones are counted or listed', () => {
      fc.assert(
        fc.property(compositions(accountant), deltas, (events, delta) => {
          const cost = accountant.epsilon(events, delta);
          expect(accountant.epsilon([...events].reverse(), delta)).toBeCloseTo(cost, 9);
          const listed = events.flatMap((event) => [event, event]);
          const counted = events.map((event) => repeat(event, 2));
          expect(accountant.epsilon(listed, delta)).toBeCloseTo(accountant.epsilon(counted, delta), 9);
        }),
        RUNS,
      );
    });

    it('delta at the epsilon it gave is no more than asked, up to its grid', () => {
      fc.assert(
        fc.property(compositions(accountant), deltas, (events, delta) => {
          const epsilon = accountant.epsilon(events, delta);
          fc.pre(epsilon > 0 && Number.isFinite(epsilon));
          expect(accountant.delta(events, epsilon * (1 + GRID))).toBeLessThanOrEqual(delta * (1 + 5 * GRID));
        }),
        RUNS,
      );
    });

    it('is never below Gaussian noise composed exactly, which every event here costs at least', () => {
      const gaussian: PrivacyEvent = { kind: 'gaussian', sigma: 3, l2Sensitivity: 1, count: 5 };
      if (!accountant.supports(gaussian)) return;
      fc.assert(
        fc.property(deltas, (delta) => {
          const epsilon = accountant.epsilon([gaussian], delta);
          expect(gaussianDelta(Math.sqrt(5) / 3, epsilon)).toBeLessThanOrEqual(delta);
        }),
        RUNS,
      );
    });

    it('refuses unknown kinds instead of guessing', () => {
      const stranger = { kind: 'laplace', scale: 1, count: 1 } as unknown as PrivacyEvent;
      expect(accountant.supports(stranger)).toBe(false);
      expect(() => accountant.epsilon([stranger], 1e-6)).toThrow('"laplace"');
      expect(() => accountant.delta([stranger], 1)).toThrow('"laplace"');
    });

    it.each([0, 1, -1, Number.NaN, 2])('refuses delta %d', (delta) => {
      expect(() => accountant.epsilon([], delta)).toThrow('delta');
    });

    it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses epsilon %d', (epsilon) => {
      expect(() => accountant.delta([], epsilon)).toThrow('epsilon');
    });
  },
);

describe('tightest accountant', () => {
  it('is the smallest of all that apply, and names its source', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...CATALOGUE), { minLength: 1, maxLength: 4 }), deltas, (events, delta) => {
        const able = ACCOUNTANTS.filter((accountant) => events.every((event) => accountant.supports(event)));
        const best = tightestEpsilon(events, delta);
        for (const accountant of able) expect(best.epsilon).toBeLessThanOrEqual(accountant.epsilon(events, delta));
        expect(able.find(({ name }) => name === best.accountant)?.epsilon(events, delta)).toBe(best.epsilon);
      }),
      RUNS,
    );
  });

  it('beats concentrated accounting on a plan of marginals by several percent', () => {
    const plan: PrivacyEvent[] = [
      { kind: 'discrete-gaussian', variance: '100', l2Sensitivity: 1, oneCell: true, count: 50 },
    ];
    const { epsilon, accountant } = tightestEpsilon(plan, 1e-6);
    expect(accountant).toBe('pld');
    expect(epsilon).toBeCloseTo(3.3076, 4);
    expect(epsilon).toBeLessThan(3.54229 * 0.94);
  });

  it('gives deltas too, and refuses what nobody supports', () => {
    expect(tightestDelta([CATALOGUE[0]!], 1).delta).toBeGreaterThan(0);
    const stranger = { kind: 'laplace' } as unknown as PrivacyEvent;
    expect(() => tightestEpsilon([stranger], 1e-6)).toThrow('no accountant');
    expect(() => tightestDelta([stranger], 1)).toThrow('no accountant');
  });
});

/** A number spread over many powers of ten. */
const spread = (low: number, high: number) =>
  fc.double({ min: Math.log10(low), max: Math.log10(high), noNaN: true }).map((exponent) => 10 ** exponent);
const counts = spread(1, 1e5).map(Math.round);

const extremes: fc.Arbitrary<PrivacyEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('gaussian' as const),
    sigma: spread(1e-6, 1e9),
    l2Sensitivity: spread(1e-3, 1e3),
    count: counts,
  }),
  fc.record({ kind: fc.constant('pure' as const), epsilon: spread(1e-9, 1e3), count: counts }),
  fc.record({
    kind: fc.constant('exponential' as const),
    epsilon: counts.map((n) => `${n}/100`),
    count: fc.constant(3),
  }),
  fc.record({
    kind: fc.constant('discrete-gaussian' as const),
    variance: spread(1, 1e14).map((tenths) => `${Math.round(tenths)}/1000`),
    l2Sensitivity: fc.constant(1),
    oneCell: fc.constant(true),
    count: counts,
  }),
  fc.record({
    kind: fc.constant('subsampled-gaussian' as const),
    samplingRate: spread(1e-9, 1),
    noiseMultiplier: spread(1e-3, 1e5),
    steps: counts,
  }),
  fc.record({ kind: fc.constant('zcdp' as const), rho: spread(1e-12, 1e6), count: counts }),
);

/** What the Gaussian noise together, and each other event alone, certainly costs in delta. */
function certainDelta(events: readonly PrivacyEvent[], epsilon: number): number {
  let [least, square] = [0, 0];
  for (const event of events) {
    if (event.kind === 'gaussian') square += event.count * (event.l2Sensitivity / event.sigma) ** 2;
    if (event.kind === 'pure' && epsilon < event.epsilon) {
      least = Math.max(least, -Math.expm1(epsilon - event.epsilon) / (1 + Math.exp(-event.epsilon)));
    }
    if (event.kind === 'exponential') {
      const [n = 0, d = 1] = event.epsilon.split('/').map(Number);
      const range = n / d;
      const isInReach = epsilon < range && range < 50;
      if (isInReach) least = Math.max(least, (Math.exp(range / 2) - Math.exp(epsilon / 2)) ** 2 / Math.expm1(range));
    }
  }
  return Math.max(least, gaussianDelta(Math.sqrt(square), epsilon));
}

describe('at extreme parameters', () => {
  it('no accountant throws, gives no number, or goes below what parts of the composition cost alone', () => {
    const lists = fc.array(extremes, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(lists, spread(1e-14, 0.3), spread(1e-6, 50), (events, delta, epsilon) => {
        for (const accountant of ACCOUNTANTS.filter(({ supports }) => events.every(supports))) {
          const proven = accountant.epsilon(events, delta);
          expect(proven, accountant.name).toBeGreaterThanOrEqual(0);
          if (Number.isFinite(proven)) expect(certainDelta(events, proven)).toBeLessThanOrEqual(delta * 1.001 + 1e-16);
          const cost = accountant.delta(events, epsilon);
          expect(cost).toBeLessThanOrEqual(1);
          expect(cost).toBeGreaterThanOrEqual(certainDelta(events, epsilon) * 0.999 - 1e-16);
        }
      }),
      { numRuns: 120 },
    );
  }, 120_000);
});
