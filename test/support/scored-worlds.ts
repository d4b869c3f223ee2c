import { resolve } from 'node:path';
import { generateHiring } from '../../datasets/hiring/generate.mjs';
import { generateLending } from '../../datasets/lending/generate.mjs';
import type { Table } from '../../src/table/columns.ts';
import type { TableSchema } from '../../src/table/schema.ts';
import { readSchema } from '../../src/table/schema-file.ts';
import { tableFromTexts } from './evaluation-tables.ts';

/** Cells of a table as texts, by column. */
export type Texts = Readonly<Record<string, readonly string[]>>;

const GENERATORS = { hiring: generateHiring, lending: generateLending } as const;
/** Simulated worlds whose scores by the public scoring script are stored. */
export type ScoredWorld = keyof typeof GENERATORS;

/** Rows of a simulated world as its generator writes them. */
export function worldTexts(world: ScoredWorld, rows: number, seed: number): Texts {
  const columns: Readonly<Record<string, readonly (string | number | boolean | null)[]>> = GENERATORS[world](
    rows,
    seed,
  );
  return Object.fromEntries(
    Object.entries(columns).map(([name, cells]) => [name, cells.map((cell) => String(cell ?? ''))]),
  );
}

/** A table of texts by the schema. */
export function tableOfTexts(schema: TableSchema, texts: Texts): Table {
  const names = Object.keys(texts);
  const rows = Array.from({ length: texts[names[0] ?? '']?.length ?? 0 }, (_, row) =>
    names.map((name) => texts[name]?.[row] ?? ''),
  );
  return tableFromTexts(schema, names, rows);
}

/** A world's schema as the script sees it: no dates, and the target predicted from all other columns, later ones too. */
export async function schemaOfScript(world: ScoredWorld): Promise<TableSchema> {
  const schema = await readSchema(resolve(import.meta.dirname, '../../datasets', world, 'schema.json'));
  const fields = schema.fields.filter(({ type }) => type !== 'date' && type !== 'datetime');
  return {
    ...schema,
    fields: fields.map((field) => ({ ...field, roles: field.roles.filter((role) => role !== 'outcome') })),
  };
}
