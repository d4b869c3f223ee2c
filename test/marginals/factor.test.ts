import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clique, countCells, createDomain, type Domain } from '../../src/marginals/domain.ts';
import { embed } from '../../src/marginals/embedding.ts';
import {
  addEmbedded,
  expandFactor,
  expGroups,
  logSumExp,
  maxOnto,
  projectFactor,
  scaleEmbedded,
} from '../../src/marginals/factor.ts';
import { maxDifference } from '../support/arrays.ts';

interface Nested {
  readonly domain: Domain;
  readonly large: Clique;
  readonly small: Clique;
  readonly values: Float64Array;
  readonly smallValues: Float64Array;
}

const number = fc.double({ min: -50, max: 50, noNaN: true });
const nested: fc.Arbitrary<Nested> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('out', 'large', 'both')), {
    minLength: 1,
    maxLength: 7,
  })
  .chain((attributes) => {
    const domain = createDomain(
      attributes.map((_, k) => `a${k}`),
      attributes.map(([size]) => size),
    );
    const pick = (kinds: readonly string[]) =>
      attributes.flatMap(([, kind], attribute) => (kinds.includes(kind) ? [attribute] : []));
    const large = pick(['large', 'both']);
    const small = pick(['both']);
    const cells = countCells(domain, large);
    const smallCells = countCells(domain, small);
    return fc.record({
      domain: fc.constant(domain),
      large: fc.constant(large),
      small: fc.constant(small),
      values: fc.array(number, { minLength: cells, maxLength: cells }).map((list) => Float64Array.from(list)),
      smallValues: fc
        .array(number, { minLength: smallCells, maxLength: smallCells })
        .map((list) => Float64Array.from(list)),
    });
  });

/** Cell of the small table for each cell of the large one, by digits. */
function smallCellOf({ domain, large, small }: Nested, cell: number): number {
  const digits = new Map<number, number>();
  let rest = cell;
  for (const attribute of large.toReversed()) {
    const size = domain.sizes[attribute]!;
    digits.set(attribute, rest % size);
    rest = Math.floor(rest / size);
  }
  return small.reduce((key, attribute) => key * domain.sizes[attribute]! + digits.get(attribute)!, 0);
}

const check = (claim: (sample: Nested) => void) => fc.assert(fc.property(nested, claim), { numRuns: 150, seed: 7 });
const closeTo = (actual: Float64Array, expected: Float64Array) =>
  expect(maxDifference(actual, expected)).toBeLessThan(1e-9);

describe('factor operations agree with digit-by-digit brute force', () => {
  it('projectFactor sums', () => {
    check((sample) => {
      const expected = new Float64Array(countCells(sample.domain, sample.small));
      sample.values.forEach((value, cell) => {
        expected[smallCellOf(sample, cell)]! += value;
      });
      closeTo(projectFactor(sample.domain, sample.large, sample.values, sample.small), expected);
    });
  });

  it('expandFactor and addEmbedded repeat', () => {
    check((sample) => {
      const { domain, large, small, values, smallValues } = sample;
      closeTo(
        expandFactor(domain, small, smallValues, large),
        values.map((_, cell) => smallValues[smallCellOf(sample, cell)]!),
      );
      const sum = values.slice();
      addEmbedded(sum, smallValues, embed(domain, large, small));
      closeTo(
        sum,
        values.map((value, cell) => value + smallValues[smallCellOf(sample, cell)]!),
      );
    });
  });

  it('scaleEmbedded multiplies', () => {
    check((sample) => {
      const product = sample.values.slice();
      scaleEmbedded(product, sample.smallValues, embed(sample.domain, sample.large, sample.small));
      closeTo(
        product,
        sample.values.map((value, cell) => value * sample.smallValues[smallCellOf(sample, cell)]!),
      );
    });
  });

  it('maxOnto takes maxima, and expGroups gives shifted exponentials and their totals', () => {
    check((sample) => {
      const { domain, large, small, values, smallValues } = sample;
      const max = new Float64Array(smallValues.length).fill(Number.NEGATIVE_INFINITY);
      values.forEach((value, cell) => {
        const target = smallCellOf(sample, cell);
        max[target] = Math.max(max[target]!, value);
      });
      const embedding = embed(domain, large, small);
      const foundMax = new Float64Array(max.length);
      maxOnto(values, embedding, foundMax);
      expect(foundMax).toEqual(max);
      const exponentials = values.map((value, cell) => Math.exp(value - max[smallCellOf(sample, cell)]!));
      const found = values.slice();
      const sums = new Float64Array(max.length);
      expGroups(found, embedding, foundMax, sums);
      closeTo(found, exponentials);
      closeTo(sums, projectFactor(domain, large, exponentials, small));
    });
  });
});

describe('edges', () => {
  it('embed refuses a clique that is not inside', () => {
    const domain = createDomain(['a', 'b'], [2, 3]);
    expect(() => embed(domain, [0], [1])).toThrow(/clique \[1\] is not inside \[0\]/);
  });

  it('expGroups gives zeros, not NaN, for a group of minus infinities', () => {
    const domain = createDomain(['a', 'b'], [2, 2]);
    const values = Float64Array.of(-Infinity, -Infinity, 0, Math.log(3));
    const sums = new Float64Array(2);
    expGroups(values, embed(domain, [0, 1], [0]), new Float64Array(2), sums);
    closeTo(values, Float64Array.of(0, 0, 1 / 3, 1));
    closeTo(sums, Float64Array.of(0, 4 / 3));
  });

  it('logSumExp neither overflows nor loses an impossible table', () => {
    expect(logSumExp(Float64Array.of(1000, 1000))).toBeCloseTo(1000 + Math.LN2, 10);
    expect(logSumExp(Float64Array.of(-Infinity, -Infinity))).toBe(-Infinity);
    expect(logSumExp(new Float64Array(0))).toBe(-Infinity);
  });
});
