import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clique, countCells, type Domain } from '../../src/marginals/domain.ts';
import {
  createDualPoint,
  type DualProblem,
  dualityGap,
  evaluateDual,
  measurementLoss,
  minimizeDual,
} from '../../src/marginals/dual-solver.ts';
import { combineMeasurements, estimate } from '../../src/marginals/estimate.ts';
import { projectFactor } from '../../src/marginals/factor.ts';
import type { GraphicalModel } from '../../src/marginals/graphical-model.ts';
import { findHost } from '../../src/marginals/junction-tree.ts';
import { createMarginalOracle } from '../../src/marginals/marginal-oracle.ts';
import type { Measurement } from '../../src/marginals/measurement.ts';
import { maxDifference } from '../support/arrays.ts';
import { fullTable, marginalOf } from '../support/brute-force.ts';
import { CLIQUE_SETS, createNumbers, domainOf, factorsOf, randomCliques, SIZES } from '../support/clique-sets.ts';

function inClique({ domain, tree, beliefs }: GraphicalModel, clique: Clique): Float64Array {
  const host = findHost(domain, tree.cliques, clique);
  return projectFactor(domain, tree.cliques[host]!, beliefs[host]!, clique);
}

/** Noisy measurements of a known table with strong dependence. */
function measure(
  domain: Domain,
  cliques: readonly Clique[],
  total: number,
  sigma: number,
  seed: number,
): Measurement[] {
  const everything = domain.sizes.map((_, k) => k);
  const table = fullTable(domain, factorsOf(domain, [everything], seed, 1.5), total);
  const noise = createNumbers(seed + 1, sigma * Math.sqrt(3));
  return cliques.map((clique) => ({
    clique,
    counts: marginalOf(domain, table, clique).map((count) => count + (sigma > 0.01 ? noise() : 0)),
    variance: sigma ** 2,
  }));
}

/** Plain entropic mirror descent on the full table: slow, but its steps are obviously right. */
function descendFullTable(
  domain: Domain,
  measurements: readonly Measurement[],
  total: number,
  entropyWeight: number,
): Float64Array {
  const cells = countCells(
    domain,
    domain.sizes.map((_, k) => k),
  );
  const logs = new Float64Array(cells);
  const everything = domain.sizes.map((_, k) => k);
  const lipschitz = measurements.reduce((sum, { variance }) => sum + 1 / variance, 0) * total;
  const step = 1 / (lipschitz + entropyWeight);
  let table = fullTable(domain, [{ clique: everything, values: logs }], total);
  for (let iteration = 0; iteration < 3000; iteration++) {
    const gradient = new Float64Array(cells);
    for (const { clique, counts, variance } of measurements) {
      const marginal = marginalOf(domain, table, clique);
      const residual = marginal.map((value, cell) => (value - counts[cell]!) / variance);
      const spread = spreadOver(domain, clique, residual, cells);
      for (let cell = 0; cell < cells; cell++) gradient[cell]! += spread[cell]!;
    }
    for (let cell = 0; cell < cells; cell++) {
      logs[cell]! -= step * (gradient[cell]! + entropyWeight * logs[cell]!);
    }
    table = fullTable(domain, [{ clique: everything, values: logs }], total);
  }
  return table;
}

function spreadOver(domain: Domain, clique: Clique, values: Float64Array, cells: number): Float64Array {
  const everything = domain.sizes.map((_, k) => k);
  const logs = Float64Array.from({ length: cells });
  const index = marginalIndex(domain, clique, everything, cells);
  for (let cell = 0; cell < cells; cell++) logs[cell] = values[index[cell]!]!;
  return logs;
}

function marginalIndex(domain: Domain, clique: Clique, everything: Clique, cells: number): Int32Array {
  return Int32Array.from({ length: cells }, (_, cell) => {
    let rest = cell;
    const digits = new Map<number, number>();
    for (const attribute of everything.toReversed()) {
      digits.set(attribute, rest % domain.sizes[attribute]!);
      rest = Math.floor(rest / domain.sizes[attribute]!);
    }
    return clique.reduce((key, attribute) => key * domain.sizes[attribute]! + digits.get(attribute)!, 0);
  });
}

