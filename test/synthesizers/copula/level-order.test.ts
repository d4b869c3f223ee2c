import { describe, expect, it } from 'vitest';
import { cutProbabilities } from '../../../src/math/bivariate-normal.ts';
import { normalLower } from '../../../src/math/normal-quantile.ts';
import { createStream } from '../../../src/random/stream.ts';
import { latentCuts } from '../../../src/synthesizers/copula/correlations.ts';
import type { LatentLayout } from '../../../src/synthesizers/copula/latent-tables.ts';
import { orderLevels } from '../../../src/synthesizers/copula/level-order.ts';

const SHARES = Float64Array.of(0.25, 0.25, 0.25, 0.25);
const AXIS = Int32Array.of(0, 1, 2, 3);
const ROWS = 10_000;

/** Expected table of two columns of four levels; the codes of the second lie on its axis in the order given. */
function tableOf(correlation: number, order: readonly number[], sigma: number, seed: number): Float64Array {
  const cuts = latentCuts(SHARES, AXIS);
  const { probabilities } = cutProbabilities({ rowCuts: cuts, columnCuts: cuts }, correlation);
  const stream = createStream(seed, 'level order');
  const counts = new Float64Array(16);
  probabilities.forEach((probability, cell) => {
    counts[4 * Math.floor(cell / 4) + order[cell % 4]!] = probability * ROWS + sigma * stream.nextNormal();
  });
  return counts;
}

const column = (orderedLevels: number) => ({ shares: SHARES, orderedLevels, missing: undefined });
const LAYOUT: LatentLayout = { columns: 2, indicators: [] };
const tableWith = (counts: Float64Array, variance: number) => ({
  values: [{ first: 0, second: 1, counts, variances: counts.map(() => variance) }],
  presence: [],
  missing: [],
});
const eitherWay = (order: Int32Array, expected: readonly number[]) =>
  expect([order.join(), order.toReversed().join()]).toContain(expected.join());

describe('orderLevels', () => {
  it('finds the hidden order of a nominal column from its relation to an axis, through noise', () => {
    const hidden = [2, 0, 3, 1];
    const tables = tableWith(tableOf(0.6, hidden, 40, 1), 1600);
    const orders = orderLevels({ columns: [column(4), column(0)], layout: LAYOUT, tables, rows: ROWS });
    expect([...orders[0]!]).toEqual([0, 1, 2, 3]);
    eitherWay(orders[1]!, hidden);
  });

  it('finds orders of two nominal columns from each other', () => {
    const hidden = [3, 1, 0, 2];
    const tables = tableWith(tableOf(-0.7, hidden, 20, 2), 400);
    const orders = orderLevels({ columns: [column(0), column(0)], layout: LAYOUT, tables, rows: ROWS });
    // Both orders are free, so only their relation is determined: equal ranks must go together.
    const expected = tableOf(-0.7, hidden, 0, 0);
    const arranged = [...orders[0]!].map((row) => [...orders[1]!].map((level) => expected[4 * row + level]!));
    const ascending = arranged[0]![0]! < arranged[0]![3]!;
    expect(arranged[0]![0]! < arranged[3]![0]!).toBe(ascending);
    expect(arranged[3]![0]! < arranged[3]![3]!).toBe(!ascending);
  });

  it('puts values beside the axis at that end of it where they belong', () => {
    for (const [correlation, isLow] of [
      [0.7, false],
      [-0.7, true],
    ] as const) {
      // Level 3 of the second column lies beside the axis; it goes with high values of the first when the correlation is positive.
      const counts = tableOf(correlation, [0, 1, 2, 3], 10, 3);
      // The three levels of the axis rise with the first column in any case, but for the share beside it.
      const rising = tableOf(0.5, [0, 1, 2, 3], 0, 3);
      for (let cell = 0; cell < 16; cell++) if (cell % 4 < 3) counts[cell] = rising[cell]!;
      const tables = tableWith(counts, 100);
      const orders = orderLevels({ columns: [column(4), column(3)], layout: LAYOUT, tables, rows: ROWS });
      expect([...orders[1]!]).toEqual(isLow ? [3, 0, 1, 2] : [0, 1, 2, 3]);
    }
  });

  it('takes the order of a nominal column from where another column is missing', () => {
    const hidden = [1, 3, 0, 2];
    const cuts = { rowCuts: Float64Array.of(0.5), columnCuts: latentCuts(SHARES, AXIS) };
    const counts = new Float64Array(8);
    cutProbabilities(cuts, 0.7).probabilities.forEach((probability, cell) => {
      counts[4 * Math.floor(cell / 4) + hidden[cell % 4]!] = probability * ROWS;
    });
    const missing = 1 - normalLower(0.5);
    const [order] = orderLevels({
      columns: [column(0), { ...column(4), missing }],
      layout: { columns: 2, indicators: [1] },
      tables: { values: [], presence: [{ first: 2, second: 0, counts, variances: counts.map(() => 1) }], missing: [] },
      rows: ROWS,
    });
    eitherWay(order!, hidden);
  });

  it('returns permutations even from pure noise, and the same ones each time', () => {
    const tables = tableWith(tableOf(0, [0, 1, 2, 3], 2000, 4), 4e6);
    const request = { columns: [column(0), column(2)], layout: LAYOUT, tables, rows: ROWS };
    const orders = orderLevels(request);
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3]);
    expect(orderLevels(request)).toEqual(orders);
  });
});
