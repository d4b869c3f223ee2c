import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A schema without any private fact to learn: every field declares its domain. */
export const SMALL_SCHEMA = {
  fields: [
    { name: 'city', type: 'string', constraints: { required: true, enum: ['north', 'south', 'west'] } },
    { name: 'age', type: 'integer', constraints: { required: true, minimum: 0, maximum: 99 } },
    { name: 'member', type: 'boolean', constraints: { required: true } },
  ],
};

/** Header and rows of a table of that schema; no two calls differ. */
export function smallTableText(rows = 300): string {
  const cities = ['north', 'south', 'west'];
  const lines = Array.from(
    { length: rows },
    (_, row) => `${cities[(row * row) % 3]},${(row * 37) % 100},${row % 4 === 0 ? 'true' : 'false'}`,
  );
  return ['city,age,member', ...lines, ''].join('\n');
}

/** Writes `people.csv` and `people.schema.json` to a folder and returns their paths. */
export function writeSmallTable(folder: string, rows?: number): { readonly table: string; readonly schema: string } {
  const table = join(folder, 'people.csv');
  const schema = join(folder, 'people.schema.json');
  writeFileSync(table, smallTableText(rows));
  writeFileSync(schema, JSON.stringify(SMALL_SCHEMA));
  return { table, schema };
}
