import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundOutwards } from '../../src/table/draft-schema.ts';
import { importSdv } from '../../src/table/import-sdv.ts';
import { readTable } from '../../src/table/read-table.ts';
import { parseSchema, readSchema } from '../../src/table/schema-file.ts';
import { checkSchemaFile, draftSchemaFile, importSchemaFile } from '../../src/tasks/schema.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = await temporaryFolder('schema-task');

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const HEADER = 'patient_id,code,age,price,member,born,seen,city,note,zip,empty,constant';
const ROWS = Array.from({ length: 150 }, (_, row) =>
  [
    row + 1,
    `c-${row}`,
    row % 7 === 0 ? '' : 18 + (row % 73),
    (row * 1.37).toFixed(2),
    row % 2 === 0 ? 'yes' : 'no',
    `19${50 + (row % 50)}-03-0${1 + (row % 9)}`,
    `2020-01-0${1 + (row % 9)} 10:00:0${row % 10}`,
    ['Ulm', 'Bonn', '"Köln, Süd"'][row % 3],
    `note ${row % 140}`,
    `0${1000 + (row % 90)}`,
    '',
    5,
  ].join(','),
);

describe('draft', () => {
  it('types each column, lists or bounds it, and marks every fact as unconfirmed', async () => {
    const { schema, notes } = await draftSchemaFile({ table: await write('t.csv', [HEADER, ...ROWS].join('\n')) });
    const byName = new Map(schema.fields.map((field) => [Reflect.get(field, 'name'), field]));
    expect(byName.get('patient_id')).toEqual({
      name: 'patient_id',
      type: 'integer',
      privacy: { role: 'identifier', unconfirmed: ['role'] },
    });
    expect(byName.get('code')).toMatchObject({
      type: 'string',
      privacy: { role: 'identifier', unconfirmed: ['role'] },
    });
    expect(byName.get('age')).toEqual({
      name: 'age',
      type: 'integer',
      constraints: { minimum: 18, maximum: 90 },
      privacy: { unconfirmed: ['type', 'bounds'] },
    });
    expect(byName.get('price')).toMatchObject({
      type: 'number',
      constraints: { minimum: 0, maximum: 210 },
      privacy: { precision: 0.01 },
    });
    expect(byName.get('member')).toMatchObject({ type: 'boolean', trueValues: ['yes'], falseValues: ['no'] });
    expect(byName.get('born')).toMatchObject({
      type: 'date',
      constraints: { minimum: '1950-01-01', maximum: '1999-12-31', required: true },
    });
    expect(byName.get('seen')).toMatchObject({
      type: 'datetime',
      constraints: { minimum: '2020-01-01T00:00:00', maximum: '2020-12-31T23:59:59' },
    });
    expect(byName.get('city')).toMatchObject({ constraints: { enum: ['Bonn', 'Köln, Süd', 'Ulm'] } });
    expect(byName.get('note')).toMatchObject({
      type: 'string',
      privacy: { categories: 'learn', unconfirmed: ['type', 'required'] },
    });
    expect(byName.get('zip')).toMatchObject({ type: 'string' });
    expect(byName.get('empty')).toEqual({
      name: 'empty',
      type: 'string',
      privacy: { categories: 'learn', unconfirmed: ['type'] },
    });
    expect(byName.get('constant')).toMatchObject({ type: 'integer', constraints: { minimum: 5, maximum: 5 } });
    expect(notes.join()).toMatch(/derived from private data/);
    expect(JSON.stringify(schema)).not.toMatch(/note 1|c-1/);
  });

  it('reads decimal commas, points between thousands, and dates in one other order, as their own table needs them', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => {
      const day = `${1 + (row % 28)}`.padStart(2, '0');
      const month = `${1 + (row % 12)}`.padStart(2, '0');
      return [
        `${row},5${row % 10}`,
        row % 3 === 0 ? `1.${row + 100},25` : `${row}`,
        `-${row},${100 + row}`,
        `${day}.${month}.19${50 + (row % 40)}`,
        `${month}/${day}/2021 0${row % 10}:30`,
        `${day}/0${1 + (row % 9)}/2021`.replace('/2021', row % 2 === 0 ? '/2021' : '/2020'),
        `0${1 + (row % 9)}/0${1 + (row % 7)}/2021`,
      ].join(';');
    });
    const header = 'fee;income;thousands;born;seen;paid;either';
    const table = await write('german.csv', [header, ...rows].join('\r\n'));
    const { schema } = await draftSchemaFile({ table });
    const byName = new Map(schema.fields.map((field) => [Reflect.get(field, 'name'), field]));
    expect(byName.get('fee')).toMatchObject({
      type: 'number',
      decimalChar: ',',
      constraints: { minimum: 0, maximum: 60, required: true },
      privacy: { precision: 0.01, unconfirmed: ['type', 'bounds', 'precision', 'required'] },
    });
    expect(byName.get('income')).toMatchObject({ decimalChar: ',', groupChar: '.', constraints: { maximum: 1200 } });
    // "-5,105" may be five thousand or five: left to the person.
    expect(byName.get('thousands')).toMatchObject({ type: 'string' });
    expect(byName.get('born')).toMatchObject({
      type: 'date',
      format: '%d.%m.%Y',
      constraints: { minimum: '1950-01-01', maximum: '1989-12-31' },
    });
    expect(byName.get('seen')).toMatchObject({ type: 'datetime', format: '%m/%d/%Y %H:%M' });
    expect(byName.get('paid')).toMatchObject({ type: 'date', format: '%d/%m/%Y' });
    expect(byName.get('either')).toMatchObject({ type: 'string' });
    const confirmed = JSON.parse(JSON.stringify(schema).replaceAll(/,?"unconfirmed":\[[^\]]*\]/g, ''));
    const read = await readTable(table, parseSchema(confirmed, 'confirmed'));
    for (const name of ['fee', 'income', 'born', 'seen', 'paid']) {
      const column = read.columns.get(name);
      expect([name, column?.kind === 'number' && column.values.filter(Number.isNaN).length]).toEqual([name, 0]);
    }
  });

  it('says which columns are empty, free text, or keys of people with several rows', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => `p${row % 30},,the ${row % 40} words of somebody,${row % 2}`);
    const table = await write('visits.csv', ['patient_id,fax,remark,ill', ...rows].join('\n'));
    const { notes } = await draftSchemaFile({ table });
    expect(notes.slice(1)).toEqual([
      expect.stringMatching(/"patient_id" .*several rows.*privacy\.unit to \{"entity": \["patient_id"\]/),
      expect.stringMatching(/"fax" holds no value/),
      expect.stringMatching(/"remark" looks like free text/),
    ]);
    expect(notes.join()).not.toContain('somebody');
  });

  it('a table in another encoding or without rows is named as such, whatever the rows hold', async () => {
    const latin = join(folder, 'latin.csv');
    await writeFile(latin, Buffer.from(`a,b,c,d\n${'1,M\u00fcller,x,2\n'.repeat(40)}`, 'latin1'));
    const refusal = draftSchemaFile({ table: latin });
    await expect(refusal).rejects.toMatchObject({ kind: 'input', code: 'table.not-utf8' });
    await expect(refusal).rejects.not.toThrow(/ller/);
    await expect(draftSchemaFile({ table: await write('head.csv', 'a,b\n') })).rejects.toThrow(/has no rows/);
  });

  it('never writes over a schema that somebody may have confirmed', async () => {
    const table = await write('v.csv', [HEADER, ...ROWS].join('\n'));
    const out = await write('v.schema.json', '{"mine": true}');
    await expect(draftSchemaFile({ table, out })).rejects.toMatchObject({ kind: 'input', code: 'schema.exists' });
    expect(await readFile(out, 'utf8')).toBe('{"mine": true}');
  });

  it('a column of texts is no number because some of its texts are', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => ['40', '50+', '<35', '41-49'][row % 4]);
    const { schema } = await draftSchemaFile({ table: await write('bands.csv', ['hours', ...rows].join('\n')) });
    expect(schema.fields[0]).toMatchObject({ type: 'string', constraints: { enum: ['40', '41-49', '50+', '<35'] } });
  });

  it('is refused for training until confirmed, and fits its own table then', async () => {
    const table = await write('u.csv', [HEADER, ...ROWS].join('\n'));
    const out = join(folder, 'u.schema.json');
    await draftSchemaFile({ table, out });
    await expect(readSchema(out)).rejects.toMatchObject({ kind: 'input', code: 'schema.unconfirmed' });
    const checked = await checkSchemaFile({ schema: out, table });
    expect(checked.problems).toEqual([]);
    expect(checked.unconfirmed).toHaveLength(12);
    const confirmed = JSON.parse((await readFile(out, 'utf8')).replaceAll(/,?\s*"unconfirmed": \[[^\]]*\]/g, ''));
    const read = await readTable(table, parseSchema(confirmed, 'confirmed'));
    for (const [name, column] of read.columns) {
      const unreadable =
        column.kind === 'number'
          ? column.values.filter(Number.isNaN).length
          : column.codes.filter((code) => code === -2).length;
      expect([name, unreadable]).toEqual([name, name === 'age' ? 22 : 0]);
    }
  });

  it('reads Parquet-like and JSON tables too, and refuses what it cannot use', async () => {
    const json = await write(
      't.json',
      JSON.stringify([
        { a: 1.5, b: true },
        { a: null, b: false },
      ]),
    );
    expect((await draftSchemaFile({ table: json })).schema.fields).toMatchObject([
      { name: 'a', type: 'number', constraints: { minimum: 1.5, maximum: 1.5 } },
      { name: 'b', type: 'boolean' },
    ]);
    await expect(draftSchemaFile({ table: await write('two.csv', 'a,b,a\n1,2,SECRET\n') })).rejects.toThrow(
      /columns 1 and 3 have the same name/,
    );
    await expect(draftSchemaFile({ table: await write('noname.csv', ',b\nSECRET,2\n') })).rejects.toThrow(
      /column 1 has no name/,
    );
    await expect(draftSchemaFile({ table: await write('ragged.csv', 'a,b\nSECRET\n') })).rejects.toThrow(
      /more or fewer cells/,
    );
    await expect(draftSchemaFile({ table: join(folder, 'none.csv') })).rejects.toThrow(/no such file/);
  });

  it('rounds limits outwards, never inwards', () => {
    expect(roundOutwards(12_285, 1_484_705, 0)).toEqual([0, 1_500_000]);
    expect(roundOutwards(17, 90, 0)).toEqual([17, 90]);
    expect(roundOutwards(-0.123, 0.456, 3)).toEqual([-0.13, 0.46]);
    expect(roundOutwards(0, 0, 0)).toEqual([0, 0]);
    const cents = fc.integer({ min: -1e9, max: 1e9 }).map((value) => value / 100);
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        const [low, high] = roundOutwards(Math.min(a, b), Math.max(a, b), 2);
        expect(low).toBeLessThanOrEqual(Math.min(a, b));
        expect(high).toBeGreaterThanOrEqual(Math.max(a, b));
        const file = {
          fields: [
            { name: 'x', type: 'number', constraints: { minimum: low, maximum: high }, privacy: { precision: 0.01 } },
          ],
        };
        expect(parseSchema(file, 'rounded').fields).toHaveLength(1);
      }),
      { seed: 1 },
    );
  });
});

