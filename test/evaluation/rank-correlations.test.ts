import { describe, expect, it } from 'vitest';
import { alignTables } from '../../src/evaluation/aligned-tables.ts';
import { rankCorrelations } from '../../src/evaluation/fidelity/rank-correlations.ts';
import { schemaOf, tableFromTexts } from '../support/evaluation-tables.ts';
import { categorical, numeric } from '../support/small-tables.ts';

const NAMES = ['x', 'y', 'b', 'c'];
const schema = schemaOf([
  numeric('x', 0, 99),
  numeric('y', 0, 99),
  categorical('b', ['no', 'yes']),
  categorical('c', ['u', 'v', 'w']),
]);

describe('rankCorrelations', () => {
  const rows = Array.from({ length: 20 }, (_, row) => [
    `${row}`,
    `${(19 - row) ** 2 % 100}`,
    row < 10 ? 'no' : 'yes',
    'u',
  ]);

  it('are those of ranks, for numbers and columns of two categories only', () => {
    const falling = rows.map(([x = '', , b = '', c = '']) => [x, `${40 - Number(x)}`, b, c]);
    const table = tableFromTexts(schema, NAMES, falling);
    const found = rankCorrelations(alignTables(schema, { real: table, synthetic: table }), 'synthetic');
    expect(found?.columns).toEqual(['x', 'y', 'b']);
    expect(found?.values[0]?.[0]).toBe(1);
    expect(found?.values[1]?.[0]).toBeCloseTo(-1, 12);
    // Ranks 1 … 20 against two halves: √(1 - 1/4·…) = 0.8671.
    expect(found?.values[2]?.[0]).toBeCloseTo(0.8671, 3);
    expect(found?.values[0]?.[2]).toBe(found?.values[2]?.[0]);
  });

  it('have no value where a column is constant, and are absent without two ordered columns', () => {
    const constant = tableFromTexts(
      schema,
      NAMES,
      rows.map(([x = '', , b = '', c = '']) => [x, '5', b, c]),
    );
    const found = rankCorrelations(alignTables(schema, { real: constant, synthetic: constant }), 'synthetic');
    expect(found?.values[1]?.[0]).toBeNull();
    const nominal = schemaOf([categorical('c', ['u', 'v', 'w'])]);
    const table = tableFromTexts(nominal, ['c'], [['u'], ['v']]);
    expect(rankCorrelations(alignTables(nominal, { real: table, synthetic: table }), 'synthetic')).toBeUndefined();
  });
});
