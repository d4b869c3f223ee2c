import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clique, Domain } from '../../src/marginals/domain.ts';
import { createMarginalOracle, type Factor } from '../../src/marginals/marginal-oracle.ts';
import { maxDifference } from '../support/arrays.ts';
import { fullLogZ, fullTable, marginalOf } from '../support/brute-force.ts';
import { CLIQUE_SETS, domainOf, factorsOf, randomCliques, SIZES } from '../support/clique-sets.ts';

const TOTALS = [0, 1, 1000];

function distinct(cliques: readonly Clique[]): Clique[] {
  return [...new Map(cliques.map((clique) => [String(clique), clique])).values()];
}

function expectBruteForce(
  domain: Domain,
  factors: readonly Factor[],
  total: number,
  fixed: readonly Factor[] = [],
): void {
  const oracle = createMarginalOracle(
    domain,
    factors.map(({ clique }) => clique),
    fixed,
  );
  const flat = new Float64Array(oracle.length);
  factors.forEach(({ values }, index) => {
    flat.set(values, oracle.offsets[index]!);
  });
  const out = new Float64Array(oracle.length).fill(Number.NaN);
  const logZ = oracle.evaluate(flat, total, out);
  const table = fullTable(domain, [...factors, ...fixed], total);
  expect(logZ).toBeCloseTo(fullLogZ(domain, [...factors, ...fixed]), 9);
  factors.forEach(({ clique, values }, index) => {
    const found = out.subarray(oracle.offsets[index], oracle.offsets[index]! + values.length);
    expect(maxDifference(found, marginalOf(domain, table, clique))).toBeLessThan(1e-9 * Math.max(1, total));
  });
  oracle.tree.cliques.forEach((clique, index) => {
    expect(maxDifference(oracle.beliefs[index]!, marginalOf(domain, table, clique))).toBeLessThan(
      1e-9 * Math.max(1, total),
    );
  });
}

describe('createMarginalOracle agrees with brute force', () => {
  for (const [name, cliques] of Object.entries(CLIQUE_SETS)) {
    it(`on ${name}, for totals 0, 1 and 1000 and attributes of one value`, () => {
      for (const sizes of SIZES) {
        const domain = domainOf(sizes);
        for (const total of TOTALS) expectBruteForce(domain, factorsOf(domain, cliques, 5), total);
      }
    });
  }

  it('on random clique sets, with fixed potentials on further cliques', () => {
    fc.assert(
      fc.property(randomCliques, fc.integer({ min: 1 }), ({ domain, cliques }, seed) => {
        const half = Math.floor(cliques.length / 2);
        const factors = factorsOf(domain, distinct(cliques.slice(half)), seed);
        expectBruteForce(domain, factors, 50, factorsOf(domain, cliques.slice(0, half), seed + 1));
      }),
      { numRuns: 150, seed: 13 },
    );
  });

  it('is uniform on zero potentials', () => {
    const domain = domainOf([2, 3, 4]);
    const oracle = createMarginalOracle(domain, [[0, 1], [2]]);
    const out = new Float64Array(oracle.length);
    oracle.evaluate(new Float64Array(oracle.length), 24, out);
    expect(maxDifference(out, [4, 4, 4, 4, 4, 4, 6, 6, 6, 6])).toBeLessThan(1e-12);
  });
});

describe('extremes', () => {
  it('cells excluded by fixed potentials get exactly zero, everywhere', () => {
    const domain = domainOf([2, 2, 3]);
    const factors = factorsOf(
      domain,
      [
        [1, 2],
        [0, 2],
      ],
      3,
    );
    const impossible: Factor = { clique: [0, 1], values: Float64Array.of(0, -Infinity, 0, 0) };
    expectBruteForce(domain, factors, 100, [impossible]);
    const oracle = createMarginalOracle(domain, [[0, 1]], [impossible]);
    const out = new Float64Array(4);
    oracle.evaluate(Float64Array.of(0, 50, 0, 0), 90, out);
    expect(maxDifference(out, [30, 0, 30, 30])).toBeLessThan(1e-12);
  });

  it('potentials that pull neighbouring cliques apart by thousands of nats lose nothing', () => {
    const domain = domainOf([2, 2, 2]);
    const oracle = createMarginalOracle(domain, [
      [0, 1],
      [1, 2],
    ]);
    const out = new Float64Array(8);
    // Clique (0,1) prefers a1 = 0 by 3000 nats, clique (1,2) prefers a1 = 1 by 3000 nats: they cancel exactly.
    const logZ = oracle.evaluate(Float64Array.of(3000, 0, 3000, 0, 0, 0, 3000, 3000), 8, out);
    expect(logZ).toBeCloseTo(3000 + Math.log(8), 9);
    expect(maxDifference(out, [2, 2, 2, 2, 2, 2, 2, 2])).toBeLessThan(1e-9);
  });

  it('potentials that exclude everything give zero tables and log Z of minus infinity, not NaN', () => {
    const domain = domainOf([2, 2]);
    const nothing: Factor = { clique: [0], values: Float64Array.of(-Infinity, -Infinity) };
    const oracle = createMarginalOracle(domain, [[0, 1]], [nothing]);
    const out = new Float64Array(4);
    expect(oracle.evaluate(new Float64Array(4), 10, out)).toBe(-Infinity);
    expect([...out]).toEqual([0, 0, 0, 0]);
  });
});
