import { z } from 'zod';
import { TabveilError } from '../errors.ts';
import type { SchemaDraft } from './draft-schema.ts';

const column = z.looseObject({
  /** Kind of data; `type` in metadata older than version 1. */
  sdtype: z.string().optional(),
  type: z.string().optional(),
  subtype: z.string().optional(),
  computer_representation: z.string().optional(),
  datetime_format: z.string().optional(),
  format: z.string().optional(),
  order: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
});
const table = z.looseObject({
  columns: z.record(z.string(), column).optional(),
  fields: z.record(z.string(), column).optional(),
  primary_key: z.union([z.string(), z.array(z.string())]).nullish(),
});
const METADATA = table.extend({ tables: z.record(z.string(), table).optional() });

type SdvTable = z.infer<typeof table>;
type SdvColumn = z.infer<typeof column>;

/** A schema made from another tool's metadata, and what to know about it. */
export interface ImportedSchema {
  readonly schema: SchemaDraft;
  /** One sentence per choice that somebody should look at. */
  readonly notes: readonly string[];
}

/**
 * A schema from SDV metadata (single-table and multi-table, version 1, and the older `fields`). SDV metadata holds kinds of
 * columns but no values and no limits, so those are set to be learned from the budget; ordered categories are listed.
 * @param tableName which table of multi-table metadata.
 * @throws TabveilError (input) when the value is not SDV metadata; (usage) when `tableName` is needed or unknown.
 */
export function importSdv(value: unknown, label: string, tableName?: string): ImportedSchema {
  const parsed = METADATA.safeParse(value);
  if (!parsed.success) throw notSdv(label);
  const chosen = chooseTable(parsed.data, label, tableName);
  const columns = Object.entries(chosen.columns ?? chosen.fields ?? {});
  if (columns.length === 0) throw notSdv(label);
  const notes: string[] = [];
  const fields = columns.map(([name, item]) => importColumn(name, item, notes));
  const key = chosen.primary_key ?? undefined;
  return {
    schema: {
      fields,
      missingValues: [''],
      ...(key === undefined ? {} : { primaryKey: key }),
      privacy: { unit: 'row' },
    },
    notes,
  };
}

function notSdv(label: string): TabveilError {
  return new TabveilError(
    'input',
    'schema.not-sdv',
    `${label}: this is not SDV metadata; it is a JSON object with "columns" (or "tables"), each column with an "sdtype".`,
  );
}

function chooseTable(metadata: z.infer<typeof METADATA>, label: string, tableName: string | undefined): SdvTable {
  if (metadata.tables === undefined) return metadata;
  const names = Object.keys(metadata.tables);
  const name = tableName ?? (names.length === 1 ? names[0] : undefined);
  const found = name === undefined || !Object.hasOwn(metadata.tables, name) ? undefined : metadata.tables[name];
  if (found !== undefined) return found;
  const problem = name === undefined ? 'it describes several tables' : `it has no table "${name}"`;
  throw new TabveilError(
    'usage',
    'schema.sdv-table',
    `${label}: ${problem}; choose one with --table: ${names.join(', ')}.`,
  );
}

function importColumn(name: string, item: SdvColumn, notes: string[]): object {
  const kind = item.sdtype ?? item.type ?? 'unknown';
  switch (kind) {
    case 'numerical': {
      const isInteger = /int/i.test(item.computer_representation ?? item.subtype ?? '');
      return { name, type: isInteger ? 'integer' : 'number', privacy: { bounds: 'learn' } };
    }
    case 'categorical':
      return item.order === undefined
        ? { name, type: 'string', privacy: { categories: 'learn' } }
        : { name, type: 'string', constraints: { enum: item.order }, categoriesOrdered: true };
    case 'boolean':
      return { name, type: 'boolean' };
    case 'datetime':
    case 'date':
      return importDatetime(name, item.datetime_format ?? item.format);
    case 'unknown':
      notes.push(`column "${name}" is of unknown kind; its values will be learned as categories`);
      return { name, type: 'string', privacy: { categories: 'learn' } };
    case 'id':
      return { name, type: 'string', privacy: { role: 'identifier' } };
    default:
      notes.push(
        `column "${name}" (${kind}) names people or holds free text; it becomes an identifier: never read, generated fresh`,
      );
      return { name, type: 'string', privacy: { role: 'identifier' } };
  }
}

/** A format without hours is a date. */
function importDatetime(name: string, format: string | undefined): object {
  const type = format !== undefined && !/%[HIMSpfTXc]/.test(format) ? 'date' : 'datetime';
  const isIso = format === undefined || /^%Y-%m-%d([T ]%H:%M(:%S)?)?$/.test(format);
  return { name, type, ...(isIso ? {} : { format }), privacy: { bounds: 'learn' } };
}
