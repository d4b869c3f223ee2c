import { describe, expect, it } from 'vitest';
import { rational } from '../../src/math/rational.ts';
import type { Mechanisms, PrivacyPlan } from '../../src/privacy/mechanisms.ts';
import { Private } from '../../src/privacy/private.ts';
import { createStream } from '../../src/random/stream.ts';
import type { Table } from '../../src/table/columns.ts';
import type { TableSchema } from '../../src/table/schema.ts';
import { type Divergence, type ReplaySubject, replayNeighbours } from './record-replay.ts';
import { categorical, numeric } from './small-tables.ts';
import { neighbourPairs, type Row, rowsOf, tableOf } from './table-neighbours.ts';

const SCHEMA: Pick<TableSchema, 'fields' | 'unit'> = {
  fields: [categorical('city', ['x', 'y', 'z']), categorical('job'), numeric('age', 0, 100)],
  unit: { kind: 'row' },
};
const ROWS: readonly Row[] = Array.from({ length: 12 }, (_, row) => ({
  city: ['x', 'y', 'z'][row % 3] ?? null,
  job: ['nurse', 'smith', 'clerk', null][row % 4] ?? null,
  age: (row * 17) % 90,
}));

const PLAN: PrivacyPlan = [
  {
    label: 'ages',
    purpose: 'histogram',
    event: { kind: 'discrete-gaussian', variance: '4', l2Sensitivity: 1, oneCell: true, count: 1 },
  },
  {
    label: 'cities',
    purpose: 'histogram',
    event: { kind: 'discrete-laplace', scale: '2', l1Sensitivity: 1, count: 1 },
  },
  { label: 'choice', purpose: 'choice', event: { kind: 'exponential', epsilon: '1', count: 1 } },
  {
    label: 'jobs',
    purpose: 'unknown keys',
    event: { kind: 'stability-threshold', variance: '4', threshold: 12, l2Sensitivity: 1, delta: 1e-6, count: 1 },
  },
];

/** Rows per decade of age; missing and unreadable ages in the first. */
function decades(table: Table): Float64Array {
  const counts = new Float64Array(11);
  for (const { age } of rowsOf(table)) {
    const decade = typeof age === 'number' && !Number.isNaN(age) ? Math.floor(Math.min(100, Math.max(0, age)) / 10) : 0;
    counts[decade]!++;
  }
  return counts;
}

const countBy = (table: Table, column: string) => {
  const counts = new Map<string, number>();
  for (const row of rowsOf(table)) counts.set(String(row[column]), (counts.get(String(row[column])) ?? 0) + 1);
  return counts;
};

const cities = (table: Table) => Float64Array.from(['x', 'y', 'z'], (city) => countBy(table, 'city').get(city) ?? 0);

type Run = (table: Private<Table>, mechanisms: Mechanisms) => Promise<unknown>;

/** A run that keeps to its plan. */
const honest: Run = async (table, mechanisms) => {
  const ages = await mechanisms.discreteGaussian(table.map(decades), { label: 'ages', cells: 11 });
  const places = await mechanisms.discreteLaplace(table.map(cities), { label: 'cities', cells: 3 });
  const request = { label: 'choice', candidates: 3, sensitivity: rational(1n) };
  const best = await mechanisms.exponential(table.map(cities), request);
  const jobs = await mechanisms.stabilityHistogram(
    table.map((rows) => countBy(rows, 'job')),
    { label: 'jobs' },
  );
  return { ages, places, best, jobs };
};

const subjectOf = (run: Run, plan = PLAN): ReplaySubject<Table> => ({ name: 'subject', plan, run });
const pairs = () => neighbourPairs(SCHEMA, tableOf(SCHEMA, ROWS), createStream('neighbours'));
const kindsOf = (divergences: readonly Divergence[]) => [...new Set(divergences.map(({ kind }) => kind))].sort();
const replayOf = (run: Run, plan = PLAN) => replayNeighbours(subjectOf(run, plan), pairs());

/** Only the ages, computed as given. */
const agesOnly =
  (ages: (table: Table) => Float64Array): Run =>
  (table, mechanisms) =>
    mechanisms.discreteGaussian(table.map(ages), { label: 'ages', cells: 11 });

