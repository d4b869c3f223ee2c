import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Canary, integerCanary, numberCanary, textCanary } from './canary.ts';

/** A schema with a column of every kind; `note` and `row` of the table are not in it. */
export const CANARY_SCHEMA = {
  fields: [
    { name: 'id', type: 'string', privacy: { role: 'identifier' } },
    { name: 'account', type: 'integer', privacy: { role: 'identifier' } },
    { name: 'city', type: 'string', constraints: { enum: ['north', 'south', 'west'] } },
    { name: 'town', type: 'string', constraints: { required: true }, privacy: { categories: 'learn' } },
    { name: 'age', type: 'integer', constraints: { required: true, minimum: 0, maximum: 99 } },
    { name: 'pay', type: 'number', constraints: { minimum: 0, maximum: 1_000_000 }, privacy: { precision: 2 } },
    { name: 'height', type: 'number', privacy: { bounds: 'learn', precision: 0.5 } },
    { name: 'member', type: 'boolean', constraints: { required: true } },
    { name: 'born', type: 'date', constraints: { minimum: '1930-01-01', maximum: '2020-12-31' } },
    {
      name: 'seen',
      type: 'datetime',
      constraints: { minimum: '2020-01-01T00:00:00Z', maximum: '2024-12-31T23:59:59Z' },
    },
  ],
} as const;

const COLUMNS = [...CANARY_SCHEMA.fields.map(({ name }) => name), 'note'] as const;
type Column = (typeof COLUMNS)[number];

/** A private table with canaries in every place where one could be. */
export interface CanaryTable {
  readonly table: string;
  readonly schema: string;
  readonly canaries: readonly Canary[];
}

/** Makes the canary of a column: one that its type can read as a value, where it has one. */
const CANARIES: Readonly<Record<string, readonly [Column, () => Canary]>> = {
  'a text in an identifier': ['id', () => textCanary('id')],
  'a number in an identifier': ['account', () => integerCanary('account')],
  'an unlisted category': ['city', () => textCanary('city')],
  'a category of one row': ['town', () => textCanary('town')],
  'an integer out of bounds': ['age', () => integerCanary('age')],
  'a number with more decimals': ['pay', () => numberCanary('pay', 1000, 900_000)],
  'a huge number': ['pay', () => integerCanary('huge pay')],
  'a number beyond all others': ['height', () => integerCanary('height')],
  'an unreadable boolean': ['member', () => textCanary('member')],
  'an unreadable date': ['born', () => textCanary('born')],
  'an unreadable datetime': ['seen', () => integerCanary('seen')],
  'free text beside the schema': ['note', () => textCanary('note')],
};

/** One row of honest looking cells. */
function ordinaryRow(row: number): Record<Column, string> {
  return {
    id: `p${Math.floor(row / 3)}`,
    account: String(1000 + row),
    city: ['north', 'south', 'west'][(row * row) % 3] ?? 'north',
    town: ['Ulm', 'Bern'][row % 2] ?? 'Ulm',
    age: String((row * 37) % 100),
    pay: row % 5 === 0 ? '' : `${(row * 7919) % 90_000}.25`,
    height: String(150 + (row % 50)),
    member: row % 4 === 0 ? 'true' : 'false',
    born: `19${50 + (row % 40)}-0${1 + (row % 9)}-15`,
    seen: `2022-03-${10 + (row % 18)}T10:00:00Z`,
    note: 'nothing',
  };
}

/** Writes a table of `rows` rows of which some hold a canary, and its schema. */
export function writeCanaryTable(folder: string, rows = 300): CanaryTable {
  const planted = Object.values(CANARIES).map(([column, make]) => ({ column, canary: make() }));
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = ordinaryRow(row);
    const plant = planted[row % 17 === 3 ? Math.floor(row / 17) : planted.length];
    if (plant !== undefined) cells[plant.column] = plant.canary.text;
    return COLUMNS.map((name) => cells[name]).join(',');
  });
  const [table, schema] = [join(folder, 'people.csv'), join(folder, 'people.schema.json')];
  writeFileSync(table, [COLUMNS.join(','), ...lines, ''].join('\n'));
  writeFileSync(schema, JSON.stringify(CANARY_SCHEMA));
  return { table, schema, canaries: planted.map(({ canary }) => canary) };
}
