import { describe, expect, it } from 'vitest';
import { alignTables } from '../../src/evaluation/aligned-tables.ts';
import { binTables } from '../../src/evaluation/bins.ts';
import { combinations, countCells, countJoint, countPaired, tripleCounter } from '../../src/evaluation/contingency.ts';
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

describe('tripleCounter', () => {
  it('counts as a look at every row does, in the order of combinations and out of it, for both tables', () => {
    const count = tripleCounter(binned);
    const cliques = combinations(binned.columns.length, 3);
    for (const clique of [...cliques, ...cliques.toReversed()]) {
      const columns = clique.map((index) => binned.columns[index]);
      const cellOf = (role: 'real' | 'synthetic', row: number) =>
        columns.reduce((cell, column) => cell * (column?.size ?? 0) + (column?.codes[role]?.[row] ?? 0), 0);
      const found = count(binned, clique, ['real', 'synthetic']);
      for (const [side, role] of [
        ['left', 'real'],
        ['right', 'synthetic'],
      ] as const) {
        const expected = new Float64Array(found[side].length);
        for (let row = 0; row < (binned.rowCounts[role] ?? 0); row += 1) expected[cellOf(role, row)]! += 1;
        expect(found[side]).toEqual(expected);
      }
      expect(countPaired(binned, clique, ['real', 'synthetic'])).toEqual(found);
    }
  });
});

describe('countJoint', () => {
  it('parts of the rows add up to all of them, whatever their length and the size of the domain', () => {
    const keys = Int32Array.from({ length: 101 }, (_, row) => (row * row) % 7);
    const codes = Int32Array.from({ length: 101 }, (_, row) => row % 3);
    for (const cells of [21, 1 << 17]) {
      const whole = countJoint(keys, codes, { size: 3, cells, to: 101 });
      expect(whole.reduce((sum, count) => sum + count, 0)).toBe(101);
      const parts = [0, 1, 40, 101].map((from, at, cuts) =>
        countJoint(keys, codes, { size: 3, cells, from, to: cuts[at + 1] ?? 101 }),
      );
      expect(whole).toEqual(whole.map((_, cell) => parts.reduce((sum, part) => sum + (part[cell] ?? 0), 0)));
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
