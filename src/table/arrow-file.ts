import { readFile } from 'node:fs/promises';
import { tableFromIPC } from 'apache-arrow';
import type { Table } from './columns.ts';
import { fromArrow } from './from-arrow.ts';
import { fieldsToRead } from './read-fields.ts';
import type { TableSchema } from './schema.ts';
import { sealReadFailure } from './table-errors.ts';
import { matchColumns, type TableSource } from './table-source.ts';

/**
 * Reads an Arrow IPC file or stream; the whole file is held in memory.
 * @throws TabveilError (input) when the file is not Arrow or lacks a column of the schema.
 */
export async function readArrow(
  path: string,
  schema: TableSchema,
  identifiers: readonly string[] = [],
): Promise<Table> {
  try {
    const arrow = tableFromIPC(await readFile(path));
    const names = arrow.schema.fields.map((field) => field.name);
    if (names.length === 0) throw new TypeError('no columns');
    const columns = names.map((name) => ({ name, sql: '', physical: '' }));
    const source: TableSource = { format: 'Arrow', relation: '', columns, isNullEmptyText: false };
    matchColumns(
      path,
      source,
      fieldsToRead(schema, identifiers).map((field) => field.name),
    );
    return fromArrow(arrow, schema, { identifiers });
  } catch (error) {
    throw sealReadFailure(path, 'Arrow', error);
  }
}
