import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { TabveilError } from '../../src/errors.ts';
import type { Table } from '../../src/table/columns.ts';
import { fromColumns } from '../../src/table/plain-columns.ts';
import { readTable } from '../../src/table/read-table.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { sharedTable } from '../support/shared-data.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = await temporaryFolder('read');

const PEOPLE = parseSchema(
  {
    fields: [
      { name: 'id', type: 'string', privacy: { role: 'identifier' } },
      { name: 'age', type: 'integer', constraints: { minimum: 0, maximum: 120 } },
      { name: 'sex', type: 'string', constraints: { enum: ['f', 'm'] } },
      { name: 'city', type: 'string', privacy: { categories: 'learn' } },
      { name: 'member', type: 'boolean', trueValues: ['yes'], falseValues: ['no'] },
      { name: 'born', type: 'date', constraints: { minimum: '1900-01-01', maximum: '2100-01-01' } },
      { name: 'seen', type: 'datetime', constraints: { minimum: '2000-01-01', maximum: '2100-01-01' } },
    ],
    missingValues: ['', '?', '-9'],
  },
  'people',
);

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Plain view of a table: categories as texts (null missing, undefined unlisted), numbers as they are. */
function plain(table: Table): Record<string, unknown[]> {
  return Object.fromEntries(
    [...table.columns].map(([name, column]) => [
      name,
      column.kind === 'number'
        ? [...column.values]
        : [...column.codes].map((code) => (code === -1 ? null : column.categories[code])),
    ]),
  );
}

const ROWS = {
  age: [30, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY],
  sex: ['f', null, undefined, 'm'],
  city: ['Ulm', 'Älm, "Ost"', null, 'Ulm'],
  member: [1, 0, undefined, null].map((value) => (typeof value === 'number' ? String(value === 1) : value)),
  born: [31, Number.NaN, Number.NaN, -1],
  seen: [Date.UTC(2020, 0, 1, 10), Number.NaN, Number.NaN, Date.UTC(2020, 0, 1, 8)],
};
const CSV_LINES = [
  'seen,extra,age,sex,city,member,born,id',
  '2020-01-01T10:00:00Z,x, 30 ,f, Ulm ,yes,1970-02-01,SECRET-1',
  '?,,-9,,"Älm, ""Ost""",no,,SECRET-2',
  'soon,y,old,x,?,maybe,1970-02-30,SECRET-3',
  '2020-01-01 10:00:00+02:00,z,inf,m,Ulm,"",1969-12-31,SECRET-4',
];