describe('estimate', () => {
  for (const [name, cliques] of Object.entries(CLIQUE_SETS)) {
    it(`${name}: reproduces exact consistent marginals`, async () => {
      for (const sizes of SIZES) {
        const domain = domainOf(sizes);
        const measurements = measure(domain, cliques, 1000, 0.01, 21);
        const model = await estimate(domain, measurements, { total: 1000, shrinkage: 1e-5, tolerance: 1e-3 });
        for (const { clique, counts } of measurements) {
          expect(maxDifference(inClique(model, clique), counts)).toBeLessThan(0.05);
        }
      }
    });
  }

  it('approaches independence with the measured one-way distributions as shrinkage grows', async () => {
    const domain = domainOf([2, 3]);
    const joint: Measurement = { clique: [0, 1], counts: Float64Array.of(30, 0, 10, 0, 20, 0), variance: 4 };
    const correlation = async (shrinkage: number) => {
      const table = inClique(await estimate(domain, [joint], { total: 60, shrinkage, tolerance: 1e-9 }), [0, 1]);
      return table[0]! * table[4]! - table[1]! * table[3]!;
    };
    const [none, some, strong] = [await correlation(1e-4), await correlation(1), await correlation(1e5)];
    expect(none).toBeCloseTo(600, 0);
    expect(some).toBeLessThan(none);
    expect(some).toBeGreaterThan(strong);
    expect(strong).toBeCloseTo(0, 1);
    const independent = await estimate(domain, [joint], { total: 60, shrinkage: 1e5, tolerance: 1e-9 });
    expect(maxDifference(inClique(independent, [0]), [40, 20])).toBeLessThan(2);
    expect(maxDifference(inClique(independent, [1]), [30, 20, 10])).toBeLessThan(2);
  });

  it('pulls by a sigma of noise at most, and by far less where counts stand far above it', async () => {
    const domain = domainOf([2, 3]);
    const counts = Float64Array.of(30_000, 4000, 10_000, 9000, 20_000, 1000);
    const joint: Measurement = { clique: [0, 1], counts, variance: 400 };
    const error = async (options: { readonly shrinkage?: number }) => {
      const model = await estimate(domain, [joint], { total: 74_000, tolerance: 1e-9, ...options });
      return maxDifference(inClique(model, [0, 1]), counts);
    };
    const fixed = await error({ shrinkage: 1 });
    expect(fixed).toBeGreaterThan(5);
    expect(await error({})).toBeLessThan(fixed / 5);
  });

  it('gives every attribute a valid distribution when nothing is measured, and zero tables for a total of 0', async () => {
    const domain = domainOf([2, 3]);
    const uniform = await estimate(domain, [], { total: 12 });
    expect(maxDifference(inClique(uniform, [1]), [4, 4, 4])).toBeLessThan(1e-12);
    const empty = await estimate(domain, measure(domain, [[0, 1]], 10, 1, 4), { total: 0 });
    expect(empty.beliefs.every((belief) => belief.every((value) => value === 0))).toBe(true);
  });

  it('stays non-negative and keeps the total however negative the noise', async () => {
    const domain = domainOf([3, 3]);
    const counts = Float64Array.of(-500, 20, -500, 100, -80, -500, 30, 40, 10);
    const model = await estimate(domain, [{ clique: [0, 1], counts, variance: 100 }], { total: 200 });
    const joint = inClique(model, [0, 1]);
    expect(joint.every((value) => value >= 0)).toBe(true);
    expect(joint.reduce((a, b) => a + b, 0)).toBeCloseTo(200, 6);
    expect(joint[3]).toBeGreaterThan(joint[1]!);
  });

  it('bears precise measurements that contradict the total and each other', async () => {
    const domain = domainOf([2, 2]);
    const measurements: Measurement[] = [
      { clique: [0], counts: Float64Array.of(60, 60), variance: 1e-4 },
      { clique: [0, 1], counts: Float64Array.of(20, 20, 20, 20), variance: 1e-4 },
    ];
    const model = await estimate(domain, measurements, { total: 100, maxSteps: 200 });
    expect(maxDifference(inClique(model, [0, 1]), [25, 25, 25, 25])).toBeLessThan(1e-6);
  });

  it('weights measurements by their precision', async () => {
    const domain = domainOf([2]);
    const precise: Measurement = { clique: [0], counts: Float64Array.of(70, 30), variance: 1 };
    const vague: Measurement = { clique: [0], counts: Float64Array.of(30, 70), variance: 99 };
    expect(combineMeasurements([precise, vague])[0]?.counts[0]).toBeCloseTo(69.6, 10);
    const model = await estimate(domain, [precise, vague], { total: 100, shrinkage: 1e-4, tolerance: 1e-6 });
    expect(inClique(model, [0])[0]).toBeCloseTo(69.6, 1);
  });

  it('ends with a certified gap and warm starts end sooner', async () => {
    const domain = domainOf([4, 5, 4, 6]);
    const cliques = [[0, 1], [1, 2], [2, 3], [0, 3], [0], [1]];
    const measurements = measure(domain, cliques, 5000, 15, 33);
    const stepsOf = async (warmStart?: GraphicalModel) => {
      let maxSteps = 1;
      const options = { total: 5000, tolerance: 1e-4, ...(warmStart && { warmStart }) };
      const reference = await estimate(domain, measurements, options);
      while (maxSteps < 1000) {
        const model = await estimate(domain, measurements, { ...options, maxSteps });
        if (model.beliefs.every((belief, k) => maxDifference(belief, reference.beliefs[k]!) === 0)) break;
        maxSteps++;
      }
      return { model: reference, steps: maxSteps };
    };
    const cold = await stepsOf();
    const warm = await stepsOf(cold.model);
    expect(cold.steps).toBeLessThan(400);
    expect(warm.steps).toBeLessThan(5);
  });

  it('stops at once when aborted', async () => {
    const domain = domainOf([2]);
    const measurements = measure(domain, [[0]], 10, 1, 4);
    await expect(estimate(domain, measurements, { total: 10, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('refuses malformed measurements and totals', async () => {
    const domain = domainOf([2, 2]);
    const counts = Float64Array.of(1, 2, 3, 4);
    const attempt = (measurement: Measurement, total = 10) => estimate(domain, [measurement], { total });
    await expect(attempt({ clique: [0], counts, variance: 1 })).rejects.toThrow(/4 counts; it needs 2/);
    await expect(attempt({ clique: [1, 0], counts, variance: 1 })).rejects.toThrow(/ascending/);
    await expect(attempt({ clique: [0, 7], counts, variance: 1 })).rejects.toThrow(/\[0,7\]/);
    await expect(attempt({ clique: [0, 1], counts, variance: 0 })).rejects.toThrow(/variance 0/);
    await expect(attempt({ clique: [0, 1], counts: counts.map(() => Number.NaN), variance: 1 })).rejects.toThrow(
      /finite/,
    );
    await expect(attempt({ clique: [0, 1], counts, variance: 1 }, -1)).rejects.toThrow(/total is -1/);
    await expect(attempt({ clique: [0, 1], counts, variance: 1 }, Number.NaN)).rejects.toThrow(/total is NaN/);
  });
});

describe('minimizeDual', () => {
  it('finds the same optimum as mirror descent on the full table, and its gap bounds the distance on the way', () => {
    for (const cliques of [CLIQUE_SETS.cycle!, CLIQUE_SETS.nested!, CLIQUE_SETS.disconnected!]) {
      const domain = domainOf([2, 2, 2, 2, 2, 1]);
      const measurements = measure(domain, cliques, 40, 4, 8);
      const table = descendFullTable(domain, measurements, 40, 0.5);
      const oracle = createMarginalOracle(domain, cliques);
      const problem: DualProblem = {
        oracle,
        targets: Float64Array.from(measurements.flatMap(({ counts }) => [...counts])),
        weights: Float64Array.from({ length: oracle.length }, () => 1 / 16),
        total: 40,
        entropyWeight: 0.5,
      };
      const objectives: { objective: number; gap: number }[] = [];
      let found = new Float64Array(oracle.length);
      for (const point of minimizeDual(problem, new Float64Array(oracle.length))) {
        const potentials = point.potentials.reduce((sum, value, cell) => sum + value * point.marginals[cell]!, 0);
        const logZ = oracle.evaluate(point.potentials, 40, new Float64Array(oracle.length));
        const objective = measurementLoss(problem, point) + 0.5 * (potentials - 40 * logZ);
        objectives.push({ objective, gap: dualityGap(problem, point) });
        found = point.marginals.slice();
        if (dualityGap(problem, point) < 1e-12 || objectives.length > 300) break;
      }
      const best = objectives.at(-1)!.objective;
      for (const { objective, gap } of objectives) expect(objective - best).toBeLessThan(gap + 1e-9);
      const expected = Float64Array.from(cliques.flatMap((clique) => [...marginalOf(domain, table, clique)]));
      expect(maxDifference(found, expected)).toBeLessThan(1e-3);
    }
  });
});

describe('evaluateDual', () => {
  it('has the gradient that finite differences show', () => {
    fc.assert(
      fc.property(randomCliques, fc.integer({ min: 1, max: 1e6 }), ({ domain, cliques }, seed) => {
        const factors = factorsOf(domain, [...new Map(cliques.map((c) => [String(c), c])).values()], seed, 1);
        const oracle = createMarginalOracle(
          domain,
          factors.map(({ clique }) => clique),
        );
        const next = createNumbers(seed + 1, 5);
        const targets = Float64Array.from({ length: oracle.length }, next);
        const weights = Float64Array.from({ length: oracle.length }, () => 6 + next());
        const problem = { oracle, targets, weights, total: 30, entropyWeight: 0.3 };
        const at = (cell: number, shift: number) => {
          const potentials = Float64Array.from(factors.flatMap(({ values }) => [...values]));
          if (shift !== 0) potentials[cell]! += shift;
          const point = createDualPoint(potentials);
          evaluateDual(problem, point);
          return point;
        };
        const { gradient } = at(0, 0);
        for (let cell = 0; cell < oracle.length; cell++) {
          const slope = (at(cell, 1e-4).value - at(cell, -1e-4).value) / 2e-4;
          expect(Math.abs(slope - gradient[cell]!)).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 40, seed: 17 },
    );
  });
});
