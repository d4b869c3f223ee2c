import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TabveilError } from '../../src/errors.ts';
import type { Field } from '../../src/table/schema.ts';
import { checkSchema, parseSchema, readSchema } from '../../src/table/schema-file.ts';
import { sharedTable } from '../support/shared-data.ts';

const AGE = { name: 'age', type: 'integer', constraints: { minimum: 0, maximum: 120, required: true } };

function field(file: object): Field {
  const parsed = parseSchema({ fields: [file] }, 'test').fields[0];
  if (parsed === undefined) throw new Error('no field');
  return parsed;
}

function problem(file: object, table: object = {}): string {
  const { problems } = checkSchema({ fields: [file], ...table });
  expect(problems.length).toBeGreaterThan(0);
  return problems[0] ?? '';
}

describe('plain Table Schema', () => {
  it('trains as it is: constraints are public by declaration', () => {
    const schema = parseSchema(
      {
        name: 'people',
        title: 'People',
        fields: [AGE, { name: 'sex', type: 'string', description: 'as registered', constraints: { enum: ['f', 'm'] } }],
      },
      'people.schema.json',
    );
    expect(schema.fields).toEqual([
      {
        name: 'age',
        type: 'integer',
        roles: [],
        domain: { kind: 'numeric', bounds: { status: 'public', value: { minimum: 0, maximum: 120 } }, precision: 1 },
        nullable: false,
        outOfDomain: 'fallback',
      },
      {
        name: 'sex',
        type: 'string',
        roles: [],
        domain: { kind: 'categorical', categories: { status: 'public', value: ['f', 'm'] }, ordered: false },
        nullable: true,
        outOfDomain: 'missing',
      },
    ]);
    expect(schema.missingValues).toEqual(['']);
    expect(schema.unit).toEqual({ kind: 'row' });
  });

  it('reads categories with labels, missingValues with labels, and integer lists as categories', () => {
    const schema = parseSchema(
      {
        fields: [
          {
            name: 'class',
            type: 'integer',
            categories: [
              { value: 1, label: 'first' },
              { value: 2, label: 'second' },
            ],
            categoriesOrdered: true,
          },
        ],
        missingValues: [{ value: '-99', label: 'unknown' }, ''],
      },
      'test',
    );
    expect(schema.fields[0]?.domain).toEqual({
      kind: 'categorical',
      categories: { status: 'public', value: ['1', '2'] },
      ordered: true,
    });
    expect(schema.missingValues).toEqual(['-99', '']);
  });

  it('makes a single primary key an identifier and notes what has no effect', () => {
    const schema = parseSchema(
      {
        fields: [
          { name: 'id', type: 'integer' },
          { ...AGE, constraints: { ...AGE.constraints, unique: true } },
        ],
        primaryKey: 'id',
        foreignKeys: [{}],
      },
      'test',
    );
    expect(schema.fields[0]?.domain).toEqual({ kind: 'identifier', format: 'sequence' });
    expect(schema.notes).toHaveLength(3);
    expect(schema.notes?.join()).toMatch(/primary key.*unique.*foreignKeys/s);
  });

  it('puts dates and datetimes on their axis', () => {
    expect(
      field({ name: 'd', type: 'date', constraints: { minimum: '1970-01-01', maximum: '1970-03-01' } }).domain,
    ).toMatchObject({
      bounds: { value: { minimum: 0, maximum: 59 } },
      precision: 1,
    });
    expect(
      field({
        name: 't',
        type: 'datetime',
        constraints: { minimum: '1970-01-01', maximum: '1970-01-01T01:00:00+00:30' },
      }).domain,
    ).toMatchObject({ bounds: { value: { minimum: 0, maximum: 1_800_000 } }, precision: 1000 });
  });

  it('gives booleans their two categories and all their texts', () => {
    const parsed = field({ name: 'b', type: 'boolean', trueValues: ['yes', 'y'], falseValues: ['no'] });
    expect(parsed.domain).toMatchObject({ categories: { status: 'public', value: ['false', 'true'] } });
    expect(parsed).toMatchObject({ trueValue: 'yes', falseValue: 'no', trueValues: ['yes', 'y'] });
  });
});

