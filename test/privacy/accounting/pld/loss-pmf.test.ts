import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalUpper } from '../../../../src/math/normal.ts';
import {
  cellBoundaries,
  type LossPmf,
  normalIntervals,
  splitAtoms,
} from '../../../../src/privacy/accounting/pld/loss-pmf.ts';

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20261124 });

/** Losses in order with masses that sum to 1. */
const atoms = fc
  .array(fc.tuple(fc.double({ min: -4, max: 4, noNaN: true }), fc.double({ min: 0.01, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((pairs) => {
    const total = pairs.reduce((sum, [, weight]) => sum + weight, 0);
    const losses = Float64Array.from(pairs, ([loss]) => loss).sort();
    return { losses, masses: Float64Array.from(pairs, ([, weight]) => weight / total) };
  });
const steps = fc.double({ min: 0.01, max: 0.7, noNaN: true });

/** Σ mass·(1 − e^(epsilon − loss)) over losses above epsilon: delta of the pair. */
function hockeyStick(losses: ArrayLike<number>, masses: ArrayLike<number>, epsilon: number): number {
  return Array.from(losses, (loss, atom) => (loss > epsilon ? masses[atom]! * -Math.expm1(epsilon - loss) : 0)).reduce(
    (sum, term) => sum + term,
    0,
  );
}

const lossesOf = ({ indices }: LossPmf, step: number) => indices.map((index) => index * step);

describe('rounding losses onto a grid', () => {
  it('keeps the mass under both members of the pair', () => {
    fc.assert(
      fc.property(atoms, steps, ({ losses, masses }, step) => {
        const rounded = splitAtoms(losses, masses, step);
        const under = (values: ArrayLike<number>, weights: ArrayLike<number>) =>
          Array.from(values, (loss, atom) => weights[atom]! * Math.exp(-loss)).reduce((sum, term) => sum + term, 0);
        expect(rounded.mass.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 12);
        expect(under(lossesOf(rounded, step), rounded.mass) / under(losses, masses)).toBeCloseTo(1, 10);
      }),
    );
  });

  it('dominates: delta is never below that of the losses themselves, and close to it for a fine grid', () => {
    fc.assert(
      fc.property(atoms, steps, fc.double({ min: -3, max: 3, noNaN: true }), ({ losses, masses }, step, epsilon) => {
        const rounded = splitAtoms(losses, masses, step);
        const [bound, exact] = [
          hockeyStick(lossesOf(rounded, step), rounded.mass, epsilon),
          hockeyStick(losses, masses, epsilon),
        ];
        expect(bound).toBeGreaterThanOrEqual(exact - 1e-12);
        expect(bound).toBeLessThanOrEqual(exact + step);
      }),
    );
  });

  it('losses far apart are listed one by one, with the same masses', () => {
    const rounded = splitAtoms(Float64Array.of(-1, 3e6), Float64Array.of(0.25, 0.75), 0.5);
    expect(rounded.indices.length).toBe(4);
    expect(rounded.mass.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 12);
  });

  it('cells cover the range, ascend, and are one step wide near zero', () => {
    fc.assert(
      fc.property(
        steps,
        fc.double({ min: -300, max: 0, noNaN: true }),
        fc.double({ min: 0.1, max: 300 }),
        (step, low, high) => {
          const cells = cellBoundaries(low, high, step);
          expect(cells[0]! * step).toBeLessThanOrEqual(low);
          expect(cells.at(-1)! * step).toBeGreaterThanOrEqual(high * (1 - 1e-12));
          for (let cell = 1; cell < cells.length; cell++) {
            const width = cells[cell]! - cells[cell - 1]!;
            expect(width).toBeGreaterThanOrEqual(1);
            if (Math.min(Math.abs(cells[cell - 1]!), Math.abs(cells[cell]!)) < 200) expect(width).toBe(1);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('probabilities between points of a normal add up, and far tails keep their digits', () => {
    const points = Float64Array.of(-30, -8, -1, 0.5, 7, 20);
    const { mass, error } = normalIntervals(points);
    expect(mass.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 14);
    expect(mass[4]! / (normalUpper(7) - normalUpper(20))).toBeCloseTo(1, 12);
    expect(mass[0]! / (normalUpper(8) - normalUpper(30))).toBeCloseTo(1, 12);
    expect(Math.max(...error)).toBeLessThan(1e-15);
  });
});