/** A glance behind the door that types cannot forbid: `map` with a side effect. */
async function peek<T>(
  table: Private<Table>,
  mechanisms: Mechanisms,
  look: (table: Table) => T,
): Promise<T | undefined> {
  let seen: T | undefined;
  const counts = table.map((rows) => {
    seen = look(rows);
    return decades(rows);
  });
  await mechanisms.discreteGaussian(counts, { label: 'ages', cells: 11 });
  return seen;
}

describe('replayNeighbours', () => {
  it('finds nothing in a run that touches data through its planned mechanisms only', async () => {
    expect(await replayOf(honest)).toEqual([]);
  });

  it.each<[string, Run, Divergence['kind']]>([
    ['a statistic scaled by two', agesOnly((table) => decades(table).map((count) => 2 * count)), 'sensitivity'],
    [
      'a row counted in two cells',
      agesOnly((table) => decades(table).map((count, cell, all) => count + (all[cell - 1] ?? 0))),
      'sensitivity',
    ],
    [
      'a statistic that depends on the order of rows',
      agesOnly((table) => new Float64Array(11).fill(Number(rowsOf(table)[0]?.age ?? 0) > 40 ? 1 : 0)),
      'sensitivity',
    ],
    [
      'a mean in place of a count',
      agesOnly((table) => decades(table).map((count) => count / table.rowCount)),
      'not integer',
    ],
    ['a vector as long as the data says', agesOnly((table) => decades(table).slice(0, table.rowCount)), 'shape'],
    [
      'cells announced from the data',
      async (table, mechanisms) => {
        const cells = (await peek(table, mechanisms, (rows) => countBy(rows, 'job').size)) ?? 0;
        return mechanisms.discreteLaplace(Private.seal(new Float64Array(cells)), { label: 'cities', cells });
      },
      'request',
    ],
    [
      'a sensitivity taken from the data',
      async (table, mechanisms) => {
        const size = (await peek(table, mechanisms, (rows) => rows.rowCount)) ?? 0;
        const sensitivity = rational(BigInt(size + 1));
        return mechanisms.exponential(table.map(cities), { label: 'choice', candidates: 3, sensitivity });
      },
      'request',
    ],
    [
      'a call skipped for small tables',
      async (table, mechanisms) => {
        const size = (await peek(table, mechanisms, (rows) => rows.rowCount)) ?? 0;
        if (size > 12) await mechanisms.discreteLaplace(table.map(cities), { label: 'cities', cells: 3 });
      },
      'extra call',
    ],
    [
      'a call skipped for large tables',
      async (table, mechanisms) => {
        const size = (await peek(table, mechanisms, (rows) => rows.rowCount)) ?? 0;
        if (size < 13) await mechanisms.discreteLaplace(table.map(cities), { label: 'cities', cells: 3 });
      },
      'missing call',
    ],
    [
      'another mechanism when a column is constant',
      async (table, mechanisms) => {
        const values = (await peek(table, mechanisms, (rows) => countBy(rows, 'city').size)) ?? 0;
        const request = { label: 'cities', cells: 3 };
        if (values > 1) await mechanisms.discreteLaplace(table.map(cities), request);
        else
          await mechanisms.stabilityHistogram(
            table.map(() => new Map()),
            { label: 'jobs' },
          );
      },
      'request',
    ],
    [
      'the exact row count in the result',
      (table, mechanisms) => peek(table, mechanisms, (rows) => rows.rowCount),
      'result',
    ],
    [
      'the list of values found',
      (table, mechanisms) => peek(table, mechanisms, (rows) => [...countBy(rows, 'job').keys()]),
      'result',
    ],
    [
      'the exact largest number',
      (table, mechanisms) => peek(table, mechanisms, (rows) => Math.max(...rowsOf(rows).map(({ age }) => Number(age)))),
      'result',
    ],
    [
      'whether a number is missing',
      (table, mechanisms) => peek(table, mechanisms, (rows) => rowsOf(rows).some(({ age }) => Number.isNaN(age))),
      'result',
    ],
    [
      'an error that depends on a value',
      async (table, mechanisms) => {
        const isOdd = await peek(table, mechanisms, (rows) => rowsOf(rows).some(({ age }) => Number(age) > 1e6));
        if (isOdd === true) throw new RangeError('age out of range');
      },
      'failure',
    ],
    [
      'a score that one row moves by more than declared',
      (table, mechanisms) => {
        const scores = table.map((rows) => cities(rows).map((count) => 3 * count));
        return mechanisms.exponential(scores, { label: 'choice', candidates: 3, sensitivity: rational(2n) });
      },
      'sensitivity',
    ],
    [
      'two keys for one row',
      (table, mechanisms) => {
        const keys = table.map((rows) => new Map([...countBy(rows, 'job'), ...countBy(rows, 'city')]));
        return mechanisms.stabilityHistogram(keys, { label: 'jobs' });
      },
      'sensitivity',
    ],
    [
      'a Laplace vector in which a row appears in every cell',
      (table, mechanisms) => {
        const counts = table.map((rows) => new Float64Array(3).fill(rows.rowCount));
        return mechanisms.discreteLaplace(counts, { label: 'cities', cells: 3 });
      },
      'sensitivity',
    ],
  ])('notices %s', async (_, run, kind) => {
    expect(kindsOf(await replayOf(run))).toContain(kind);
  });

  it('notices that one row moves two cells where the event promises one', async () => {
    const both = agesOnly((table) => decades(table).fill(table.rowCount, 0, 2));
    const claim = (oneCell: boolean): PrivacyPlan => [
      {
        label: 'ages',
        purpose: 'test',
        event: { kind: 'discrete-gaussian', variance: '4', l2Sensitivity: 3, oneCell, count: 1 },
      },
    ];
    const messages = async (oneCell: boolean) => (await replayOf(both, claim(oneCell))).map(({ what }) => what).join();
    expect(await messages(true)).toContain('number of cells changed');
    expect(await messages(false)).not.toContain('number of cells changed');
  });

  it('names subject, neighbour, mechanism and both sides of a broken bound', async () => {
    const [divergence] = await replayOf(agesOnly((table) => decades(table).map((count) => 2 * count)));
    expect(divergence?.where).toBe('subject: add a copy');
    expect(divergence?.what).toBe('discreteGaussian "ages", cells 11: L2 distance is 2, declared 1 for 1 units');
  });
});

