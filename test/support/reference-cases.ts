import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EvaluationTables } from '../../src/evaluation/aligned-tables.ts';
import type { Field, TableSchema } from '../../src/table/schema.ts';
import { readTable, SHARED, schemaOf } from './evaluation-tables.ts';
import { categorical, numeric } from './small-tables.ts';

const FOLDER = resolve(SHARED, 'reference/evaluation');

/** True where the reference tables are beside the project. */
export const hasReference = existsSync(FOLDER);

/** Names of the reference cases. */
export type CaseName = 'copies' | 'indep' | 'ctgan' | 'noisy' | 'dphist' | 'edge';

interface CaseFile {
  readonly real: string;
  readonly holdout: string | null;
  readonly syn: string;
  readonly columns: Readonly<Record<string, 'numerical' | 'categorical' | 'datetime' | 'boolean'>>;
}

/** A JSON file of reference values. */
export function readReference<T>(file: string): T {
  return JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8')) as T;
}

function fieldOf(name: string, kind: CaseFile['columns'][string]): Field {
  if (kind === 'numerical') return numeric(name);
  if (kind === 'datetime') return { ...numeric(name), type: 'date' };
  return { ...categorical(name), type: kind === 'boolean' ? 'boolean' : 'string' };
}

/** Tables and a schema that declares nothing but types, as the reference values were computed. */
export function readCase(name: CaseName): { readonly schema: TableSchema; readonly tables: EvaluationTables } {
  const spec = readReference<Record<CaseName, CaseFile>>('cases.json')[name];
  const schema = schemaOf(Object.entries(spec.columns).map(([column, kind]) => fieldOf(column, kind)));
  const read = (table: string) => readTable(resolve(FOLDER, 'tables', `${table}.csv`), schema);
  const holdout = spec.holdout === null ? {} : { holdout: read(spec.holdout) };
  return { schema, tables: { real: read(spec.real), synthetic: read(spec.syn), ...holdout } };
}