describe('check', () => {
  it('lists every problem at once', async () => {
    const schema = await write(
      'bad.json',
      JSON.stringify({
        fields: [
          { name: 'a', type: 'string' },
          { name: 'b', type: 'number' },
        ],
        primaryKey: 'c',
      }),
    );
    const { problems } = await checkSchemaFile({ schema });
    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).toMatch(/"a" has neither.*"b" has no constraints.*primaryKey is "c"/s);
  });

  it('reports whether a table can be read, without a word on its values', async () => {
    const schema = await write('ok.json', JSON.stringify({ fields: [{ name: 'a', type: 'boolean' }] }));
    expect(JSON.stringify(await checkSchemaFile({ schema, table: await write('ok.csv', 'a\nSECRET\n') }))).not.toMatch(
      /SECRET/,
    );
    await expect(checkSchemaFile({ schema, table: await write('no.csv', 'b\nSECRET\n') })).rejects.toThrow(
      /no column of the schema/,
    );
  });
});

describe('import of SDV metadata', () => {
  const columns = {
    id: { sdtype: 'id', regex_format: '[0-9]{4}' },
    age: { sdtype: 'numerical', computer_representation: 'Int64' },
    price: { sdtype: 'numerical' },
    city: { sdtype: 'categorical' },
    grade: { sdtype: 'categorical', order: ['low', 'high'] },
    member: { sdtype: 'boolean' },
    born: { sdtype: 'datetime', datetime_format: '%d.%m.%Y' },
    seen: { sdtype: 'datetime', datetime_format: '%Y-%m-%d %H:%M:%S' },
    mail: { sdtype: 'email', pii: true },
    what: { sdtype: 'unknown', pii: true },
  };
  const expected = [
    { name: 'id', type: 'string', privacy: { role: 'identifier' } },
    { name: 'age', type: 'integer', privacy: { bounds: 'learn' } },
    { name: 'price', type: 'number', privacy: { bounds: 'learn' } },
    { name: 'city', type: 'string', privacy: { categories: 'learn' } },
    { name: 'grade', type: 'string', constraints: { enum: ['low', 'high'] }, categoriesOrdered: true },
    { name: 'member', type: 'boolean' },
    { name: 'born', type: 'date', format: '%d.%m.%Y', privacy: { bounds: 'learn' } },
    { name: 'seen', type: 'datetime', privacy: { bounds: 'learn' } },
    { name: 'mail', type: 'string', privacy: { role: 'identifier' } },
    { name: 'what', type: 'string', privacy: { categories: 'learn' } },
  ];

  it('of one table gives a schema that trains: what SDV does not hold is learned', async () => {
    const file = await write(
      'sdv.json',
      JSON.stringify({ METADATA_SPEC_VERSION: 'SINGLE_TABLE_V1', columns, primary_key: 'id' }),
    );
    const out = join(folder, 'sdv.schema.json');
    const made = await importSchemaFile({ file, out });
    expect(made.schema).toMatchObject({ fields: expected, primaryKey: 'id' });
    expect(made.notes).toHaveLength(2);
    expect((await readSchema(out)).fields).toHaveLength(10);
  });

  it('of several tables needs the name of one', () => {
    const several = {
      METADATA_SPEC_VERSION: 'V1',
      tables: { people: { columns }, visits: { columns: { at: { sdtype: 'boolean' } } } },
      relationships: [],
    };
    expect(() => importSdv(several, 'm.json')).toThrow(/several tables; choose one with --table: people, visits/);
    expect(() => importSdv(several, 'm.json', 'toString')).toThrow(/no table "toString"/);
    expect(importSdv(several, 'm.json', 'visits').schema.fields).toEqual([{ name: 'at', type: 'boolean' }]);
  });

  it('reads metadata older than version 1', () => {
    const old = {
      fields: { n: { type: 'numerical', subtype: 'integer' }, d: { type: 'datetime', format: '%Y-%m-%d' } },
    };
    expect(importSdv(old, 'm.json').schema.fields).toEqual([
      { name: 'n', type: 'integer', privacy: { bounds: 'learn' } },
      { name: 'd', type: 'date', privacy: { bounds: 'learn' } },
    ]);
  });

  it('refuses what is no metadata', () => {
    for (const value of [[], {}, { columns: 3 }, { columns: {} }, 'x']) {
      expect(() => importSdv(value, 'm.json')).toThrow(/not SDV metadata/);
    }
  });
});
