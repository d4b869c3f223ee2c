import { describe, expect, it } from 'vitest';
import { errorPerCell, tabulateTargets } from '../../../src/synthesizers/ctgan/marginal-targets.ts';

const SIZES = [2, 3, 2];
const WIDTH = 7;
const none = { sizes: SIZES, zeros: [], rows: 10 };

describe('tabulateTargets', () => {
  it('averages measurements of one pair by precision, on both sides of the diagonal', () => {
    const counts = (base: number) => Float64Array.from({ length: 6 }, (_, cell) => base + cell);
    const table = tabulateTargets({
      ...none,
      measurements: [
        { clique: [0, 1], counts: counts(0), variance: 1 },
        { clique: [0, 1], counts: counts(4), variance: 3 },
      ],
    });
    // Cell (1, 2): (5·1 + 9·⅓) / (4/3) rows of 10.
    expect(table.pairs[1 * WIDTH + 4]).toBeCloseTo(0.6, 6);
    expect(table.pairs[4 * WIDTH + 1]).toBeCloseTo(0.6, 6);
    expect(table.pairWeights[4 * WIDTH + 1]).toBeCloseTo(100 * (1 + 1 / 3), 4);
    expect(table.pairWeights.filter((weight) => weight > 0).length).toBe(12);
    expect(table.singleWeights.every((weight) => weight === 0)).toBe(true);
  });

  it('takes a table of three columns by its pairs, each cell with the variance of what it sums', () => {
    const counts = Float64Array.from({ length: 12 }, (_, cell) => cell);
    const table = tabulateTargets({ ...none, measurements: [{ clique: [0, 1, 2], counts, variance: 2 }] });
    // a = 1, c = 0: cells 6, 8, 10 of the twelve.
    expect(table.pairs[1 * WIDTH + 5]).toBeCloseTo(2.4, 6);
    expect(table.pairWeights[1 * WIDTH + 5]).toBeCloseTo(100 / 6, 5);
    // b = 2, c = 1: cells 5 and 11.
    expect(table.pairs[4 * WIDTH + 6]).toBeCloseTo(1.6, 6);
    expect(table.pairWeights[4 * WIDTH + 6]).toBeCloseTo(100 / 4, 5);
  });

  it('asks for nothing in the cells that a rule excludes', () => {
    const values = Float64Array.from([0, 0, Number.NEGATIVE_INFINITY, 0]);
    const table = tabulateTargets({ ...none, measurements: [], zeros: [{ clique: [0, 2], values }] });
    expect(table.pairWeights[1 * WIDTH + 5]).toBe(100);
    expect(table.pairs[1 * WIDTH + 5]).toBe(0);
    expect(table.pairWeights.filter((weight) => weight > 0).length).toBe(2);
  });
});

describe('errorPerCell', () => {
  it('counts every measured cell once, in units of its noise', () => {
    const single = { clique: [1], counts: Float64Array.from([2, 3, 5]), variance: 4 };
    const pair = { clique: [0, 2], counts: Float64Array.from([1, 2, 3, 4]), variance: 1 };
    const table = tabulateTargets({ ...none, measurements: [single, pair] });
    const shares = new Float32Array(WIDTH * WIDTH);
    // A generator that puts every row into the first cells of all columns.
    for (const row of [0, 2, 5]) for (const column of [0, 2, 5]) shares[row * WIDTH + column] = 1;
    // Rows of 10 in cell 0: single errors 8, 3, 5; pair errors 9, 2, 3, 4.
    const expected = (64 / 4 + 9 / 4 + 25 / 4 + 81 + 4 + 9 + 16) / 7;
    expect(errorPerCell(table, SIZES, shares)).toBeCloseTo(expected, 3);
  });
});
