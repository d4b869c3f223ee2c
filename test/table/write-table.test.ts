import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Table as ArrowTable, Float16, Float32, Int32, Int64, tableFromIPC, vectorFromArray } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TabveilError } from '../../src/errors.ts';
import type { Table } from '../../src/table/columns.ts';
import { fromArrow } from '../../src/table/from-arrow.ts';
import { fromColumns } from '../../src/table/plain-columns.ts';
import { readTable } from '../../src/table/read-table.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { toArrow } from '../../src/table/to-arrow.ts';
import { openTableWriter, writeTable } from '../../src/table/write-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = await temporaryFolder('write');

const MIXED = parseSchema(
  {
    fields: [
      { name: 'key, "quoted"', type: 'integer', privacy: { role: 'identifier' } },
      { name: 'code', type: 'string', privacy: { role: 'identifier', format: 'uuid' } },
      {
        name: 'text',
        type: 'string',
        constraints: { enum: ['plain', 'with, comma', 'with "quote"', 'two\nlines', 'ünïcödé 漢字', '1'] },
      },
      {
        name: 'rest',
        type: 'string',
        constraints: { enum: ['a'], required: true },
        privacy: { outOfDomain: 'other', otherLabel: 'else' },
      },
      { name: 'grade', type: 'integer', constraints: { enum: [1, 2, 3] } },
      { name: 'whole', type: 'integer', constraints: { minimum: -1000, maximum: 1000 } },
      { name: 'wide', type: 'integer', constraints: { minimum: -4e15, maximum: 4e15 } },
      { name: 'price', type: 'number', constraints: { minimum: -100, maximum: 100 } },
      { name: 'tiny', type: 'number', constraints: { minimum: 0, maximum: 1, multipleOf: 0.000001 } },
      { name: 'flag', type: 'boolean', trueValues: ['yes'], falseValues: ['no'] },
      { name: 'day', type: 'date', constraints: { minimum: '1850-01-01', maximum: '2150-01-01' } },
      { name: 'moment', type: 'datetime', constraints: { minimum: '1850-01-01', maximum: '2150-01-01' } },
    ],
    missingValues: ['', 'NA'],
  },
  'mixed',
);
const NAMES = MIXED.fields.map((field) => field.name);
const ENTITY = { identifiers: ['key, "quoted"', 'code'] };

const day = fc.integer({ min: -43_829, max: 65_744 });
const or = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const row = fc.record({
  code: fc.uuid(),
  text: or(fc.constantFrom('plain', 'with, comma', 'with "quote"', 'two\nlines', 'ünïcödé 漢字', '1')),
  rest: fc.constantFrom('a', 'unlisted'),
  grade: or(fc.constantFrom(1, 2, 3)),
  whole: or(fc.integer({ min: -1000, max: 1000 })),
  wide: or(fc.integer({ min: -4e15, max: 4e15 })),
  price: or(fc.integer({ min: -10_000, max: 10_000 }).map((cents) => cents / 100)),
  tiny: or(fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 1e6)),
  flag: or(fc.boolean()),
  day: or(day.map((days) => new Date(days * 864e5))),
  moment: or(
    fc
      .tuple(day, fc.integer({ min: 0, max: 86_399 }))
      .map(([days, seconds]) => new Date(days * 864e5 + seconds * 1000)),
  ),
});

/** A table of random rows; keys count up, as generated identifiers do. */
function tableOf(rows: readonly Record<string, unknown>[]): Table {
  const columns = Object.fromEntries(NAMES.map((name) => [name, rows.map((cells) => cells[name])]));
  const table = fromColumns({ ...columns, [NAMES[0] ?? '']: rows.map((_, index) => index) }, MIXED, ENTITY);
  return {
    ...table,
    columns: new Map([...table.columns, [NAMES[0] ?? '', { kind: 'number', values: Float64Array.from(rows.keys()) }]]),
  };
}

/** Cells as comparable plain values. */
function cellsOf(table: Table): Record<string, unknown[]> {
  return Object.fromEntries(
    [...table.columns].map(([name, column]) => [
      name,
      column.kind === 'number' ? [...column.values] : [...column.codes].map((code) => column.categories[code] ?? code),
    ]),
  );
}

async function duckRows(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowsJson();
  connection.closeSync();
  return rows as unknown[][];
}