describe('privacy additions of a field', () => {
  it('take the limits from the bins when none are declared', () => {
    const domain = field({ name: 'x', type: 'number', privacy: { bins: [0, 10, 100] } }).domain;
    expect(domain).toMatchObject({
      bounds: { value: { minimum: 0, maximum: 100 } },
      edges: [0, 10, 100],
      precision: 0.01,
    });
  });

  it('allow the last edge of integers one above the maximum', () => {
    const limits = { minimum: 1, maximum: 4 };
    const edges = (bins: number[]) => ({ name: 'x', type: 'integer', constraints: limits, privacy: { bins } });
    expect(field(edges([1, 3, 5])).domain).toMatchObject({ bounds: { value: limits }, edges: [1, 3, 5] });
    expect(field(edges([1, 3, 4])).domain).toMatchObject({ edges: [1, 3, 4] });
    expect(problem(edges([1, 3, 6]))).toMatch(/start at the minimum and end at the maximum/);
    expect(problem(edges([0, 3, 4]))).toMatch(/start at the minimum/);
  });

  it('set precision by multipleOf, precision or the declared decimals', () => {
    const number = (constraints: object, privacy: object = {}) =>
      field({ name: 'x', type: 'number', constraints: { minimum: 0, maximum: 1, ...constraints }, privacy }).domain;
    expect(number({})).toMatchObject({ precision: 0.01 });
    expect(number({ multipleOf: 0.25 })).toMatchObject({ precision: 0.25 });
    expect(number({}, { precision: 0.001 })).toMatchObject({ precision: 0.001 });
    expect(number({ minimum: 0.0005 })).toMatchObject({ precision: 0.0001 });
    expect(number({ minimum: undefined, exclusiveMinimum: 0 })).toMatchObject({ bounds: { value: { minimum: 0.01 } } });
  });

  it('say learn, role, other and format', () => {
    expect(field({ name: 'city', type: 'string', privacy: { categories: 'learn' } })).toMatchObject({
      domain: { categories: { status: 'learn' } },
      outOfDomain: 'other',
      otherLabel: 'other',
    });
    expect(field({ name: 'x', type: 'number', privacy: { bounds: 'learn' } }).domain).toMatchObject({
      bounds: { status: 'learn' },
    });
    expect(field({ ...AGE, privacy: { role: ['protected', 'quasi-identifier'] } }).roles).toEqual([
      'protected',
      'quasi-identifier',
    ]);
    expect(field({ name: 'k', type: 'string', privacy: { role: 'identifier', format: 'uuid' } }).domain).toEqual({
      kind: 'identifier',
      format: 'uuid',
    });
    expect(
      field({
        name: 'c',
        type: 'string',
        constraints: { enum: ['a'], required: true },
        privacy: { outOfDomain: 'other', otherLabel: 'rest' },
      }),
    ).toMatchObject({ outOfDomain: 'other', otherLabel: 'rest' });
  });
});

describe('privacy additions of the table', () => {
  it('declare the unit and the population', () => {
    const fields = [AGE, { name: 'patient', type: 'string', privacy: { role: 'identifier' } }];
    const schema = parseSchema(
      { fields, privacy: { unit: { entity: 'patient', maxRows: 3 }, population: 1000 } },
      'test',
    );
    expect(schema.unit).toEqual({ kind: 'entity', key: ['patient'], maxRows: 3 });
    expect(schema.population).toBe(1000);
  });
});

