import { describe, expect, it } from 'vitest';
import { formatBytes, formatNumber, renderFacts, renderJson, renderTable } from '../../src/cli/output.ts';

describe('output', () => {
  it('JSON is valid whatever the result holds', () => {
    const result = { map: new Map([['a', 1]]), big: 2n, array: new Float64Array([1, 2]), none: Number.NaN };
    expect(JSON.parse(renderJson(result))).toEqual({ map: { a: 1 }, big: '2', array: [1, 2], none: null });
  });

  it('numbers for people have few digits and no trailing zeros', () => {
    expect([0.123456, 1, 1e-9, 1.5e-6, 26048, 0.5, 1234.5678].map((value) => formatNumber(value))).toEqual([
      '0.1235',
      '1',
      '1e-9',
      '1.5e-6',
      '26048',
      '0.5',
      '1235',
    ]);
    expect([12, 2500, 1.5e6, 3e9].map(formatBytes)).toEqual(['12 bytes', '2.5 kB', '1.5 MB', '3 GB']);
  });

  it('tables align texts to the left and numbers to the right', () => {
    expect(
      renderTable(
        ['column', 'error'],
        [
          ['age', 0.25],
          ['sex', 10],
        ],
      ),
    ).toBe(['column  error', '------  -----', 'age      0.25', 'sex        10'].join('\n'));
  });

  it('facts align their values', () => {
    expect(
      renderFacts([
        ['epsilon', 1],
        ['by', 'mst'],
      ]),
    ).toBe('epsilon  1\nby       mst');
  });
});
