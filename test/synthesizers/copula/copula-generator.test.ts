import { describe, expect, it } from 'vitest';
import { createCodes } from '../../../src/marginals/memory-count-source.ts';
import { cutProbabilities } from '../../../src/math/bivariate-normal.ts';
import { createStream } from '../../../src/random/stream.ts';
import { createCopulaGenerator } from '../../../src/synthesizers/copula/copula-generator.ts';
import { type CopulaModel, cutsOf } from '../../../src/synthesizers/copula/copula-model.ts';
import { oneFactorModel } from '../../support/copula-model.ts';
import { FALSE_ALARM_RATE, gTest } from '../../support/goodness-of-fit.ts';

const MODEL: CopulaModel = {
  ...oneFactorModel(
    [0.9, -0.7, 0.6, 0.3],
    [
      [0.2, 0.3, 0.5],
      [0.6, 0, 0.4],
      [0.1, 0.2, 0.3, 0.4],
      [0.95, 0.05],
    ],
  ),
  // The codes of the first column lie on its axis in another order.
  orders: [Int32Array.of(2, 0, 1), Int32Array.of(0, 1, 2), Int32Array.of(0, 1, 2, 3), Int32Array.of(0, 1)],
};

/** Probability of each pair of codes, row-major. */
function pairTable(first: number, second: number): Float64Array {
  const cuts = cutsOf(MODEL);
  const rho = MODEL.correlations[first * 4 + second]!;
  const { probabilities } = cutProbabilities({ rowCuts: cuts[first]!, columnCuts: cuts[second]! }, rho);
  const width = MODEL.shares[second]!.length;
  const table = new Float64Array(probabilities.length);
  probabilities.forEach((probability, cell) => {
    const [row, column] = [MODEL.orders[first]![Math.floor(cell / width)]!, MODEL.orders[second]![cell % width]!];
    table[row * width + column] = probability;
  });
  return table;
}

function countPairs(codes: readonly ArrayLike<number>[], first: number, second: number): number[] {
  const width = MODEL.shares[second]!.length;
  const counts = new Array<number>(MODEL.shares[first]!.length * width).fill(0);
  for (let row = 0; row < codes[first]!.length; row++) counts[codes[first]![row]! * width + codes[second]![row]!]!++;
  return counts;
}

const blank = (rows: number) => MODEL.domain.sizes.map((size) => createCodes(size, rows));
const PAIRS = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].filter((b) => b > a).map((b) => [a, b] as const));

describe('createCopulaGenerator', () => {
  it('draws every pair of columns with the probabilities of the cut normal pair', () => {
    const codes = blank(60_000);
    createCopulaGenerator(MODEL, 'iid')(60_000, createStream(1), codes);
    for (const [a, b] of PAIRS) {
      const p = gTest(countPairs(codes, a, b), [...pairTable(a, b)], 60_000);
      expect(p).toBeGreaterThan(FALSE_ALARM_RATE);
    }
  });

  it('systematic: each row has the distribution of the model', () => {
    const generate = createCopulaGenerator(MODEL, 'systematic');
    const firsts = blank(4000);
    const block = blank(40);
    for (let draw = 0; draw < 4000; draw++) {
      generate(40, createStream(2, draw), block);
      firsts.forEach((column, k) => {
        column[draw] = block[k]![0]!;
      });
    }
    for (const [a, b] of PAIRS) {
      const p = gTest(countPairs(firsts, a, b), [...pairTable(a, b)], 4000);
      expect(p).toBeGreaterThan(FALSE_ALARM_RATE);
    }
  });

  it('systematic: single columns stray by about a row and pairs by far less than random rows', () => {
    const rows = 20_000;
    const codes = blank(rows);
    createCopulaGenerator(MODEL, 'systematic')(rows, createStream(3), codes);
    // The first column is the first coordinate itself: at most one row more or less per cell and rounding of the table.
    const counts = [0, 1, 2].map((code) => codes[0]!.filter((found) => found === code).length);
    counts.forEach((count, code) => {
      expect(Math.abs(count - rows * MODEL.shares[0]![code]!)).toBeLessThan(3);
    });
    let [stray, random] = [0, 0];
    for (const [a, b] of PAIRS) {
      const found = countPairs(codes, a, b);
      pairTable(a, b).forEach((probability, cell) => {
        stray += (found[cell]! - rows * probability) ** 2;
        random += rows * probability * (1 - probability);
      });
    }
    expect(stray).toBeLessThan(random / 10);
  });

  it.each(['iid', 'systematic'] as const)('%s: a block depends on its stream and its length alone', (method) => {
    const [first, again] = [blank(3000), blank(3000)];
    const generate = createCopulaGenerator(MODEL, method);
    generate(3000, createStream(5), first);
    generate(700, createStream(6), blank(700));
    generate(3000, createStream(5), again);
    expect(again).toEqual(first);
  });

  it('never draws a cell without mass', () => {
    const codes = blank(50_000);
    createCopulaGenerator(MODEL, 'iid')(50_000, createStream(7), codes);
    expect(codes[1]!.includes(1)).toBe(false);
  });
});
