import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignTables } from '../../../src/evaluation/aligned-tables.ts';
import { binTables } from '../../../src/evaluation/bins.ts';
import { countPaired } from '../../../src/evaluation/contingency.ts';
import { associationMatrix } from '../../../src/evaluation/fidelity/association.ts';
import { marginalDistances, meanDistance } from '../../../src/evaluation/fidelity/marginal-distance.ts';
import { totalVariation } from '../../../src/evaluation/total-variation.ts';
import { hasShared, readTable, SHARED, schemaFromBins } from '../../support/evaluation-tables.ts';

/** Computed with numpy: train rows as real, test rows as synthetic, the fixed bins of each table. */
const REFERENCE = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../reference/marginal-distance.json'), 'utf8'),
);

describe('marginal distances', () => {
  for (const name of ['adult', 'titanic', 'german']) {
    it.skipIf(!hasShared)(`${name}: equal to numpy to 1e-6 (skipped when ../shared is absent)`, () => {
      const { schema } = schemaFromBins(name);
      const read = (file: string) => readTable(resolve(SHARED, 'data', name, file), schema);
      const tables = binTables(alignTables(schema, { real: read('train.csv'), synthetic: read('test.csv') }));
      const expected = REFERENCE[name];
      for (const way of [1, 2, 3]) {
        const mean = meanDistance(marginalDistances(tables, way, ['real', 'synthetic']));
        expect(mean?.value).toBeCloseTo(expected[`tvd${way}`], 7);
        expect(mean?.worst.value).toBeCloseTo(expected[`tvd${way}_max`], 7);
      }
      const real = associationMatrix(tables, 'real');
      const other = associationMatrix(tables, 'synthetic');
      const difference = real.reduce((total, v, pair) => total + Math.abs(v - (other[pair] ?? 0)), 0) / real.length;
      expect(difference).toBeCloseTo(expected.cramer_mad, 7);
    });
  }
});

const counts = fc.array(fc.nat(50), { minLength: 1, maxLength: 30 });

describe('total variation', () => {
  it('is a distance between distributions: within [0, 1], symmetric, zero for proportional counts', () => {
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 5 }), (a, b, factor) => {
        const length = Math.max(a.length, b.length);
        const left = Float64Array.from({ length }, (_, i) => a[i] ?? 0);
        const right = Float64Array.from({ length }, (_, i) => b[i] ?? 0);
        const forward = totalVariation({ left, right });
        expect(forward.value).toBeGreaterThanOrEqual(0);
        expect(forward.value).toBeLessThanOrEqual(1 + 1e-12);
        expect(totalVariation({ left: right, right: left }).value).toBeCloseTo(forward.value, 12);
        expect(totalVariation({ left, right: left.map((v) => v * factor) }).value).toBeCloseTo(0, 12);
      }),
    );
  });

  it('an empty table is at distance 1 from a filled one and 0 from itself', () => {
    const empty = new Float64Array(2);
    const filled = Float64Array.of(1, 2);
    expect(totalVariation({ left: empty, right: filled }).value).toBe(1);
    expect(totalVariation({ left: empty, right: empty }).value).toBe(0);
  });

  it('the standard error is that of repeated sampling', () => {
    const p = [0.5, 0.3, 0.2];
    const q = [0.2, 0.5, 0.3];
    const draw = lehmer(11);
    const sample = (probabilities: readonly number[], n: number) => {
      const out = new Float64Array(3);
      for (let i = 0; i < n; i += 1) {
        const u = draw();
        out[u < (probabilities[0] ?? 0) ? 0 : u < (probabilities[0] ?? 0) + (probabilities[1] ?? 0) ? 1 : 2]! += 1;
      }
      return out;
    };
    const values = Array.from({ length: 2000 }, () => totalVariation({ left: sample(p, 400), right: sample(q, 200) }));
    const mean = values.reduce((t, v) => t + v.value, 0) / values.length;
    const sd = Math.sqrt(values.reduce((t, v) => t + (v.value - mean) ** 2, 0) / values.length);
    const claimed = values.reduce((t, v) => t + v.standardError, 0) / values.length;
    expect(claimed / sd).toBeGreaterThan(0.9);
    expect(claimed / sd).toBeLessThan(1.1);
  });
});

describe('counting', () => {
  it('huge domains are counted over filled cells with the same distances as dense ones', () => {
    const size = 3000;
    const codes = (seed: number) => {
      const draw = lehmer(seed);
      return Int32Array.from({ length: 500 }, () => Math.floor(draw() * draw() * size));
    };
    const column = (name: string, seed: number) => ({
      name,
      size,
      labels: [],
      missingBin: -1,
      codes: { real: codes(seed), synthetic: codes(seed + 1) },
    });
    const columns = [column('a', 1), column('b', 5)];
    const tables = { columns, rowCounts: { real: 500, synthetic: 500 }, roles: ['real', 'synthetic'] as const };
    const sparse = countPaired(tables, [0, 1], ['real', 'synthetic']);
    expect(sparse.left.length).toBeLessThanOrEqual(1000);
    const keys = (role: 'real' | 'synthetic') =>
      Array.from({ length: 500 }, (_, r) => `${columns[0]?.codes[role][r]}/${columns[1]?.codes[role][r]}`);
    const tally = new Map<string, number>();
    for (const key of keys('real')) tally.set(key, (tally.get(key) ?? 0) + 1 / 500);
    for (const key of keys('synthetic')) tally.set(key, (tally.get(key) ?? 0) - 1 / 500);
    const expected = [...tally.values()].reduce((total, d) => total + Math.abs(d), 0) / 2;
    expect(totalVariation(sparse).value).toBeCloseTo(expected, 12);
  });
});

/** Deterministic uniform numbers for tests. */
function lehmer(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
