import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellOfStep,
  countFineCells,
  createNumericGrid,
  encodeNumbers,
  MAX_FINE_CELLS,
  stepDecoder,
} from '../../src/encode/numeric-grid.ts';

const axis = fc
  .record({
    minimum: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    steps: fc.integer({ min: 1, max: 5_000_000 }),
    decimals: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ minimum, steps, decimals }) => {
    const precision = 1 / 10 ** decimals;
    return { minimum, maximum: minimum + steps * precision, precision };
  });

describe('createNumericGrid', () => {
  it('covers every step exactly once, in ascending cells', () => {
    fc.assert(
      fc.property(axis, (request) => {
        const grid = createNumericGrid(request);
        expect(grid.starts[0]).toBe(0);
        expect(grid.starts.at(-1)).toBe(grid.lastStep + 1);
        for (let cell = 1; cell < grid.starts.length; cell++) {
          expect(grid.starts[cell]!).toBeGreaterThan(grid.starts[cell - 1]!);
        }
      }),
    );
  });

  it('gives every value a cell of its own when there are few', () => {
    const grid = createNumericGrid({ minimum: 17, maximum: 90, precision: 1 });
    expect(countFineCells(grid)).toBe(74);
  });

  it('stays within about the public number of cells for long axes', () => {
    fc.assert(
      fc.property(axis, (request) => {
        expect(countFineCells(createNumericGrid(request))).toBeLessThanOrEqual(2 * MAX_FINE_CELLS);
      }),
    );
  });

  it('makes every declared edge a boundary of cells', () => {
    const edges = [0, 1, 100, 133, 5623, 100_001];
    const grid = createNumericGrid({ minimum: 0, maximum: 100_001, precision: 1, edges });
    for (const edge of edges.slice(0, -1)) expect(Array.from(grid.starts)).toContain(edge);
  });

  it('keeps the bounds and zero apart on long axes without edges', () => {
    const grid = createNumericGrid({ minimum: -5000, maximum: 1_000_000, precision: 1 });
    for (const step of [0, 5000, grid.lastStep]) {
      const cell = cellOfStep(grid, step);
      expect(grid.starts[cell + 1]! - grid.starts[cell]!).toBe(1);
    }
  });
});

describe('encodeNumbers', () => {
  it('puts every value into the cell that holds its step', () => {
    fc.assert(
      fc.property(axis, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (request, shares) => {
        const grid = createNumericGrid(request);
        const decode = stepDecoder(grid);
        const steps = shares.map((share) => Math.floor(share * grid.lastStep));
        const codes = encodeNumbers(grid, Float64Array.from(steps, decode), 0);
        steps.forEach((step, row) => {
          expect(codes[row]).toBe(cellOfStep(grid, step));
        });
      }),
    );
  });

  it('clamps values outside the bounds, infinities included, and sends NaN to the missing cell', () => {
    const grid = createNumericGrid({ minimum: 0, maximum: 9, precision: 1 });
    const codes = encodeNumbers(
      grid,
      Float64Array.of(-5, 1e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN),
      10,
    );
    expect(Array.from(codes)).toEqual([0, 9, 9, 0, 10]);
  });
});

describe('stepDecoder', () => {
  it('writes decimals without floating junk', () => {
    const decode = stepDecoder(createNumericGrid({ minimum: -0.2, maximum: 1, precision: 0.1 }));
    expect([0, 2, 3, 5, 9].map(decode)).toEqual([-0.2, 0, 0.1, 0.3, 0.7]);
  });

  it('works for steps above one and for bounds that are not multiples of the precision', () => {
    expect(stepDecoder(createNumericGrid({ minimum: 10, maximum: 100, precision: 5 }))(3)).toBe(25);
    expect(stepDecoder(createNumericGrid({ minimum: 0.5, maximum: 9, precision: 1 }))(2)).toBe(2.5);
  });
});
