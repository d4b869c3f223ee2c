import type { EvaluationTables } from '../../src/evaluation/aligned-tables.ts';
import type { Field, TableSchema } from '../../src/table/schema.ts';
import { schemaOf, tableFromTexts } from './evaluation-tables.ts';

/** Three small tables of four columns whose synthetic rows follow the real ones roughly. */
export function smallEvaluation(category = 'x'): { readonly schema: TableSchema; readonly tables: EvaluationTables } {
  const schema = schemaOf([
    categorical('city', [category, 'y', 'z']),
    { ...categorical('member', ['false', 'true']), type: 'boolean' },
    numeric('age', 0, 100),
    { ...categorical('income', ['low', 'high']), roles: ['target'] },
  ]);
  const rows = (count: number, shift: number) =>
    Array.from({ length: count }, (_, row) => [
      [category, 'y', 'z', ''][(row * 7 + shift) % 4] ?? '',
      row % 3 === 0 ? 'true' : 'false',
      row % 11 === 0 ? '' : String((row * 37 + shift * 5) % 100),
      (row * 37) % 100 > 60 ? 'high' : 'low',
    ]);
  const table = (count: number, shift: number) =>
    tableFromTexts(schema, ['city', 'member', 'age', 'income'], rows(count, shift));
  return { schema, tables: { real: table(120, 0), synthetic: table(100, 1), holdout: table(60, 2) } };
}

export function categorical(name: string, values?: readonly string[]): Field {
  return {
    name,
    type: 'string',
    roles: [],
    nullable: true,
    outOfDomain: 'missing',
    domain: {
      kind: 'categorical',
      categories: values ? { status: 'public', value: values } : { status: 'learn' },
      ordered: false,
    },
  };
}

export function numeric(name: string, minimum?: number, maximum?: number): Field {
  return {
    name,
    type: 'number',
    roles: [],
    nullable: true,
    outOfDomain: 'missing',
    domain: {
      kind: 'numeric',
      bounds:
        minimum === undefined || maximum === undefined
          ? { status: 'learn' }
          : { status: 'public', value: { minimum, maximum } },
      precision: 1,
    },
  };
}
