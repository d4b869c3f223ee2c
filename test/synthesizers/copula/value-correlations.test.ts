import { describe, expect, it } from 'vitest';
import { createCodes } from '../../../src/marginals/memory-count-source.ts';
import { cutProbabilities } from '../../../src/math/bivariate-normal.ts';
import { createStream } from '../../../src/random/stream.ts';
import { createCopulaGenerator } from '../../../src/synthesizers/copula/copula-generator.ts';
import { cutsOf } from '../../../src/synthesizers/copula/copula-model.ts';
import type { Levels } from '../../../src/synthesizers/copula/levels.ts';
import { estimateValueCorrelations } from '../../../src/synthesizers/copula/value-correlations.ts';
import { oneFactorModel } from '../../support/copula-model.ts';

/** A heavy tail and an even column, 24 cells each; the last cell of the first is missing. */
const HEAVY = Array.from({ length: 24 }, (_, cell) =>
  cell === 23 ? 0.1 : (0.9 * (0.8 ** cell - 0.8 ** (cell + 1))) / (1 - 0.8 ** 23),
);
const EVEN = Array.from({ length: 24 }, () => 1 / 24);
const MODEL = oneFactorModel([0.9, 0.8, 0], [HEAVY, EVEN], [0]);
const ENDS = [
  Float64Array.from({ length: 24 }, (_, edge) => 10 * 1.3 ** edge),
  Float64Array.from({ length: 25 }, (_, edge) => 5 * edge),
];
const ROWS = 40_000;

/** Levels of six cells each; the missing cell is a level of its own. */
const LEVELS: Levels[] = [
  {
    recoding: {
      size: 5,
      codes: Int32Array.from({ length: 24 }, (_, cell) => (cell === 23 ? 4 : Math.floor(cell / 6))),
    },
    orderedLevels: 4,
    hasMissing: true,
  },
  {
    recoding: { size: 4, codes: Int32Array.from({ length: 24 }, (_, cell) => Math.floor(cell / 6)) },
    orderedLevels: 4,
    hasMissing: false,
  },
];

/** Expected pair table of the model over levels. */
function pairTable(): Float64Array {
  const cuts = cutsOf(MODEL);
  const { probabilities } = cutProbabilities({ rowCuts: cuts[0]!, columnCuts: cuts[1]! }, 0.72);
  const table = new Float64Array(20);
  // A tenth of the rows lacks the first value, whatever the second is.
  probabilities.forEach((p, cell) => {
    const [a, b] = [Math.floor(cell / 24), cell % 24];
    table[LEVELS[0]!.recoding.codes[a]! * 4 + LEVELS[1]!.recoding.codes[b]!]! += 0.9 * p * ROWS;
  });
  for (let level = 0; level < 4; level++) table[16 + level] = (0.1 * ROWS) / 4;
  return table;
}

const estimate = (counts: Float64Array, errors = 0) => {
  const standardErrors = Float64Array.of(0, errors, 0, errors, 0, 0, 0, 0, 0);
  const model = { ...MODEL, standardErrors, sigmaRows: Float64Array.of(1, 1) };
  const tables = [{ first: 0, second: 1, counts, variance: 1 }];
  const { correlations, errors: bars } = estimateValueCorrelations({
    model,
    binEnds: ENDS,
    levels: LEVELS,
    tables,
    rows: ROWS,
  });
  expect(correlations[1]).toBe(correlations[2]);
  return { correlation: correlations[1]!, error: bars[1]! };
};

describe('estimateValueCorrelations', () => {
  it('agree with the Pearson correlation of drawn values where both are there', () => {
    const rows = 65_536;
    const codes = [createCodes(24, rows), createCodes(24, rows)];
    createCopulaGenerator(MODEL, 'systematic')(rows, createStream(2), codes);
    const pairs = Array.from(codes[0]!, (code, row) => [code, codes[1]![row]!] as const).filter(([code]) => code < 23);
    const values = pairs.map(([a, b]) => [(10 * 1.3 ** a * 2.3) / 2, 5 * b + 2.5] as const);
    const mean = (of: (pair: readonly [number, number]) => number) =>
      values.reduce((sum, pair) => sum + of(pair), 0) / values.length;
    const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)];
    const found =
      mean(([x, y]) => (x - mx) * (y - my)) / Math.sqrt(mean(([x]) => (x - mx) ** 2) * mean(([, y]) => (y - my) ** 2));
    expect(Math.abs(estimate(pairTable()).correlation - found)).toBeLessThan(0.02);
  });

  it('have larger errors the larger that of the latent correlation is', () => {
    expect(estimate(pairTable(), 0.2).error).toBeGreaterThan(estimate(pairTable(), 0).error + 0.02);
  });

  it('have an error that covers a misfit which the table shows', () => {
    const independent = pairTable().map((_, cell, table) => {
      const row = table
        .subarray(4 * Math.floor(cell / 4), 4 * Math.floor(cell / 4) + 4)
        .reduce((sum, count) => sum + count, 0);
      return row / 4;
    });
    const { correlation, error } = estimate(independent);
    expect(correlation).toBeGreaterThan(0.2);
    expect(1.96 * error).toBeGreaterThan(correlation);
  });

  it('are 0 with error 1 where a column is missing throughout', () => {
    const absent = oneFactorModel([0.9, 0.8, 0], [[...HEAVY.map(() => 0).slice(1), 1], EVEN], [0]);
    const model = { ...absent, sigmaRows: Float64Array.of(1, 1) };
    const tables = [{ first: 0, second: 1, counts: pairTable(), variance: 1 }];
    const found = estimateValueCorrelations({ model, binEnds: ENDS, levels: LEVELS, tables, rows: ROWS });
    expect([found.correlations[1], found.errors[1]]).toEqual([0, 1]);
  });

  it('are 0 with error 0 for columns that are no numbers', () => {
    const model = { ...MODEL, sigmaRows: Float64Array.of(1, 1) };
    const tables = [{ first: 0, second: 1, counts: pairTable(), variance: 1 }];
    const found = estimateValueCorrelations({
      model,
      binEnds: [ENDS[0]!, undefined],
      levels: LEVELS,
      tables,
      rows: ROWS,
    });
    expect([...found.correlations, ...found.errors]).toEqual(new Array(8).fill(0));
  });
});
