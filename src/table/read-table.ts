import { cellSql } from './cell-sql.ts';
import { type ColumnCollector, collectorFor } from './column-collector.ts';
import type { Table } from './columns.ts';
import { type DuckDbSession, withDuckDb } from './duckdb-session.ts';
import { fieldsToRead } from './read-fields.ts';
import type { Field, TableSchema } from './schema.ts';
import { explainReadFailure, tableError } from './table-errors.ts';
import { matchColumns, openSource, type TableFormat, tableFormat } from './table-source.ts';

/** What else to read, and how to stop. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Names of identifier fields to read after all (the key of an entity); others are never read. */
  readonly identifiers?: readonly string[];
}

/**
 * Reads a CSV, Parquet, JSON or Arrow file into typed columns as its schema says. Order of columns is free, other columns are
 * ignored, rows keep their order.
 *
 * Values never make it fail: unreadable numbers and dates become NaN, unlisted texts `UNLISTED_CODE`, missing ones
 * `MISSING_CODE` or NaN. Whitespace around texts does not count.
 * @throws TabveilError (input) for structural faults only: no such file, a folder, an empty file, no rows, ragged lines,
 * a wrong separator, invalid UTF-8, repeated names, absent columns.
 *
 * **Privacy**: the result is private and belongs behind the door. Messages hold no cell and no number that depends on the
 * rows. That a table has no rows at all is revealed by the refusal to read it.
 *
 * **Cost**: one pass; 8 bytes per number and 4 per category.
 */
export async function readTable(path: string, schema: TableSchema, options: ReadOptions = {}): Promise<Table> {
  const format = await tableFormat(path);
  const table =
    format === 'Arrow'
      ? await readArrowFile(path, schema, options)
      : await readThroughDuckDb(path, format, schema, options);
  if (table.rowCount === 0) throw tableError(path, 'no-rows', 'the table has no rows; it must hold at least one.');
  return table;
}

async function readArrowFile(path: string, schema: TableSchema, options: ReadOptions): Promise<Table> {
  const { readArrow } = await import('./arrow-file.ts');
  options.signal?.throwIfAborted();
  return readArrow(path, schema, options.identifiers);
}

async function readThroughDuckDb(
  path: string,
  format: Exclude<TableFormat, 'Arrow'>,
  schema: TableSchema,
  { signal, identifiers = [] }: ReadOptions,
): Promise<Table> {
  const fields = fieldsToRead(schema, identifiers);
  const read = (session: DuckDbSession) => streamFields({ session, path, format, schema, fields, signal });
  try {
    return await withDuckDb(read, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw await explainReadFailure(path, format, error);
  }
}

interface StreamJob {
  readonly session: DuckDbSession;
  readonly path: string;
  readonly format: Exclude<TableFormat, 'Arrow'>;
  readonly schema: TableSchema;
  readonly fields: readonly Field[];
  readonly signal: AbortSignal | undefined;
}

async function streamFields({ session, path, format, schema, fields, signal }: StreamJob): Promise<Table> {
  const source = await openSource(path, format, session);
  const columns = matchColumns(
    path,
    source,
    fields.map((field) => field.name),
  );
  const context = { missingValues: schema.missingValues, isNullEmptyText: source.isNullEmptyText };
  const cells = fields.flatMap((field, index) => {
    const column = columns[index];
    return column === undefined ? [] : [cellSql(field, column, context)];
  });
  const collectors = cells.map((cell, index) => collectorFor(cell, declaredCategories(fields[index])));
  // The constant keeps the query valid, and the rows counted, when every field is an identifier.
  const selected = ['0::INTEGER', ...cells.map((cell) => cell.sql)].map((sql, index) => `${sql} AS r${index}`);
  const rowCount = await collect(session, `SELECT ${selected.join(', ')} FROM ${source.relation}`, collectors, signal);
  return {
    rowCount,
    columns: new Map(
      fields.flatMap((field, index) => {
        const collector = collectors[index];
        return collector === undefined ? [] : [[field.name, collector.finish()] as const];
      }),
    ),
  };
}

function declaredCategories(field: Field | undefined): readonly string[] {
  const domain = field?.domain;
  return domain?.kind === 'categorical' && domain.categories.status === 'public' ? domain.categories.value : [];
}

async function collect(
  session: DuckDbSession,
  sql: string,
  collectors: readonly ColumnCollector[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const result = await session.stream(sql);
  let rowCount = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return rowCount;
    signal?.throwIfAborted();
    const rows = chunk.rowCount;
    collectors.forEach((collector, index) => {
      collector.append(chunk.getColumnVector(index + 1), rows);
    });
    rowCount += rows;
  }
}
