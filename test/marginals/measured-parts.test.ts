import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clique, countCells, type Domain } from '../../src/marginals/domain.ts';
import { projectFactor } from '../../src/marginals/factor.ts';
import { makeConsistent, marginalSigma } from '../../src/marginals/measured-parts.ts';
import type { Measurement } from '../../src/marginals/measurement.ts';
import { composeMarginal, planParts, residualOf, subsetsOf } from '../../src/marginals/residuals.ts';
import { createStream } from '../../src/random/stream.ts';
import { maxDifference } from '../support/arrays.ts';
import { marginalOf } from '../support/brute-force.ts';
import { createNumbers, domainOf } from '../support/clique-sets.ts';

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
const everythingOf = (domain: Domain): Clique => domain.sizes.map((_, k) => k);

function noisy(
  domain: Domain,
  cliques: readonly Clique[],
  seed: number,
  [level, sigma]: readonly [number, number],
): Measurement[] {
  const next = createNumbers(seed, 1);
  const table = Float64Array.from({ length: countCells(domain, everythingOf(domain)) }, () => level * (1 + next()));
  return cliques.map((clique, k) => ({
    clique,
    counts: marginalOf(domain, table, clique).map((count) => count + sigma * 2 * next()),
    variance: (sigma * (1 + k / 2)) ** 2,
  }));
}

describe('residual parts', () => {
  it('of a marginal compose to the marginal, sum to zero along each attribute and are orthogonal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 0, maxLength: 4 }),
        fc.integer(),
        (sizes, seed) => {
          const domain = domainOf(sizes);
          const clique = everythingOf(domain);
          const counts = Float64Array.from({ length: countCells(domain, clique) }, createNumbers(seed, 9));
          const subsets = subsetsOf(clique);
          const parts = subsets.map((subset) => residualOf(domain, clique, counts, subset));
          const composed = new Float64Array(counts.length);
          composeMarginal(planParts(domain, clique, new Map(subsets.map((s, k) => [s.join(), k]))), parts, composed);
          expect(maxDifference(composed, counts)).toBeLessThan(1e-9);
          subsets.forEach((subset, k) => {
            for (const attribute of subset) {
              const rest = subset.filter((other) => other !== attribute);
              expect(
                maxDifference(
                  projectFactor(domain, subset, parts[k]!, rest),
                  parts[k]!.map(() => 0).slice(0, countCells(domain, rest)),
                ),
              ).toBeLessThan(1e-9);
            }
          });
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });
});

describe('marginalSigma', () => {
  it('is the standard deviation that repeated noise shows', () => {
    const domain = domainOf([2, 3, 2]);
    const sigmas = [3, 4, 5, 2];
    const cliques: Clique[] = [[0, 1], [1, 2], [0], [0, 1, 2]];
    const stream = createStream(12);
    const runs = 1500;
    const asked: Clique = [0, 1];
    const squares = new Float64Array(6);
    const measure = () =>
      cliques.map(
        (clique, k): Measurement => ({
          clique,
          counts: Float64Array.from(
            { length: countCells(domain, clique) },
            () => 12_000 / countCells(domain, clique) + sigmas[k]! * stream.nextNormal(),
          ),
          variance: sigmas[k]! ** 2,
        }),
      );
    for (let run = 0; run < runs; run++) {
      const [found] = makeConsistent(domain, measure(), 12_000);
      found!.counts.forEach((value, cell) => {
        squares[cell]! += (value - 2000) ** 2;
      });
    }
    const variance = marginalSigma(domain, measure(), asked) ** 2;
    // Six cells share runs; 1e-6 bound of a scaled chi-square by its normal approximation.
    for (const square of squares) {
      expect(Math.abs(square / runs / variance - 1)).toBeLessThan(4.9 * Math.sqrt(2 / runs));
    }
  });

  it('is infinite where something was not measured, and of one part alone otherwise', () => {
    const domain = domainOf([2, 3]);
    const pair: Measurement = { clique: [0, 1], counts: new Float64Array(6), variance: 9 };
    const single: Measurement = { clique: [0], counts: new Float64Array(2), variance: 9 };
    expect(marginalSigma(domain, [single], [0, 1])).toBe(Infinity);
    // The total is known, so one degree of freedom of six is free of noise.
    expect(marginalSigma(domain, [pair], [0, 1])).toBeCloseTo(3 * Math.sqrt(5 / 6), 12);
    expect(marginalSigma(domain, [pair, pair], [0, 1])).toBeCloseTo(3 * Math.sqrt(5 / 12), 12);
  });
});

describe('makeConsistent', () => {
  const domain = domainOf([2, 3, 2, 1]);
  const measured: Clique[] = [[0], [0, 1], [1, 2], [0, 2], [3], [0, 1, 2]];

  it('gives measurements that sum to the total and agree on shared attributes', () => {
    const consistent = makeConsistent(domain, noisy(domain, measured, 2, [30, 12]), 400);
    const one = consistent[0]!.counts;
    for (const { clique, counts } of consistent) {
      expect(sum(counts)).toBeCloseTo(400, 9);
      if (clique.includes(0)) expect(maxDifference(projectFactor(domain, clique, counts, [0]), one)).toBeLessThan(1e-9);
    }
  });

  it('shifts the weighted distance of every consistent table by the same constant', () => {
    const measurements = noisy(domain, measured, 6, [30, 12]);
    const consistent = makeConsistent(domain, measurements, 400);
    const distance = (list: readonly Measurement[], table: Float64Array) =>
      list.reduce((total, { clique, counts, variance }) => {
        const marginal = marginalOf(domain, table, clique);
        return total + marginal.reduce((part, value, cell) => part + (value - counts[cell]!) ** 2 / variance, 0);
      }, 0);
    const shifts = [1, 2, 3, 4].map((seed) => {
      const raw = Float64Array.from({ length: 12 }, createNumbers(seed, 100));
      const table = raw.map((value) => value + (400 - sum(raw)) / 12);
      return distance(measurements, table) - distance(consistent, table);
    });
    for (const shift of shifts) expect(shift).toBeCloseTo(shifts[0]!, 6);
  });
});
