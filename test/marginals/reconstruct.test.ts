import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clique, countCells, type Domain } from '../../src/marginals/domain.ts';
import { projectFactor } from '../../src/marginals/factor.ts';
import { makeConsistent, marginalSigma } from '../../src/marginals/measured-parts.ts';
import type { Measurement } from '../../src/marginals/measurement.ts';
import { reconstruct } from '../../src/marginals/reconstruct.ts';
import { composeMarginal, planParts, residualOf, subsetsOf } from '../../src/marginals/residuals.ts';
import { createStream } from '../../src/random/stream.ts';
import { maxDifference } from '../support/arrays.ts';
import { cellOf, digitsOf, marginalOf } from '../support/brute-force.ts';
import { createNumbers, domainOf } from '../support/clique-sets.ts';

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
const everythingOf = (domain: Domain): Clique => domain.sizes.map((_, k) => k);

interface Penalised {
  readonly domain: Domain;
  readonly measurements: readonly Measurement[];
  readonly workload: readonly Clique[];
  readonly total: number;
}

/** A table over all attributes that minimises the same objective with steep penalties for constraints; slow and obvious. */
function solveByPenalty({ domain, measurements, workload, total }: Penalised, steps: number): Float64Array {
  const cells = countCells(domain, everythingOf(domain));
  const indexOf = (clique: Clique) =>
    Int32Array.from({ length: cells }, (_, c) => cellOf(domain, clique, digitsOf(domain, c)));
  const penalty = 30;
  const terms = [
    ...measurements.map(({ clique, counts, variance }) => ({
      index: indexOf(clique),
      counts,
      weight: 1 / variance,
      clip: false,
    })),
    ...workload.map((clique) => ({
      index: indexOf(clique),
      counts: new Float64Array(countCells(domain, clique)),
      weight: penalty,
      clip: true,
    })),
    { index: indexOf([]), counts: Float64Array.of(total), weight: penalty, clip: false },
  ];
  const lipschitz = terms.reduce((l, { weight, counts }) => l + (weight * cells) / counts.length, 0);
  let table = new Float64Array(cells).fill(total / cells);
  let ahead = table.slice();
  for (let step = 1; step <= steps; step++) {
    const gradient = new Float64Array(cells);
    for (const { index, counts, weight, clip } of terms) {
      const residual = counts.map((count) => -count);
      for (let cell = 0; cell < cells; cell++) residual[index[cell]!]! += ahead[cell]!;
      if (clip)
        residual.forEach((value, k) => {
          residual[k] = Math.min(0, value);
        });
      for (let cell = 0; cell < cells; cell++) gradient[cell]! += weight * residual[index[cell]!]!;
    }
    const next = ahead.map((value, cell) => value - gradient[cell]! / lipschitz);
    const momentum = (step - 1) / (step + 2);
    ahead = next.map((value, cell) => value + momentum * (value - table[cell]!));
    table = next;
  }
  return table;
}

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

describe('reconstruct', () => {
  const domain = domainOf([2, 3, 2, 1]);
  const measured: Clique[] = [[0], [0, 1], [1, 2], [0, 2], [3]];
  const workload: Clique[] = [[0, 1], [0, 2], [1, 2], [2]];

  it('equals weighted least squares where no cell is near zero', async () => {
    const measurements = noisy(domain, measured, 5, [500, 8]);
    const total = 6100;
    const found = await reconstruct(domain, measurements, workload, { total, tolerance: 1e-6 });
    const table = solveByPenalty({ domain, measurements, workload, total }, 60_000);
    workload.forEach((clique, k) => {
      expect(maxDifference(found[k]!, marginalOf(domain, table, clique))).toBeLessThan(0.5);
    });
  });

  it('equals least squares under non-negativity where many cells are at zero', async () => {
    for (const seed of [1, 2, 3]) {
      const measurements = noisy(domain, measured, seed, [3, 12]);
      const total = 40;
      const found = await reconstruct(domain, measurements, workload, {
        total,
        tolerance: 1e-5,
        maxIterations: 20_000,
      });
      const table = solveByPenalty({ domain, measurements, workload, total }, 60_000);
      const zeros = found.reduce((count, marginal) => count + marginal.filter((value) => value < 1e-3).length, 0);
      expect(zeros).toBeGreaterThan(2);
      workload.forEach((clique, k) => {
        expect(maxDifference(found[k]!, marginalOf(domain, table, clique))).toBeLessThan(0.1);
      });
    }
  });

  it('is non-negative, keeps the total and agrees on shared attributes', async () => {
    const found = await reconstruct(domain, noisy(domain, measured, 9, [3, 12]), workload, {
      total: 40,
      tolerance: 1e-4,
      maxIterations: 5000,
    });
    for (const marginal of found) {
      expect(marginal.every((value) => value >= 0)).toBe(true);
      expect(sum(marginal)).toBeCloseTo(40, 1);
    }
    const first = projectFactor(domain, workload[0]!, found[0]!, [0]);
    expect(maxDifference(first, projectFactor(domain, workload[1]!, found[1]!, [0]))).toBeLessThan(0.05);
  });

  it('takes attributes that were never measured together as independent, and unmeasured ones as uniform', async () => {
    const measurements: Measurement[] = [
      { clique: [0], counts: Float64Array.of(30, 70), variance: 1 },
      { clique: [1], counts: Float64Array.of(50, 30, 20), variance: 1 },
    ];
    const [pair, other] = await reconstruct(domain, measurements, [[0, 1], [2]], { total: 100, tolerance: 1e-6 });
    expect(maxDifference(pair!, [15, 9, 6, 35, 21, 14])).toBeLessThan(1e-3);
    expect(maxDifference(other!, [50, 50])).toBeLessThan(1e-3);
  });

  it('refuses a total that is not positive and stops when aborted', async () => {
    const big = domainOf(Array.from({ length: 40 }, () => 6));
    const pairs = Array.from({ length: 39 }, (_, k) => [k, k + 1]);
    await expect(reconstruct(domain, [], [[0]], { total: 0 })).rejects.toThrow(/total is 0/);
    const job = reconstruct(big, noisyPairs(big, pairs), pairs, {
      total: 100,
      tolerance: 0,
      maxIterations: 1e9,
      signal: AbortSignal.timeout(200),
    });
    await expect(job).rejects.toThrow(/timeout|abort/i);
  });
});

function noisyPairs(domain: Domain, pairs: readonly Clique[]): Measurement[] {
  const next = createNumbers(4, 10);
  return pairs.map((clique) => ({
    clique,
    counts: Float64Array.from({ length: countCells(domain, clique) }, next),
    variance: 30,
  }));
}

describe('marginalSigma', () => {
  it('is the standard deviation that repeated noise shows', async () => {
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
      const [found] = await reconstruct(domain, measure(), [asked], { total: 12_000, tolerance: 1e-3 });
      found!.forEach((value, cell) => {
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
