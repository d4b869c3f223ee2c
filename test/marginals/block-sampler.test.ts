import { describe, expect, it } from 'vitest';
import { BLOCK_ROWS, createBlockSampler, type SamplingMethod } from '../../src/marginals/block-sampler.ts';
import type { Codes } from '../../src/marginals/count-source.ts';
import { type Clique, countCells, type Domain } from '../../src/marginals/domain.ts';
import type { GraphicalModel } from '../../src/marginals/graphical-model.ts';
import { createMarginalOracle, type Factor } from '../../src/marginals/marginal-oracle.ts';
import { createCodes, createCountSource } from '../../src/marginals/memory-count-source.ts';
import { modelMarginals } from '../../src/marginals/model-marginals.ts';
import { planSampling } from '../../src/marginals/sampling-steps.ts';
import { createStream } from '../../src/random/stream.ts';
import { fullTable, marginalOf, subsetsOf } from '../support/brute-force.ts';
import { CLIQUE_SETS, domainOf, factorsOf } from '../support/clique-sets.ts';
import { FALSE_ALARM_RATE, gTest } from '../support/goodness-of-fit.ts';

/** Standard normal quantile at 1 − 1e-6. */
const Z_MILLION = 4.753424;
const METHODS: readonly SamplingMethod[] = ['iid', 'systematic'];

function modelOf(domain: Domain, factors: readonly Factor[], total = 1): GraphicalModel {
  const oracle = createMarginalOracle(domain, [], factors);
  oracle.evaluate(new Float64Array(0), total, new Float64Array(0));
  return { domain, total, tree: oracle.tree, beliefs: oracle.beliefs, potentials: [] };
}

function emptyColumns(domain: Domain, rows: number): Codes[] {
  return domain.sizes.map((size) => createCodes(size, rows));
}

/** Rows of several blocks of `rowsPerBlock`, block b from the stream labelled b. */
function draw(model: GraphicalModel, method: SamplingMethod, blocks: number, rowsPerBlock: number): Codes[] {
  const sampler = createBlockSampler(model, method);
  const all = emptyColumns(model.domain, blocks * rowsPerBlock);
  const out = emptyColumns(model.domain, rowsPerBlock);
  for (let block = 0; block < blocks; block++) {
    sampler.sampleBlock(rowsPerBlock, createStream(2024, block), out);
    all.forEach((column, attribute) => {
      column.set(out[attribute]!, block * rowsPerBlock);
    });
  }
  return all;
}

/** p-value of the counts; 1 for a marginal of one cell, which cannot disagree. */
function agreement(counts: Float64Array, shares: Float64Array, rows: number): number {
  return shares.length === 1 ? 1 : gTest([...counts], [...shares], rows);
}

async function expectMarginals(
  model: GraphicalModel,
  codes: readonly Codes[],
  cliques: readonly Clique[],
  expectedOf: (clique: Clique) => Float64Array,
): Promise<void> {
  const rows = codes[0]!.length;
  const counts = await createCountSource(model.domain, codes).count(cliques);
  cliques.forEach((clique, index) => {
    const p = agreement(counts[index]!, expectedOf(clique), rows);
    expect(p, `clique ${clique}`).toBeGreaterThan(FALSE_ALARM_RATE);
  });
}

describe('generated rows follow the model', () => {
  for (const method of METHODS) {
    for (const [name, cliques] of Object.entries(CLIQUE_SETS)) {
      it(`${method}, ${name}: every marginal of up to three attributes agrees with brute force (G-test, 1e-6)`, async () => {
        const domain = domainOf([2, 3, 1, 3, 2, 4]);
        const factors = factorsOf(domain, cliques, 77);
        const model = modelOf(domain, factors);
        const table = fullTable(domain, factors, 1);
        const codes = draw(model, method, 2, 40_000);
        await expectMarginals(model, codes, subsetsOf(6, 3), (clique) => marginalOf(domain, table, clique));
      });
    }

    it(`${method}: impossible cells never occur`, () => {
      const domain = domainOf([2, 3, 2]);
      const impossible: Factor = { clique: [0, 1], values: Float64Array.of(-Infinity, 0, 0, 0, -Infinity, 0) };
      const codes = draw(modelOf(domain, [impossible, ...factorsOf(domain, [[1, 2]], 3)]), method, 1, 20_000);
      for (let row = 0; row < 20_000; row++) {
        const pair = `${codes[0]![row]},${codes[1]![row]}`;
        expect(pair === '0,0' || pair === '1,1').toBe(false);
      }
    });

    it(`${method}: a model of total 0 gives uniform codes in their ranges`, async () => {
      const domain = domainOf([3, 4]);
      const model = modelOf(domain, factorsOf(domain, [[0, 1]], 3), 0);
      const codes = draw(model, method, 1, 30_000);
      await expectMarginals(model, codes, [[0, 1]], () => new Float64Array(12).fill(1 / 12));
    });

    it(`${method}: a block is a function of its stream, whatever was drawn before and whatever array types receive it`, () => {
      const domain = domainOf([2, 300, 3]);
      const model = modelOf(
        domain,
        factorsOf(
          domain,
          [
            [0, 1],
            [1, 2],
          ],
          9,
        ),
      );
      const fresh = emptyColumns(domain, 500);
      createBlockSampler(model, method).sampleBlock(500, createStream(5, 3), fresh);
      const used = createBlockSampler(model, method);
      const wide = domain.sizes.map(() => new Int32Array(BLOCK_ROWS));
      used.sampleBlock(BLOCK_ROWS, createStream(5, 2), wide);
      used.sampleBlock(500, createStream(5, 3), wide);
      wide.forEach((column, attribute) => {
        expect([...column.subarray(0, 500)]).toEqual([...fresh[attribute]!]);
      });
      used.sampleBlock(500, createStream(6, 3), wide);
      expect([...wide[1]!.subarray(0, 500)]).not.toEqual([...fresh[1]!]);
    });
  }
});