describe('written tables read back as they were', () => {
  it.each(['csv', 'parquet', 'arrow'])('%s, over several batches', async (extension) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 60 }),
        async (rows, size) => {
          const path = join(folder, `round.${extension}`);
          const writer = await openTableWriter(path, MIXED);
          const whole = tableOf(rows);
          for (let at = 0; at < rows.length; at += size) await writer.write(sliceTable(whole, at, at + size));
          await writer.close();
          const read = cellsOf(await readTable(path, MIXED, ENTITY));
          const expected = cellsOf(whole);
          // The key comes back as a text, and unlisted values as the label of all others, which no list holds.
          expect(read[NAMES[0] ?? '']).toEqual(expected[NAMES[0] ?? '']?.map(String));
          for (const name of NAMES.slice(1)) expect(read[name]).toEqual(expected[name]);
        },
      ),
      { seed: 7, numRuns: 12 },
    );
  });

  it('Parquet types are intact for DuckDB', async () => {
    const path = join(folder, 'types.parquet');
    await writeTable(
      path,
      tableOf([
        {
          code: 'x',
          text: 'plain',
          rest: 'unlisted',
          grade: 2,
          whole: 1,
          wide: 2,
          price: 0.1,
          tiny: 0.5,
          flag: true,
          day: new Date(0),
          moment: new Date(1000),
        },
      ]),
      MIXED,
    );
    const types = await duckRows(
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet('${path}'))`,
    );
    expect(types).toEqual([
      ['key, "quoted"', 'BIGINT'],
      ['code', 'VARCHAR'],
      ['text', 'VARCHAR'],
      ['rest', 'VARCHAR'],
      ['grade', 'INTEGER'],
      ['whole', 'INTEGER'],
      ['wide', 'BIGINT'],
      ['price', 'DOUBLE'],
      ['tiny', 'DOUBLE'],
      ['flag', 'BOOLEAN'],
      ['day', 'DATE'],
      ['moment', 'TIMESTAMP'],
    ]);
    expect(
      await duckRows(`SELECT rest, price, flag, day::VARCHAR, moment::VARCHAR FROM read_parquet('${path}')`),
    ).toEqual([['else', 0.1, true, '1970-01-01', '1970-01-01 00:00:01']]);
  });

  it('Parquet with more row groups, more values than a dictionary holds, and columns all missing', async () => {
    const schema = parseSchema(
      {
        fields: [
          { name: 'n', type: 'integer', privacy: { bounds: 'learn' } },
          { name: 'grid', type: 'integer', constraints: { minimum: 0, maximum: 60_000 } },
          { name: 'none', type: 'number', constraints: { minimum: 0, maximum: 1 } },
          { name: 'c', type: 'string', constraints: { enum: Array.from({ length: 300 }, (_, code) => `c${code}`) } },
        ],
      },
      's',
    );
    const path = join(folder, 'groups.parquet');
    const writer = await openTableWriter(path, schema);
    const size = 65_536;
    for (let batch = 0; batch < 5; batch++) {
      const count = (scale: number) => Float64Array.from({ length: size }, (_, at) => (batch * size + at) % scale);
      const categories =
        schema.fields[3]?.domain.kind === 'categorical' && schema.fields[3].domain.categories.status === 'public'
          ? schema.fields[3].domain.categories.value
          : [];
      await writer.write({
        rowCount: size,
        columns: new Map([
          ['n', { kind: 'number', values: count(Number.MAX_SAFE_INTEGER) }],
          ['grid', { kind: 'number', values: count(60_001) }],
          ['none', { kind: 'number', values: new Float64Array(size).fill(Number.NaN) }],
          ['c', { kind: 'category', codes: Int32Array.from(count(300)), categories }],
        ]),
      });
    }
    await writer.close();
    const facts = `SELECT count(*), min(n), max(n), count(none), bool_and(grid = n % 60001), bool_and(c = 'c' || (n % 300)) FROM read_parquet('${path}')`;
    expect(await duckRows(facts)).toEqual([['327680', '0', '327679', '0', true, true]]);
    expect(await duckRows(`SELECT count(DISTINCT row_group_id) FROM parquet_metadata('${path}')`)).toEqual([['2']]);
  });

  it('Arrow types are intact and dictionaries are shared between batches', async () => {
    const path = join(folder, 'types.arrow');
    const writer = await openTableWriter(path, MIXED);
    const cells = {
      code: 'x',
      text: 'plain',
      rest: 'unlisted',
      grade: 2,
      whole: 1,
      wide: 2,
      price: 0.1,
      tiny: 0.5,
      flag: false,
      day: new Date(864e5),
      moment: new Date(1000),
    };
    await writer.write(tableOf([cells]));
    await writer.write(tableOf([{ ...cells, text: null, flag: null, wide: null }]));
    await writer.close();
    const arrow = tableFromIPC(await readFile(path));
    expect(arrow.schema.fields.map((field) => String(field.type))).toEqual([
      'Int64',
      'Utf8',
      'Dictionary<Int32, Utf8>',
      'Dictionary<Int32, Utf8>',
      'Int32',
      'Int32',
      'Int64',
      'Float64',
      'Float64',
      'Bool',
      'Date32<DAY>',
      'Timestamp<MILLISECOND>',
    ]);
    expect(
      arrow.toArray().map((record) => [record?.text, record?.rest, record?.wide, record?.flag, record?.day]),
    ).toEqual([
      ['plain', 'else', 2n, false, 864e5],
      [null, 'else', null, null, 864e5],
    ]);
  });

  it('toArrow and fromArrow undo each other', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const table = tableOf(rows);
        const back = cellsOf(fromArrow(toArrow(table, MIXED), MIXED, ENTITY));
        for (const name of NAMES.slice(1)) expect(back[name]).toEqual(cellsOf(table)[name]);
      }),
      { seed: 3, numRuns: 30 },
    );
  });
});

describe('fromArrow', () => {
  const schema = parseSchema(
    {
      fields: ['a', 'b', 'c', 'e'].map((name) => ({ name, type: 'number', privacy: { bounds: 'learn' } })),
      missingValues: ['-9'],
    },
    's',
  );
  it('reads numbers of every Arrow type, in several chunks, with nulls and values that mean missing', () => {
    const chunk = (from: number) =>
      new ArrowTable({
        a: vectorFromArray([from, null, -9], new Int32()),
        b: vectorFromArray([BigInt(from), null, -9n], new Int64()),
        c: vectorFromArray([from + 0.5, null, -9], new Float32()),
        e: vectorFromArray([from + 0.5, null, -9], new Float16()),
      });
    const table = fromArrow(chunk(1).concat(chunk(2)), schema);
    const cells = (first: number, second: number) => [first, Number.NaN, Number.NaN, second, Number.NaN, Number.NaN];
    expect(cellsOf(table)).toEqual({
      a: cells(1, 2),
      b: cells(1, 2),
      c: cells(1.5, 2.5),
      e: cells(1.5, 2.5),
    });
  });
});

describe('CSV text', () => {
  const write = async (schema: object, columns: Record<string, unknown[]>) => {
    const parsed = parseSchema(schema, 's');
    const path = join(folder, 'text.csv');
    await writeTable(path, fromColumns(columns, parsed), parsed);
    return readFile(path, 'utf8');
  };

  it('quotes what it must and writes numbers without floating junk or trailing zeros', async () => {
    const fields = [
      { name: 'a,b', type: 'string', constraints: { enum: ['x', 'y,z', 'say "hi"', ' padded'] } },
      { name: 'n', type: 'number', constraints: { minimum: -1000, maximum: 1000 } },
    ];
    const text = await write(
      { fields },
      { 'a,b': ['x', 'y,z', 'say "hi"', null], n: [0.1 + 0.2, -0.001, 1000, -12.5] },
    );
    expect(text).toBe('"a,b",n\nx,0.3\n"y,z",0\n"say ""hi""",1000\n,-12.5\n');
  });

  it('tells a missing cell from an empty category, and never writes a blank line', async () => {
    const fields = [{ name: 'c', type: 'string', constraints: { enum: ['', 'x'] } }];
    expect(await write({ fields, missingValues: ['NA'] }, { c: ['', 'x', null] })).toBe('c\n""\nx\nNA\n');
    expect(
      await write(
        { fields: [{ name: 'c', type: 'integer', constraints: { minimum: 0, maximum: 9 } }] },
        { c: [null, 5] },
      ),
    ).toBe('c\n""\n5\n');
  });

  it('writes dates, datetimes, booleans and numbers in the notation of the schema', async () => {
    const limits = { minimum: '1900-01-01', maximum: '2100-01-01' };
    const fields = [
      { name: 'd', type: 'date', format: '%d.%m.%Y', constraints: limits },
      { name: 't', type: 'datetime', constraints: limits, privacy: { precision: 0.001 } },
      { name: 'b', type: 'boolean', trueValues: ['Y'], falseValues: ['N'] },
      { name: 'p', type: 'number', decimalChar: ',', constraints: { minimum: 0, maximum: 10 } },
    ];
    const text = await write({ fields }, { d: ['31.12.1999'], t: ['1969-12-31T23:59:59.5Z'], b: [true], p: ['1,5'] });
    expect(text).toBe('d,t,b,p\n31.12.1999,1969-12-31T23:59:59.500,Y,"1,5"\n');
  });

  it('is the same text whatever the size of the batches', async () => {
    const rows = fc.sample(row, { seed: 5, numRuns: 500 });
    const texts: string[] = [];
    for (const size of [1, 64, 500]) {
      const path = join(folder, 'batches.csv');
      const writer = await openTableWriter(path, MIXED);
      for (let at = 0; at < rows.length; at += size) await writer.write(sliceTable(tableOf(rows), at, at + size));
      await writer.close();
      texts.push(await readFile(path, 'utf8'));
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).toBe(texts[0]);
  });
});

describe('failures leave nothing behind', () => {
  const schema = parseSchema({ fields: [{ name: 'n', type: 'number', privacy: { bounds: 'learn' } }] }, 's');
  const batch = {
    rowCount: 60_000,
    columns: new Map([['n', { kind: 'number' as const, values: new Float64Array(60_000).fill(1.25) }]]),
  };

  it.each(['csv', 'parquet', 'arrow'])(
    'an aborted %s file does not appear, and an old one stays',
    async (extension) => {
      const place = join(folder, `abort-${extension}`);
      await mkdir(place);
      const path = join(place, `t.${extension}`);
      await writeFile(path, 'old');
      const controller = new AbortController();
      const writer = await openTableWriter(path, schema, { signal: controller.signal });
      await writer.write(batch);
      controller.abort(new Error('stop'));
      await expect(writer.write(batch)).rejects.toThrow('stop');
      expect(await readdir(place)).toEqual([`t.${extension}`]);
      expect(await readFile(path, 'utf8')).toBe('old');
      const other = await openTableWriter(path, schema);
      await other.abort();
      await other.abort();
      await expect(other.write(batch)).rejects.toThrow(/already closed/);
      expect(await readdir(place)).toEqual([`t.${extension}`]);
    },
  );

  it('a folder that is absent, a folder as a file, and an unknown extension are one line', async () => {
    await expect(openTableWriter(join(folder, 'none', 't.csv'), schema)).rejects.toMatchObject({
      kind: 'input',
      code: 'output.no-folder',
    });
    await mkdir(join(folder, 'dir.csv'));
    await expect(openTableWriter(join(folder, 'dir.csv'), schema)).rejects.toMatchObject({
      kind: 'input',
      code: 'output.folder',
    });
    await expect(openTableWriter(join(folder, 't.xlsx'), schema)).rejects.toMatchObject({
      kind: 'usage',
      code: 'output.extension',
      message: expect.stringContaining('the extension ".xlsx" is not known; write to .csv'),
    });
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(isRoot)('a folder without permission is one line (skipped: root may write anywhere)', async () => {
    const place = join(folder, 'locked');
    await mkdir(place);
    await chmod(place, 0o500);
    await expect(openTableWriter(join(place, 't.csv'), schema)).rejects.toMatchObject({ code: 'output.not-writable' });
  });

  it.skipIf(!existsSync('/proc/self/fd'))(
    'a folder that takes no files is one line (skipped: there is no /proc)',
    async () => {
      const failure = await openTableWriter('/proc/self/t.csv', schema).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TabveilError);
      expect(failure).toMatchObject({ kind: 'input' });
    },
  );
});

function sliceTable(table: Table, from: number, to: number): Table {
  const columns = new Map(
    [...table.columns].map(([name, column]) => [
      name,
      column.kind === 'number'
        ? { kind: 'number' as const, values: column.values.slice(from, to) }
        : { ...column, codes: column.codes.slice(from, to) },
    ]),
  );
  return { rowCount: Math.max(0, Math.min(to, table.rowCount) - from), columns };
}
