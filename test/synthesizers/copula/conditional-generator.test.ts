import { describe, expect, it } from 'vitest';
import { createCodes } from '../../../src/marginals/memory-count-source.ts';
import { cutProbabilities } from '../../../src/math/bivariate-normal.ts';
import { normalDensity, normalLower } from '../../../src/math/normal-quantile.ts';
import { createStream } from '../../../src/random/stream.ts';
import { createConditionalGenerator } from '../../../src/synthesizers/copula/conditional-generator.ts';
import { cutsOf } from '../../../src/synthesizers/copula/copula-model.ts';
import type { CellCondition } from '../../../src/synthesizers/synthesizer.ts';
import { oneFactorModel } from '../../support/copula-model.ts';
import { FALSE_ALARM_RATE, gTest } from '../../support/goodness-of-fit.ts';

const LOADINGS = [0.9, -0.8, 0.7, 0.95];
const MODEL = oneFactorModel(LOADINGS, [
  [0.1, 0.2, 0.3, 0.4],
  [0.5, 0.3, 0.2],
  [0.25, 0.25, 0.25, 0.25],
  [0.7, 0.3],
]);
const SIZES = MODEL.domain.sizes;

/** Probability of every combination of codes, row-major: given the common factor the columns are independent. */
function jointTable(): Float64Array {
  const cuts = cutsOf(MODEL);
  const table = new Float64Array(SIZES.reduce((cells, size) => cells * size, 1));
  const width = 0.01;
  for (let factor = -9; factor <= 9; factor += width) {
    let product = Float64Array.of(normalDensity(factor) * width);
    LOADINGS.forEach((loading, column) => {
      const sigma = Math.sqrt(1 - loading ** 2);
      const below = [0, ...Array.from(cuts[column]!, (cut) => normalLower((cut - loading * factor) / sigma)), 1];
      const cells = below.slice(1).map((value, k) => value - below[k]!);
      product = Float64Array.from([...product].flatMap((value) => cells.map((cell) => value * cell)));
    });
    for (let cell = 0; cell < table.length; cell++) table[cell]! += product[cell]!;
  }
  return table;
}

/** Codes of a cell of the joint table. */
function codesOf(cell: number): number[] {
  const codes: number[] = [];
  let rest = cell;
  for (const size of SIZES.toReversed()) {
    codes.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return codes;
}

const condition = (attribute: number, codes: readonly number[]): CellCondition => ({
  attribute,
  weights: Float64Array.from({ length: SIZES[attribute]! }, (_, code) => (codes.includes(code) ? 1 : 0)),
});

const soft = (attribute: number, weights: readonly number[]): CellCondition => ({
  attribute,
  weights: Float64Array.from(weights),
});

function draw(conditions: readonly CellCondition[], rows: number): number[] {
  const codes = SIZES.map((size) => createCodes(size, rows));
  createConditionalGenerator(MODEL, conditions)(rows, createStream(9, conditions.length), codes);
  const counts = new Array<number>(SIZES.reduce((cells, size) => cells * size, 1)).fill(0);
  for (let row = 0; row < rows; row++) {
    counts[codes.reduce((cell, column, k) => cell * SIZES[k]! + column[row]!, 0)]!++;
  }
  return counts;
}

describe('createConditionalGenerator', () => {
  const joint = jointTable();

  it.each([
    ['no condition', []],
    ['one interval', [condition(0, [1, 2])]],
    ['a set with a gap', [condition(2, [0, 3])]],
    ['two fixed cells', [condition(0, [1]), condition(3, [1])]],
    ['two cells that seldom meet', [condition(0, [0]), condition(3, [1])]],
    ['three columns, one of them free to be anything', [condition(0, [0, 3]), condition(1, [1]), condition(3, [0, 1])]],
    ['cells that meet it in part', [soft(0, [0.2, 0, 1, 0.7]), soft(3, [1, 0.05])]],
    ['every column', [condition(0, [2]), condition(1, [0, 2]), condition(2, [1, 2]), condition(3, [0])]],
  ])('draws the conditional distribution exactly: %s', (_, conditions) => {
    const weights = joint.map((probability, cell) => {
      const codes = codesOf(cell);
      return conditions.reduce((product, { attribute, weights }) => product * weights[codes[attribute]!]!, probability);
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counts = draw(conditions, 20_000);
    counts.forEach((count, cell) => {
      if (weights[cell] === 0) expect(count).toBe(0);
    });
    const p = gTest(
      counts,
      [...weights].map((weight) => weight / total),
      20_000,
    );
    expect(p).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('draws exactly from sets with more gaps than there may be boxes', () => {
    const even = Array.from({ length: 36 }, () => 1 / 36);
    const striped = oneFactorModel([0.9, 0.8], [even, even]);
    const allowed = Float64Array.from(even, (_, code) => (code % 2 === 0 ? 1 : 0.02 * (code % 5)));
    const cuts = cutsOf(striped);
    const { probabilities } = cutProbabilities({ rowCuts: cuts[0]!, columnCuts: cuts[1]! }, 0.72);
    const weights = probabilities.map((p, cell) => p * allowed[Math.floor(cell / 36)]! * allowed[cell % 36]!);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const codes = [createCodes(36, 20_000), createCodes(36, 20_000)];
    const conditions = [
      { attribute: 0, weights: allowed },
      { attribute: 1, weights: allowed },
    ];
    createConditionalGenerator(striped, conditions)(20_000, createStream(4), codes);
    const counts = new Array<number>(36 * 36).fill(0);
    codes[0]!.forEach((code, row) => {
      counts[36 * code + codes[1]![row]!]!++;
    });
    const p = gTest(
      counts,
      [...weights].map((weight) => weight / total),
      20_000,
    );
    expect(p).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('refuses a condition that no row can meet', () => {
    const empty = oneFactorModel(
      [0.5, 0.5],
      [
        [0.5, 0, 0.5],
        [0.5, 0.5],
      ],
    );
    const never = soft(0, [0, 1, 0]);
    expect(() => createConditionalGenerator(empty, [never])).toThrow('column "c0" never takes these values');
  });

  it('refuses conditions that contradict each other under the model', () => {
    const tight = oneFactorModel(
      [0.9999, 0.9999],
      [
        [0.5, 0.5],
        [0.1, 0.9],
      ],
    );
    const conditions = [soft(0, [0, 1]), soft(1, [1, 0])];
    expect(() => createConditionalGenerator(tight, conditions)).toThrow('together they have a probability below 1e-9');
  });

  it('refuses conditions of the wrong length or twice on a column', () => {
    const one = condition(0, [1]);
    expect(() => createConditionalGenerator(MODEL, [one, one])).toThrow('named once');
    expect(() => createConditionalGenerator(MODEL, [soft(0, [1])])).toThrow('for each of its codes');
  });
});