describe('systematic sampling', () => {
  const domain = domainOf([3, 4, 5, 2, 3]);
  const model = modelOf(
    domain,
    factorsOf(
      domain,
      CLIQUE_SETS.cycle!.filter((c) => !c.includes(5)),
      41,
    ),
  );

  it('gives each code to ⌊g·P⌋ or ⌈g·P⌉ of the g rows that share its conditioning values', () => {
    const rows = 10_007;
    const codes = draw(model, 'systematic', 1, rows);
    const keys = new Int32Array(rows);
    for (const { attribute, size, restarts, appended, keys: keyCount, conditionals } of planSampling(model)) {
      if (restarts) keys.fill(0);
      for (const digit of appended) {
        for (let row = 0; row < rows; row++) keys[row] = keys[row]! * domain.sizes[digit]! + codes[digit]![row]!;
      }
      const counts = new Float64Array(keyCount * size);
      const groups = new Float64Array(keyCount);
      for (let row = 0; row < rows; row++) {
        counts[keys[row]! * size + codes[attribute]![row]!]!++;
        groups[keys[row]!]!++;
      }
      counts.forEach((count, cell) => {
        const expected = groups[Math.floor(cell / size)]! * conditionals[cell]!;
        expect(Math.abs(count - expected)).toBeLessThan(1 + 1e-6);
      });
    }
  });

  it('is unbiased: over many small blocks every pair of attributes has its expected mean', async () => {
    const blocks = 4000;
    const rows = 7;
    const cliques = subsetsOf(5, 2).filter((clique) => clique.length === 2);
    const counts = await createCountSource(domain, draw(model, 'systematic', blocks, rows)).count(cliques);
    const expected = modelMarginals(model, cliques);
    cliques.forEach((_, index) => {
      counts[index]!.forEach((count, cell) => {
        const mean = expected[index]![cell]! * rows;
        // A block's count lies in 0 … 7; its variance is at most that of independent rows plus one for rounding.
        const limit = Z_MILLION * Math.sqrt(blocks * (mean + 1));
        expect(Math.abs(count - blocks * mean)).toBeLessThan(limit);
      });
    });
  });

  it('has rows in random order: first and second half of a block agree (G-test, 1e-6)', async () => {
    const codes = draw(model, 'systematic', 1, 40_000);
    const half = codes.map((column) => column.subarray(0, 20_000));
    const cliques = subsetsOf(5, 2);
    const expected = modelMarginals(model, cliques);
    const counts = await createCountSource(domain, half).count(cliques);
    counts.forEach((found, index) => {
      expect(agreement(found, expected[index]!, 20_000)).toBeGreaterThan(FALSE_ALARM_RATE);
    });
  });

  it('has far less error on modelled marginals than independent draws', async () => {
    const cliques = model.tree.cliques;
    const errorOf = async (method: SamplingMethod) => {
      const counts = await createCountSource(domain, draw(model, method, 1, 20_000)).count(cliques);
      return counts.reduce(
        (sum, found, index) =>
          sum + found.reduce((part, count, cell) => part + Math.abs(count - 20_000 * model.beliefs[index]![cell]!), 0),
        0,
      );
    };
    expect(await errorOf('systematic')).toBeLessThan(0.2 * (await errorOf('iid')));
  });
});

describe('createBlockSampler refuses', () => {
  it('row counts outside a block and columns that are missing or short', () => {
    const domain = domainOf([2, 2]);
    const sampler = createBlockSampler(modelOf(domain, []), 'iid');
    const stream = createStream(1);
    const out = emptyColumns(domain, 10);
    for (const rows of [0, -1, 1.5, BLOCK_ROWS + 1, Number.NaN, 11]) {
      expect(() => sampler.sampleBlock(rows, stream, out)).toThrow(/a block has 1 … 65536 rows/);
    }
    expect(() => sampler.sampleBlock(5, stream, out.slice(1))).toThrow(/needs 2 columns/);
    expect(countCells(domain, [0, 1])).toBe(4);
  });
});
