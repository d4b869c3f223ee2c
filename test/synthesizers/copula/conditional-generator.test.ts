import { describe, expect, it } from 'vitest';
import { createCodes } from '../../../src/marginals/memory-count-source.ts';
import { cutProbabilities } from '../../../src/math/bivariate-normal.ts';
import { normalDensity, normalLower } from '../../../src/math/normal-quantile.ts';
import { createStream } from '../../../src/random/stream.ts';
import { createConditionalGenerator } from '../../../src/synthesizers/copula/conditional-generator.ts';
import { createCopulaGenerator } from '../../../src/synthesizers/copula/copula-generator.ts';
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

/** Like MODEL, with two columns that may be missing: what is missing goes together and with other columns. */
const WITH_MISSING = oneFactorModel(
  [0.9, -0.8, 0.7, 0.85, -0.6],
  [
    [0.2, 0.3, 0.5],
    [0.4, 0.2, 0.3, 0.1],
    [0.3, 0.45, 0.25],
  ],
  [1, 2],
);

/** The probability of every combination of codes of a one-factor model that has indicators. */
function jointWithMissing(loadings: readonly number[]): Float64Array {
  const { domain, indicators } = WITH_MISSING;
  const cuts = cutsOf(WITH_MISSING);
  const table = new Float64Array(domain.sizes.reduce((cells, size) => cells * size, 1));
  const width = 0.01;
  for (let factor = -9; factor <= 9; factor += width) {
    const below = cuts.map((list, latent) => {
      const sigma = Math.sqrt(1 - loadings[latent]! ** 2);
      return [0, ...Array.from(list, (cut) => normalLower((cut - loadings[latent]! * factor) / sigma)), 1];
    });
    const cells = domain.sizes.map((_, column) => {
      const values = below[column]!.slice(1).map((value, k) => value - below[column]![k]!);
      const rank = indicators.findIndex((indicator) => indicator.column === column);
      const present = rank < 0 ? 1 : below[domain.sizes.length + rank]![1]!;
      return rank < 0 ? values : [...values.map((value) => value * present), 1 - present];
    });
    let product = [normalDensity(factor) * width];
    for (const column of cells) product = product.flatMap((value) => column.map((cell) => value * cell));
    product.forEach((value, cell) => {
      table[cell]! += value;
    });
  }
  return table;
}

/** Counts are in proportion to weights, and what has none never came. */
function expectDrawn(counts: readonly number[], weights: ArrayLike<number>, rows: number): void {
  counts.forEach((count, cell) => {
    if (weights[cell] === 0) expect(count).toBe(0);
  });
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  const p = gTest(
    counts,
    Array.from(weights, (weight) => weight / total),
    rows,
  );
  expect(p).toBeGreaterThan(FALSE_ALARM_RATE);
}

describe('createConditionalGenerator, where values may be missing', () => {
  const joint = jointWithMissing([0.9, -0.8, 0.7, 0.85, -0.6]);
  const { sizes } = WITH_MISSING.domain;
  const split = (cell: number) => [Math.floor(cell / 12), Math.floor(cell / 3) % 4, cell % 3] as const;

  it.each([
    ['no condition', []],
    ['a value that may be missing', [soft(1, [0, 1, 0, 0])]],
    ['a value that is there', [soft(1, [1, 1, 1, 0])]],
    ['a value that is missing', [soft(1, [0, 0, 0, 1])]],
    ['one value or none', [soft(1, [1, 0, 0, 1])]],
    ['two values, one at times, or none at other times', [soft(1, [1, 0, 0.3, 0.6])]],
    ['two columns missing together, which is rare', [soft(1, [0, 0, 0, 1]), soft(2, [0, 0, 1])]],
    ['one missing, the other not at its low end', [soft(1, [0, 0, 0, 1]), soft(2, [0, 1, 0])]],
    ['all columns', [soft(0, [1, 0, 1]), soft(1, [0, 0.5, 0, 1]), soft(2, [1, 0, 0.2])]],
  ])('draws the conditional distribution exactly: %s', (_, conditions) => {
    const weights = joint.map((probability, cell) =>
      conditions.reduce((product, { attribute, weights }) => product * weights[split(cell)[attribute]!]!, probability),
    );
    const codes = sizes.map((size) => createCodes(size, 20_000));
    createConditionalGenerator(WITH_MISSING, conditions)(20_000, createStream(8, conditions.length), codes);
    const counts = new Array<number>(joint.length).fill(0);
    codes[0]!.forEach((code, row) => {
      counts[12 * code + 3 * codes[1]![row]! + codes[2]![row]!]!++;
    });
    expectDrawn(counts, weights, 20_000);
  });

  it('draws exactly from more sets of values and missing ones than there may be boxes', () => {
    const many = Array.from({ length: 9 }, (_, column) => column);
    const model = oneFactorModel(
      [...many, ...many].map((column) => 0.3 + 0.05 * column),
      many.map(() => [0.4, 0.3, 0.3]),
      many,
    );
    const rows = 1500;
    const codes = model.domain.sizes.map((size) => createCodes(size, rows));
    const conditions = many.map((attribute) => ({ attribute, weights: Float64Array.of(1, 0, 1) }));
    createConditionalGenerator(model, conditions)(rows, createStream(5), codes);
    const free = model.domain.sizes.map((size) => createCodes(size, 20 * rows));
    createCopulaGenerator(model, 'iid')(20 * rows, createStream(6), free);
    const met = Array.from({ length: 20 * rows }, (_, row) => row).filter((row) =>
      free.every((column) => column[row] !== 1),
    );
    for (const column of many) {
      const expected = met.filter((row) => free[column]![row] === 2).length / met.length;
      const found = Array.from(codes[column]!).filter((code) => code === 2).length / rows;
      const sigma = Math.sqrt(expected * (1 - expected) * (1 / rows + 1 / met.length));
      expect(Math.abs(found - expected)).toBeLessThan(5.3 * sigma);
      expect(codes[column]!.includes(1)).toBe(false);
    }
  });
});

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
    const counts = draw(conditions, 20_000);
    expectDrawn(counts, weights, 20_000);
  });

  it('draws exactly from sets with more gaps than there may be boxes', () => {
    const even = Array.from({ length: 36 }, () => 1 / 36);
    const striped = oneFactorModel([0.9, 0.8], [even, even]);
    const allowed = Float64Array.from(even, (_, code) => (code % 2 === 0 ? 1 : 0.02 * (code % 5)));
    const cuts = cutsOf(striped);
    const { probabilities } = cutProbabilities({ rowCuts: cuts[0]!, columnCuts: cuts[1]! }, 0.72);
    const weights = probabilities.map((p, cell) => p * allowed[Math.floor(cell / 36)]! * allowed[cell % 36]!);
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
    expectDrawn(counts, weights, 20_000);
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