describe('refusals name field, found, allowed and remedy', () => {
  const cases: readonly (readonly [string, object, object, RegExp])[] = [
    [
      'unknown type',
      { name: 'age', type: 'numbr' },
      {},
      /field "age": type is "numbr"; types are string, integer, number, boolean, date, datetime/,
    ],
    ['any', { name: 'age', type: 'any' }, {}, /type is "any"; types are/],
    ['object', { name: 'age', type: 'object' }, {}, /type is "object"; types are/],
    ['no name', { type: 'string' }, {}, /field number 1: name is absent/],
    ['no facts', { name: 'city', type: 'string' }, {}, /field "city" has neither .* "learn"/],
    ['no bounds', { name: 'x', type: 'number' }, {}, /field "x" has no constraints.minimum .* "learn"/],
    ['half a bound', { name: 'x', type: 'number', constraints: { minimum: 1 } }, {}, /constraints.maximum is absent/],
    [
      'swapped bounds',
      { name: 'x', type: 'integer', constraints: { minimum: 2, maximum: 1 } },
      {},
      /minimum is above the maximum/,
    ],
    [
      'bounds off the grid',
      { name: 'x', type: 'number', constraints: { minimum: 0, maximum: 1, multipleOf: 0.3 } },
      {},
      /whole number of steps/,
    ],
    [
      'text bound',
      { name: 'x', type: 'number', constraints: { minimum: 'a', maximum: 1 } },
      {},
      /minimum is "a"; it must be a number/,
    ],
    [
      'impossible date',
      { name: 'd', type: 'date', constraints: { minimum: '2023-02-29', maximum: '2024-01-01' } },
      {},
      /minimum is "2023-02-29"; it must be a date/,
    ],
    ['falling edges', { name: 'x', type: 'number', privacy: { bins: [0, 2, 1] } }, {}, /holds 1 after 2; edges ascend/],
    ['unknown privacy key', { ...AGE, privacy: { rol: 'target' } }, {}, /unknown key "rol"; keys are role, categories/],
    [
      'unknown constraint',
      { ...AGE, constraints: { minimun: 0 } },
      {},
      /unknown key "minimun"; keys are required, enum, minimum/,
    ],
    ['unknown role', { ...AGE, privacy: { role: 'secret' } }, {}, /privacy.role is "secret"; roles are identifier/],
    ['misspelt privacy', { ...AGE, Privacy: {} }, {}, /key "Privacy"; if you mean "privacy"/],
    ['misspelt constraints', { ...AGE, constraint: {} }, {}, /key "constraint"; if you mean "constraints"/],
    ['misspelt table privacy', AGE, { privcy: {} }, /key "privcy"; if you mean "privacy"/],
    [
      'unknown table privacy',
      AGE,
      { privacy: { publicTables: [] } },
      /unknown key "publicTables"; keys are unit, population/,
    ],
    ['bad unit', AGE, { privacy: { unit: 'person' } }, /privacy.unit is "person"; it must be "row" or/],
    [
      'stray unit',
      AGE,
      { privacy: { unit: { entity: 'x', maxRows: 2 } } },
      /privacy.unit.entity is "x"; fields are age/,
    ],
    ['stray key', AGE, { primaryKey: 'x' }, /primaryKey is "x"; fields are age/],
    ['listed twice', { name: 'c', type: 'string', constraints: { enum: ['a', ' a'] } }, {}, /"a" is listed twice/],
    [
      'missing listed',
      { name: 'c', type: 'string', constraints: { enum: ['a', ''] } },
      {},
      /"" is listed as a value and in missingValues/,
    ],
    [
      'list and learn',
      { name: 'c', type: 'string', constraints: { enum: ['a'] }, privacy: { categories: 'learn' } },
      {},
      /take one of the two out/,
    ],
    ['bounds and learn', { ...AGE, privacy: { bounds: 'learn' } }, {}, /take one of the two out/],
    [
      'missing in a required field',
      { name: 'c', type: 'string', constraints: { enum: ['a'], required: true }, privacy: { outOfDomain: 'missing' } },
      {},
      /without constraints.required/,
    ],
    ['other in a numeric field', { ...AGE, privacy: { outOfDomain: 'other' } }, {}, /allows "fallback" only/],
    [
      'label that is a category',
      { name: 'c', type: 'string', constraints: { enum: ['other'] }, privacy: { outOfDomain: 'other' } },
      {},
      /set privacy.otherLabel/,
    ],
    [
      'pattern without a day',
      { name: 'd', type: 'date', format: '%Y-%m', constraints: { minimum: '2000-01-01', maximum: '2000-01-02' } },
      {},
      /must hold a year, a month and a day/,
    ],
    [
      'unknown directive',
      { name: 'd', type: 'date', format: '%Y-%m-%d %Q', constraints: { minimum: '2000-01-01', maximum: '2000-01-02' } },
      {},
      /directives are %Y/,
    ],
    [
      'one text for both',
      { name: 'b', type: 'boolean', trueValues: ['x'], falseValues: ['x'] },
      {},
      /in trueValues and in falseValues/,
    ],
  ];
  it.each(cases)('%s', (_, file, table, expected) => {
    expect(problem(file, table)).toMatch(expected);
  });

  it('two fields of one name, no fields, and things that are no schema', () => {
    expect(checkSchema({ fields: [AGE, AGE] }).problems[0]).toMatch(/"age" is listed twice/);
    expect(checkSchema({ fields: [] }).problems[0]).toMatch(/fields is \[\]; it must list at least one field/);
    expect(checkSchema([1, 2]).problems[0]).toMatch(/the schema is a list; a schema is an object/);
    expect(checkSchema({}).problems[0]).toMatch(/fields is absent/);
  });

  it('drafts until each fact is confirmed, except where asked', () => {
    const draft = { fields: [{ ...AGE, privacy: { unconfirmed: ['bounds'] } }] };
    expect(() => parseSchema(draft, 'd.json')).toThrow(
      expect.objectContaining({ kind: 'input', code: 'schema.unconfirmed' }),
    );
    expect(() => parseSchema(draft, 'd.json')).toThrow(/field "age": bounds came from the data and is not confirmed/);
    expect(parseSchema(draft, 'd.json', { allowUnconfirmed: true }).fields).toHaveLength(1);
  });
});

