import { describe, expect, it } from 'vitest';
import { alignTables } from '../../src/evaluation/aligned-tables.ts';
import { binTables } from '../../src/evaluation/bins.ts';
import { combinations, countCells } from '../../src/evaluation/contingency.ts';
import { smallEvaluation } from '../support/small-tables.ts';

const { schema, tables } = smallEvaluation();
const aligned = alignTables(schema, tables);
const binned = binTables(aligned);

describe('countCells', () => {
  it('counts pairs as brute force does, the first time and from memory, in either order', () => {
    for (const [a = 0, b = 0] of combinations(binned.columns.length, 2)) {
      const [first, second] = [binned.columns[a], binned.columns[b]];
      if (!first || !second) throw new Error('no such column');
      for (const pair of [
        [first, second],
        [second, first],
        [first, second],
      ] as const) {
        const counts = countCells(pair, 'real', tables.real.rowCount);
        const expected = new Float64Array(pair[0].size * pair[1].size);
        for (let row = 0; row < tables.real.rowCount; row += 1) {
          const at = (column: (typeof pair)[number]) => column.codes.real?.[row] ?? 0;
          expected[at(pair[0]) * pair[1].size + at(pair[1])]! += 1;
        }
        expect(counts).toEqual(expected);
      }
    }
  });
});

describe('binTables', () => {
  it('takes columns on which both rules agree from the other tables, with the same bins as alone', () => {
    const shared = binTables(aligned, 'quantiles-of-real', binned);
    expect(shared).toEqual(binTables(aligned, 'quantiles-of-real'));
    expect(shared.columns[0]).toBe(binned.columns[0]);
    expect(shared.columns.find(({ name }) => name === 'age')).not.toBe(
      binned.columns.find(({ name }) => name === 'age'),
    );
  });
});
