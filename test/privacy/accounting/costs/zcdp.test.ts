import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zcdpDelta, zcdpEpsilon, zcdpRho } from '../../../../src/privacy/accounting/costs/zcdp.ts';
import reference from '../../../reference/accounting.json' with { type: 'json' };

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

const costs = fc.double({ min: 1e-6, max: 50, noNaN: true });
const deltas = fc.double({ min: -14, max: -1, noNaN: true }).map((exponent) => 10 ** exponent);

describe('zCDP conversion', () => {
  it.each(reference.zcdpEpsilon)('zcdpEpsilon($rho, $delta) is the 60-digit value, from above', (row) => {
    const exact = Number(row.exact);
    const epsilon = zcdpEpsilon(row.rho, row.delta);
    expect(epsilon).toBeGreaterThanOrEqual(exact * (1 - 1e-15));
    expect(epsilon / exact - 1).toBeLessThan(1e-9);
    expect(epsilon).toBeGreaterThan(row.exactGaussian * (1 - 1e-12));
  });

  it.each(reference.zcdpDelta)('zcdpDelta($rho, $epsilon) is the 60-digit value, from above', (row) => {
    const exact = Number(row.exact);
    const delta = zcdpDelta(row.rho, row.epsilon);
    expect(delta).toBeGreaterThanOrEqual(exact * (1 - 1e-15));
    expect(delta / exact - 1).toBeLessThan(1e-9);
  });

  it.each(reference.zcdpRho)('zcdpRho($epsilon, $delta) meets its target and misses the best rho by nothing', (row) => {
    const rho = zcdpRho(row.epsilon, row.delta);
    expect(zcdpEpsilon(rho, row.delta)).toBeLessThanOrEqual(row.epsilon);
    expect(Math.abs(rho / row.rho - 1)).toBeLessThan(1e-9);
  });

  it('no order of a dense grid proves less than the chosen order', () => {
    fc.assert(
      fc.property(costs, deltas, (rho, delta) => {
        let best = Number.POSITIVE_INFINITY;
        for (let step = -300; step <= 200; step++) {
          const alpha = 1 + Math.exp(step / 20);
          best = Math.min(
            best,
            alpha * rho + Math.log1p(-1 / alpha) - (Math.log(delta) + Math.log(alpha)) / (alpha - 1),
          );
        }
        const epsilon = zcdpEpsilon(rho, delta);
        expect(epsilon).toBeLessThanOrEqual(Math.max(0, best) + 1e-11 * (1 + best));
      }),
    );
  });

  it('epsilon and delta are inverse to each other', () => {
    fc.assert(
      fc.property(costs, deltas, (rho, delta) => {
        const epsilon = zcdpEpsilon(rho, delta);
        fc.pre(epsilon > 0);
        expect(Math.abs(Math.log(zcdpDelta(rho, epsilon) / delta))).toBeLessThan(1e-6);
      }),
    );
  });

  it('costs grow with rho and fall with delta', () => {
    fc.assert(
      fc.property(costs, deltas, fc.double({ min: 1.01, max: 3, noNaN: true }), (rho, delta, factor) => {
        expect(zcdpEpsilon(rho * factor, delta)).toBeGreaterThanOrEqual(zcdpEpsilon(rho, delta));
        expect(zcdpEpsilon(rho, Math.min(0.5, delta * factor))).toBeLessThanOrEqual(zcdpEpsilon(rho, delta));
      }),
    );
  });

  it('nothing costs nothing, and no delta left costs everything', () => {
    expect(zcdpEpsilon(0, 1e-6)).toBe(0);
    expect(zcdpDelta(0, 1)).toBe(0);
    expect(zcdpEpsilon(1, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(zcdpEpsilon(Number.NaN, 1e-6)).toBe(Number.POSITIVE_INFINITY);
    expect(zcdpDelta(Number.NaN, 1)).toBe(1);
  });
});