describe('schema files', () => {
  it('that are absent, a folder or not JSON fail with one line that quotes nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tabveil-schema-'));
    const table = join(folder, 'table.csv');
    await writeFile(table, 'name\nSECRET-CELL\n');
    await expect(readSchema(join(folder, 'none.json'))).rejects.toThrow(/there is no such file/);
    await expect(readSchema(folder)).rejects.toThrow(/this is a folder/);
    const failure = await readSchema(table).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TabveilError);
    expect(String(failure)).toMatch(/not JSON/);
    expect(String(failure)).not.toMatch(/SECRET|name/);
  });

  it('have one canonical text whatever the order of their keys', () => {
    const a = parseSchema({ fields: [AGE], title: 'x' }, 'a');
    const b = parseSchema(
      JSON.parse(
        '{"title":"x","fields":[{"constraints":{"required":true,"maximum":120,"minimum":0},"type":"integer","name":"age"}]}',
      ),
      'b',
    );
    expect(a.canonical).toBe(b.canonical);
  });
});

const adult = sharedTable('adult');
describe('shared tables', () => {
  it.skipIf(adult === undefined)('have schemas with the fixed public bins (skipped: ../shared/data is absent)', () => {
    for (const name of ['adult', 'bank', 'german', 'titanic'] as const) {
      const table = sharedTable(name);
      if (table === undefined) continue;
      const schema = parseSchema(table.schema, name);
      expect(schema.fields.map((item) => item.name)).toContain(table.target);
    }
    const age = parseSchema(adult?.schema, 'adult').fields.find((item) => item.name === 'age');
    expect(age?.domain).toMatchObject({ bounds: { value: { minimum: 16, maximum: 111 } }, precision: 1 });
  });
});
