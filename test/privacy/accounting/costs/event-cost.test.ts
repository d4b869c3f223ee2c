import { describe, expect, it } from 'vitest';
import {
  eventPureEpsilon,
  eventRho,
  failureDelta,
  noiseDelta,
  totalDelta,
} from '../../../../src/privacy/accounting/costs/event-cost.ts';
import { tightestEpsilon } from '../../../../src/privacy/accounting/tightest.ts';
import { zcdpAccountant } from '../../../../src/privacy/accounting/zcdp-accountant.ts';
import type { PrivacyEvent } from '../../../../src/privacy/events.ts';
import reference from '../../../reference/accounting.json' with { type: 'json' };

const threshold = (delta: number, count: number): PrivacyEvent => ({
  kind: 'stability-threshold',
  variance: '100',
  threshold: 80,
  l2Sensitivity: 1,
  delta,
  count,
});

describe('cost of single events', () => {
  it.each<[PrivacyEvent, number | undefined, number | undefined]>([
    [{ kind: 'gaussian', sigma: 2, l2Sensitivity: 1, count: 4 }, 0.5, undefined],
    [{ kind: 'discrete-gaussian', variance: '25/2', l2Sensitivity: 2, oneCell: false, count: 3 }, 0.48, undefined],
    [{ kind: 'discrete-laplace', scale: '4', l1Sensitivity: 2, count: 2 }, 0.25, 1],
    [{ kind: 'exponential', epsilon: '1/2', count: 16 }, 0.5, 8],
    [{ kind: 'subsampled-gaussian', samplingRate: 0.5, noiseMultiplier: 1, steps: 2 }, undefined, undefined],
    [{ kind: 'subsampled-gaussian', samplingRate: 1, noiseMultiplier: 2, steps: 2 }, 0.25, undefined],
    [threshold(1e-9, 2), 0.01, undefined],
    [
      { kind: 'laplace-threshold', scale: '10', threshold: 200, l1Sensitivity: 2, delta: 1e-6, count: 5 },
      0.1,
      undefined,
    ],
    [{ kind: 'zcdp', rho: 0.1, count: 3 }, 0.3, undefined],
    [{ kind: 'pure', epsilon: 1, count: 3 }, 1.5, 3],
  ])('%j', (event, rho, epsilon) => {
    for (const [cost, exact] of [
      [eventRho(event), rho],
      [eventPureEpsilon(event), epsilon],
    ]) {
      if (exact === undefined) expect(cost).toBeUndefined();
      else {
        expect(cost).toBeGreaterThanOrEqual(exact);
        expect(cost! / exact).toBeCloseTo(1, 12);
      }
    }
  });

  it('an unknown kind has no cost at all', () => {
    const stranger = { kind: 'laplace', scale: 1, count: 1 } as unknown as PrivacyEvent;
    expect(eventRho(stranger)).toBeUndefined();
    expect(eventPureEpsilon(stranger)).toBeUndefined();
  });

  it('deltas of thresholds join as independent failures, rounded up, and leave the rest for the noise', () => {
    const failure = failureDelta([threshold(1e-3, 3), threshold(2e-3, 1)]);
    const exact = 1 - 0.999 ** 3 * 0.998;
    expect(failure).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
    expect(failure / exact).toBeCloseTo(1, 9);
    const noise = noiseDelta(0.01, failure);
    expect(totalDelta(noise, failure)).toBeCloseTo(0.01, 12);
    expect(noiseDelta(0.001, failure)).toBeLessThan(0);
    expect(failureDelta([])).toBe(0);
  });
});

describe('heterogeneous compositions', () => {
  it.each(reference.zcdpHeterogeneous)(
    '$case: rho adds up, and nothing costs more than its tight conversion',
    (row) => {
      const events = row.events.map(toEvent);
      expect(events.reduce((sum, event) => sum + eventRho(event)!, 0) / row.rho).toBeCloseTo(1, 9);
      expect(zcdpAccountant.epsilon(events, row.delta) / row.tight).toBeCloseTo(1, 9);
      expect(tightestEpsilon(events, row.delta).epsilon).toBeLessThanOrEqual(row.tight * (1 + 1e-9));
    },
  );
});

/** Rows of the reference: ["dg", sigma, sensitivity, count], ["em", epsilon, count] or ["rho", rho, count]. */
function toEvent(row: readonly (string | number)[]): PrivacyEvent {
  const [kind, first = 0, second = 0, third = 0] = row as [string, number, number, number];
  if (kind === 'rho') return { kind: 'zcdp', rho: first, count: second };
  if (kind === 'em')
    return { kind: 'exponential', epsilon: `${Math.round(first * 2 ** 52)}/${2 ** 52}`, count: second };
  return { kind: 'discrete-gaussian', variance: `${first ** 2}`, l2Sensitivity: second, oneCell: false, count: third };
}
