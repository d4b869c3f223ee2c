import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundContributions,
  countDroppedRows,
  NO_ENTITY,
  numberEntities,
} from '../../src/encode/bound-contributions.ts';
import { MISSING_CODE, type Table, UNLISTED_CODE } from '../../src/table/columns.ts';

const KEY = new Uint8Array(32).fill(7);

/** A row: who it belongs to, and a value. */
type Pair = readonly [who: string, value: number];

function tableFrom(rows: readonly Pair[]): Table {
  const categories = [...new Set(rows.map(([who]) => who))];
  return {
    rowCount: rows.length,
    columns: new Map([
      ['who', { kind: 'category', codes: Int32Array.from(rows, ([who]) => categories.indexOf(who)), categories }],
      ['value', { kind: 'number', values: Float64Array.from(rows, ([, value]) => value) }],
    ]),
  };
}

/** Rows after bounding, as texts in sorted order. */
function keep(rows: readonly Pair[], maxRows: number, key = KEY): string[] {
  const table = tableFrom(rows);
  const bounded = boundContributions(table, numberEntities(table, ['who']), { maxRows, key });
  const [who, value] = [bounded.columns.get('who'), bounded.columns.get('value')];
  if (who?.kind !== 'category' || value?.kind !== 'number') throw new Error('columns keep their kind');
  expect([who.codes.length, value.values.length]).toEqual([bounded.rowCount, bounded.rowCount]);
  return Array.from(
    who.codes,
    (code, row) => `${who.categories[code]} ${Object.is(value.values[row], -0) ? '-0' : value.values[row]}`,
  ).sort();
}

const rowsOfPeople = fc.array(
  fc.tuple(
    fc.constantFrom('ann', 'bob', 'cy', ''),
    fc.constantFrom(0, 1, 2, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  ),
  { maxLength: 30 },
);

describe('boundContributions', () => {
  it('keeps at most the cap of every entity and all rows of entities below it', () => {
    fc.assert(
      fc.property(rowsOfPeople, fc.integer({ min: 1, max: 5 }), (rows, maxRows) => {
        const kept = keep(rows, maxRows);
        for (const who of ['ann', 'bob', 'cy', '']) {
          const own = rows.filter(([name]) => name === who).length;
          expect(kept.filter((text) => text.startsWith(`${who} `)).length).toBe(Math.min(own, maxRows));
        }
        expect(new Set(kept)).toEqual(new Set(kept.filter((text) => keep(rows, 1000).includes(text))));
      }),
      { seed: 1 },
    );
  });

  it('keeps the same rows of an entity whatever the order of rows and whoever else is in the table', () => {
    const others: fc.Arbitrary<Pair[]> = fc.array(fc.tuple(fc.constant('zoe'), fc.integer({ min: 0, max: 3 })));
    fc.assert(
      fc.property(rowsOfPeople, others, fc.integer({ min: 1, max: 4 }), (rows, added, maxRows) => {
        const alone = keep(rows, maxRows);
        expect(keep([...rows].reverse(), maxRows)).toEqual(alone);
        const together = keep([...added, ...rows], maxRows).filter((text) => !text.startsWith('zoe'));
        expect(together).toEqual(alone);
      }),
      { seed: 2 },
    );
  });

  it('chooses every row of an entity equally often over secrets, equal rows included', () => {
    const rows: Pair[] = [
      ['ann', 1],
      ['ann', 1],
      ['ann', 1],
      ['ann', 2],
    ];
    const trials = 4000;
    let twos = 0;
    for (let trial = 0; trial < trials; trial++) {
      const key = new Uint8Array(new Uint32Array([trial, 99]).buffer);
      if (keep(rows, 1, key)[0] === 'ann 2') twos++;
    }
    // Binomial(4000, 1/4): 4.9 standard deviations are a false alarm of 1e-6.
    expect(Math.abs(twos - trials / 4)).toBeLessThan(4.9 * Math.sqrt(trials * 0.25 * 0.75));
  });

  it('gives back the very table when nothing is dropped', () => {
    const table = tableFrom([
      ['ann', 1],
      ['bob', 2],
    ]);
    expect(boundContributions(table, numberEntities(table, ['who']), { maxRows: 1, key: KEY })).toBe(table);
  });
});

describe('numberEntities', () => {
  it('tells entities apart by all parts of their key, however the parts are cut', () => {
    const table: Table = {
      rowCount: 4,
      columns: new Map([
        ['a', { kind: 'category', codes: Int32Array.of(0, 1, 0, 0), categories: ['x', 'x"'] }],
        ['b', { kind: 'number', values: Float64Array.of(1, 1, 2, 1) }],
      ]),
    };
    expect([...numberEntities(table, ['a', 'b'])]).toEqual([0, 1, 2, 0]);
  });

  it('gives rows whose key is missing, unlisted or unreadable to no entity, and they are left out', () => {
    const table: Table = {
      rowCount: 5,
      columns: new Map([
        ['a', { kind: 'category', codes: Int32Array.of(0, MISSING_CODE, UNLISTED_CODE, 0, 0), categories: ['x'] }],
        ['b', { kind: 'number', values: Float64Array.of(1, 1, 1, Number.NaN, Number.POSITIVE_INFINITY) }],
      ]),
    };
    const entity = numberEntities(table, ['a', 'b']);
    expect([...entity]).toEqual([0, NO_ENTITY, NO_ENTITY, NO_ENTITY, NO_ENTITY]);
    expect(boundContributions(table, entity, { maxRows: 5, key: KEY }).rowCount).toBe(1);
    expect(countDroppedRows(entity, 5)).toBe(0);
  });
});

describe('countDroppedRows', () => {
  it('counts the rows above the cap, at most the cap of each entity', () => {
    expect(countDroppedRows(Int32Array.of(0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2), 2)).toBe(1 + 2);
    expect(countDroppedRows(new Int32Array(0), 2)).toBe(0);
  });

  it('moves by at most the cap when one entity comes or goes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5)), fc.nat(40), fc.integer({ min: 1, max: 6 }), (entity, extra, maxRows) => {
        const without = countDroppedRows(Int32Array.from(entity), maxRows);
        const added = countDroppedRows(Int32Array.from([...entity, ...Array<number>(extra).fill(6)]), maxRows);
        expect(added - without).toBe(Math.min(maxRows, Math.max(0, extra - maxRows)));
      }),
      { seed: 3 },
    );
  });
});