describe('neighbourPairs', () => {
  it('pairs differ by exactly one row or by order alone', () => {
    for (const { name, from, to, units } of pairs()) {
      expect(Math.abs(from.rowCount - to.rowCount), name).toBe(units);
    }
  });

  it('covers empty and single-row tables, removals, constant columns and striking cells', () => {
    const names = pairs().map(({ name }) => name);
    for (const part of [
      'no rows',
      'one row',
      'remove the middle',
      'constant columns',
      'infinity',
      'unseen',
      'missing',
    ]) {
      expect(
        names.some((name) => name.includes(part)),
        part,
      ).toBe(true);
    }
    expect(pairs().map(({ from }) => from.rowCount)).toContain(0);
    expect(pairs().map(({ to }) => to.rowCount)).toContain(2);
  });

  it('dictionaries of undeclared categories follow the rows, declared lists do not', () => {
    const [reversed] = pairs().filter(({ name }) => name === 'rows in reverse');
    const listOf = (table: Table | undefined, name: string) => {
      const column = table?.columns.get(name);
      return column?.kind === 'category' ? column.categories : [];
    };
    expect(listOf(reversed?.from, 'job')).not.toEqual(listOf(reversed?.to, 'job'));
    expect(listOf(reversed?.from, 'city')).toEqual(listOf(reversed?.to, 'city'));
  });

  it('units of an entity come and go with all their rows', () => {
    const schema = {
      fields: [categorical('person'), numeric('age', 0, 100)],
      unit: { kind: 'entity', key: ['person'], maxRows: 2 },
    } as const;
    const rows = Array.from({ length: 9 }, (_, row) => ({ person: `p${row % 3}`, age: row }));
    const sizes = new Map(
      neighbourPairs(schema, tableOf(schema, rows), createStream('entities')).map(({ name, to }) => [
        name,
        to.rowCount,
      ]),
    );
    expect(sizes.get('remove the first')).toBe(6);
    expect(sizes.get('add a full unit')).toBe(11);
    expect(sizes.get('add a unit above its cap')).toBe(14);
  });
});