describe('readTable: cells', () => {
  it.each([
    ['comma and LF', CSV_LINES.join('\n')],
    ['CRLF with a byte order mark and a last line end', `\ufeff${CSV_LINES.join('\r\n')}\r\n`],
  ])('CSV with %s', async (label, text) => {
    const table = await readTable(await write(`${label}.csv`, text), PEOPLE);
    expect(table.rowCount).toBe(4);
    expect(plain(table)).toEqual(ROWS);
  });

  it('CSV with semicolons or tabs, found in the first line alone', async () => {
    const swap = (delimiter: string) =>
      'age;sex;city;member;born;seen\n30;f;"a;,b";yes;1970-01-02;?\n'.replaceAll(';', delimiter);
    for (const [name, delimiter] of [
      ['semi.csv', ';'],
      ['tab.tsv', '\t'],
      ['bar.txt', '|'],
    ] as const) {
      const table = plain(await readTable(await write(name, swap(delimiter)), PEOPLE));
      expect(table.age).toEqual([30]);
      expect(table.city).toEqual([`a${delimiter},b`]);
    }
  });

  it('JSON lists and lines, where absent keys are missing', async () => {
    const rows = [
      {
        seen: '2020-01-01T10:00:00Z',
        age: 30,
        sex: 'f',
        city: 'Ulm',
        member: 'yes',
        born: '1970-02-01',
        extra: { a: 1 },
      },
      { age: -9, sex: null, city: 'Älm, "Ost"', member: 'no' },
      { seen: 'soon', age: 'old', sex: 'x', city: '?', member: 'maybe', born: '1970-02-30' },
      { seen: '2020-01-01 10:00:00+02:00', age: 'inf', sex: 'm', city: 'Ulm', member: null, born: '1969-12-31' },
    ];
    const list = await readTable(await write('rows.json', JSON.stringify(rows)), PEOPLE);
    const lines = await readTable(
      await write('rows.ndjson', rows.map((row) => JSON.stringify(row)).join('\n')),
      PEOPLE,
    );
    expect(plain(list)).toEqual(ROWS);
    expect(plain(lines)).toEqual(ROWS);
  });

  it('Parquet of any physical type, mapped by the schema', async () => {
    const path = join(folder, 'typed.parquet');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(`COPY (SELECT * FROM (VALUES
      (30::UTINYINT, 'f'::ENUM('f','m','x'), 'Ulm', true, DATE '1970-02-01', TIMESTAMP '2020-01-01 10:00:00'),
      (NULL, NULL, 'Älm, "Ost"', false, NULL, NULL),
      (NULL, 'x', NULL, NULL, NULL, NULL)) t(age, sex, city, member, born, seen)) TO '${path}' (FORMAT parquet)`);
    connection.closeSync();
    const table = plain(await readTable(path, PEOPLE));
    expect(table).toEqual({
      ...Object.fromEntries(Object.entries(ROWS).map(([name, values]) => [name, values.slice(0, 3)])),
      member: ['true', 'false', null],
    });
  });

  it('Parquet codes stored as doubles, decimals or integers match listed texts and numbers', async () => {
    const path = join(folder, 'codes.parquet');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(
      `COPY (SELECT 1.0::DOUBLE a, 2.00::DECIMAL(5,2) b, 3::HUGEINT c, 1.5::FLOAT d, '1.0' e) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    const listed = (name: string, type: string) => ({ name, type, constraints: { enum: ['1', '2', '3', '1.5'] } });
    const schema = parseSchema(
      {
        fields: [
          listed('a', 'string'),
          listed('b', 'string'),
          listed('c', 'integer'),
          listed('d', 'number'),
          listed('e', 'integer'),
        ],
      },
      'codes',
    );
    expect(plain(await readTable(path, schema))).toEqual({ a: ['1'], b: ['2'], c: ['3'], d: ['1.5'], e: ['1'] });
  });

  it('Arrow files', async () => {
    const arrow = tableFromArrays({
      age: [30, null],
      sex: ['f', 'x'],
      city: ['Ulm', '?'],
      member: ['yes', null],
      born: ['1970-02-01', ''],
      seen: [new Date(1e12), null],
    });
    const table = await readTable(await write('rows.arrow', tableToIPC(arrow, 'file')), PEOPLE);
    expect(plain(table)).toEqual({
      age: [30, Number.NaN],
      sex: ['f', undefined],
      city: ['Ulm', null],
      member: ['true', null],
      born: [31, Number.NaN],
      seen: [1e12, Number.NaN],
    });
  });

  it('numbers and dates in the notation of the schema, alike from files and from memory', async () => {
    const schema = parseSchema(
      {
        fields: [
          {
            name: 'price',
            type: 'number',
            decimalChar: ',',
            groupChar: '.',
            bareNumber: false,
            constraints: { minimum: 0, maximum: 1e6 },
          },
          {
            name: 'day',
            type: 'date',
            format: '%d.%m.%Y',
            constraints: { minimum: '1900-01-01', maximum: '2100-01-01' },
          },
          {
            name: 'at',
            type: 'datetime',
            format: '%d/%b/%y %I:%M %p',
            constraints: { minimum: '1900-01-01', maximum: '2100-01-01' },
          },
        ],
      },
      'notation',
    );
    const columns = {
      price: ['€ 1.234,50', '7', 'x'],
      day: ['02.01.1970', '31.02.1970', ''],
      at: ['01/Feb/70 12:05 AM', '01/Feb/70 1:05 PM', 'x'],
    };
    const lines = columns.price.map((price, row) => `"${price}";${columns.day[row]};${columns.at[row]}`);
    const read = plain(await readTable(await write('notation.csv', ['price;day;at', ...lines].join('\n')), schema));
    expect(read).toEqual({
      price: [1234.5, 7, Number.NaN],
      day: [1, Number.NaN, Number.NaN],
      at: [31 * 864e5 + 3e5, 31 * 864e5 + 13 * 36e5 + 3e5, Number.NaN],
    });
    expect(plain(fromColumns(columns, schema))).toEqual(read);
  });

  it('empty text is missing only where missingValues says so', async () => {
    const fields = [
      { name: 'c', type: 'string', constraints: { enum: ['NA', 'x'] } },
      { name: 'n', type: 'number', privacy: { bounds: 'learn' } },
    ];
    const path = await write('empty.csv', 'c,n\nNA,1\n,2\n"",\n');
    expect(plain(await readTable(path, parseSchema({ fields, missingValues: ['-'] }, 's'))).c).toEqual([
      'NA',
      undefined,
      undefined,
    ]);
    expect(plain(await readTable(path, parseSchema({ fields }, 's'))).c).toEqual(['NA', null, null]);
    const withEmpty = [{ name: 'c', type: 'string', constraints: { enum: ['', 'NA'] } }];
    expect(plain(await readTable(path, parseSchema({ fields: withEmpty, missingValues: [] }, 's'))).c).toEqual([
      'NA',
      '',
      '',
    ]);
  });

  it('white space of any kind around a cell does not count', async () => {
    const schema = parseSchema(
      {
        fields: [
          { name: 'c', type: 'string', constraints: { enum: ['ä b', 'x'] } },
          { name: 'b', type: 'boolean', trueValues: ['yes'], falseValues: ['no'] },
          { name: 'l', type: 'string', privacy: { categories: 'learn' } },
          { name: 'n', type: 'integer', constraints: { minimum: 0, maximum: 9 } },
          { name: 'g', type: 'integer', constraints: { enum: [1, 2] } },
        ],
        missingValues: ['?', '-9'],
      },
      's',
    );
    const cells = {
      c: ['\u00a0ä b\u2003', '\tx ', ' ? '],
      b: [' yes', 'no\u00a0', '? '],
      l: [' ü\u00a0', 'v\t', ' -9'],
      n: ['\u00a07', ' 8 ', ' -9 '],
      g: [' 1', '02 ', '?\t'],
    };
    const lines = cells.c.map((_, row) =>
      Object.values(cells)
        .map((values) => values[row])
        .join(','),
    );
    const expected = {
      c: ['ä b', 'x', null],
      b: ['true', 'false', null],
      l: ['ü', 'v', null],
      n: [7, 8, Number.NaN],
      g: ['1', '2', null],
    };
    expect(plain(await readTable(await write('spaces.csv', ['c,b,l,n,g', ...lines].join('\n')), schema))).toEqual(
      expected,
    );
    expect(plain(fromColumns(cells, schema))).toEqual(expected);
  });

  it('rows keep their order across parallel chunks, and learned dictionaries are sorted', async () => {
    const lines = Array.from({ length: 300_000 }, (_, row) => `${row},k${(row * 7919) % 1000}`);
    const schema = parseSchema(
      {
        fields: [
          { name: 'n', type: 'integer', privacy: { bounds: 'learn' } },
          { name: 'k', type: 'string', privacy: { categories: 'learn' } },
        ],
      },
      's',
    );
    const table = await readTable(await write('long.csv', `n,k\n${lines.join('\n')}\n`), schema);
    const [n, k] = [table.columns.get('n'), table.columns.get('k')];
    if (n?.kind !== 'number' || k?.kind !== 'category') throw new Error('wrong kinds');
    expect(n.values.every((value, row) => value === row)).toBe(true);
    expect(k.categories).toEqual([...k.categories].sort());
    expect(k.categories[k.codes[1] ?? -1]).toBe('k919');
  });

  it('identifiers are never read unless asked for', async () => {
    const path = await write('ids.csv', CSV_LINES.join('\n'));
    expect((await readTable(path, PEOPLE)).columns.has('id')).toBe(false);
    const table = await readTable(path, PEOPLE, { identifiers: ['id'] });
    expect(plain(table).id).toEqual(['SECRET-1', 'SECRET-2', 'SECRET-3', 'SECRET-4']);
  });

  it('paths with quotes and pattern characters name one file', async () => {
    await write('a1.csv', 'age,sex,city,member,born,seen\n1,,,,,\n');
    const odd = await write("a[1]*?'; DROP.csv", 'age,sex,city,member,born,seen\n2,,,,,\n');
    expect(plain(await readTable(odd, PEOPLE)).age).toEqual([2]);
  });
});

describe('readTable: structural faults are one line without a cell', () => {
  const schema = parseSchema(
    {
      fields: [
        { name: 'a', type: 'integer', constraints: { minimum: 0, maximum: 9 } },
        { name: 'b', type: 'string', constraints: { enum: ['x'] } },
      ],
    },
    's',
  );
  const cases: readonly (readonly [string, string, string | Uint8Array, string])[] = [
    ['empty file', 'f0.csv', '', 'table.empty'],
    ['header only', 'f1.csv', 'a,b\n', 'table.no-rows'],
    ['empty first line', 'f2.csv', '\na,b\n1,x\n', 'table.no-header'],
    ['short row', 'f3.csv', 'a,b\n1,x\nSECRET\n', 'table.ragged'],
    ['long row', 'f4.csv', 'a,b\n1,x\nSECRET,x,3\n', 'table.ragged'],
    ['wrong separator', 'f5.csv', 'a:b\n1:SECRET\n', 'table.absent-column'],
    ['separator of the rows differs', 'f6.csv', 'a,b\n1;SECRET\n', 'table.ragged'],
    ['invalid UTF-8', 'f7.csv', Buffer.from('a,b\n1,SECR\u00e9T\n', 'latin1'), 'table.not-utf8'],
    ['UTF-16', 'f8.csv', Buffer.from('\ufeffa,b\n1,x\n', 'utf16le'), 'table.not-utf8'],
    ['repeated names', 'f9.csv', 'a,b,c,c\n1,x,2,SECRET\n', 'table.repeated-column'],
    ['absent column', 'f10.csv', 'a,c\n1,SECRET\n', 'table.absent-column'],
    ['no header', 'f11.csv', 'SECRET,x\n2,x\n', 'table.absent-column'],
    ['open quote', 'f12.csv', 'a,b\n1,"SECRET\n', 'table.quotes'],
    ['mixed line ends', 'f13.csv', 'a,b\r\n1,SECRET\n2,x\r\n', 'table.line-ends'],
    ['broken Parquet', 'f14.parquet', 'SECRET', 'table.broken'],
    ['broken JSON', 'f15.json', '{"a": "SECRET', 'table.broken'],
    ['JSON without objects', 'f16.json', '["SECRET"]', 'table.absent-column'],
    ['empty JSON list', 'f17.json', '[]', 'table.absent-column'],
    ['broken Arrow', 'f18.arrow', 'SECRET', 'table.broken'],
    ['unknown extension', 'f19.xlsx', 'SECRET', 'table.extension'],
  ];
  it.each(cases)('%s', async (_, name, content, code) => {
    const path = await write(name, content);
    const failure = await readTable(path, schema).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'input', code });
    const message = failure instanceof TabveilError ? failure.message : '';
    expect(message.startsWith(`${path}: `)).toBe(true);
    expect(message).not.toMatch(/SECRET|\n/);
    expect(JSON.stringify(failure)).not.toMatch(/SECRET/);
  });

  it('an unknown extension is named', async () => {
    await expect(readTable(await write('f20.xlsx', 'SECRET'), schema)).rejects.toThrow(
      'the extension ".xlsx" is not known',
    );
  });

  it('missing file and folder', async () => {
    await expect(readTable(join(folder, 'none.csv'), schema)).rejects.toMatchObject({
      kind: 'input',
      code: 'table.absent',
    });
    await expect(readTable(folder, schema)).rejects.toMatchObject({ kind: 'input', code: 'table.folder' });
  });

  it('an absent column is named with the header only when the header is evident', async () => {
    await expect(readTable(await write('h1.csv', 'a,c\n1,x\n'), schema)).rejects.toThrow(
      /the column "b", .* its columns are "a", "c"/,
    );
    await expect(readTable(await write('h2.csv', '3,z\n1,x\n'), schema)).rejects.toThrow(
      /no column of the schema \("a", "b"\) is in the first line/,
    );
  });

  it('stops when aborted', async () => {
    const path = await write('stop.csv', `a,b\n${'1,x\n'.repeat(200_000)}`);
    await expect(readTable(path, schema, { signal: AbortSignal.abort(new Error('stop now')) })).rejects.toThrow(
      'stop now',
    );
    const controller = new AbortController();
    const reading = readTable(path, schema, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('stop later')));
    await expect(reading).rejects.toThrow('stop later');
  });
});

describe('fromColumns', () => {
  it('agrees with the file reader', () => {
    const columns = {
      age: [30, '-9', 'old', Number.POSITIVE_INFINITY],
      sex: ['f', null, 'x', 'm'],
      city: ['Ulm', 'Älm, "Ost"', '?', ' Ulm '],
      member: [true, 'no', 'maybe', undefined],
      born: [new Date('1970-02-01'), '', '1970-02-30', '1969-12-31'],
      seen: ['2020-01-01T10:00:00Z', '?', 'soon', new Date('2020-01-01T08:00:00Z')],
    };
    expect(plain(fromColumns(columns, PEOPLE))).toEqual(ROWS);
  });

  it('refuses absent columns and unequal lengths', () => {
    const schema = parseSchema(
      {
        fields: [
          { name: 'toString', type: 'boolean' },
          { name: 'b', type: 'boolean' },
        ],
      },
      's',
    );
    expect(() => fromColumns({ b: [true] }, schema)).toThrow(/names the column "toString"/);
    expect(() => fromColumns({ toString: [true, false], b: [true] }, schema)).toThrow(/lengths differ/);
  });
});

const adult = sharedTable('adult');
describe('shared tables', () => {
  it.skipIf(adult === undefined)(
    'Adult has no unlisted value and no unreadable number (skipped: ../shared/data is absent)',
    async () => {
      if (adult === undefined) return;
      const table = await readTable(adult.train, parseSchema(adult.schema, 'adult'));
      expect(table.columns.size).toBe(15);
      for (const column of table.columns.values()) {
        const isClean = column.kind === 'number' ? !column.values.some(Number.isNaN) : !column.codes.includes(-2);
        expect(isClean).toBe(true);
      }
    },
  );
});
