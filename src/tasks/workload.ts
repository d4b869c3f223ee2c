import { readFile } from 'node:fs/promises';
import { describeReadFailure, TabveilError } from '../errors.ts';
import type { QueryResult, WorkloadAnswer } from '../evaluation/usefulness/workload.ts';
import { trimmedText } from '../table/cell-sql.ts';
import { type DuckDbSession, sqlName, sqlText, withDuckDb } from '../table/duckdb-session.ts';
import type { Field, TableSchema } from '../table/schema.ts';
import { matchColumns, openSource, type SourceColumn, tableFormat } from '../table/table-source.ts';
import type { TablePaths } from './evaluation-files.ts';

/** Name under which queries see the table. */
const TABLE_NAME = 'data';

/**
 * Queries of a file, one per statement; comments and empty statements are left out.
 * @throws TabveilError (input) when the file cannot be read or holds no query.
 */
export async function readQueries(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TabveilError(
      'input',
      'workload.unreadable',
      `${path}: ${describeReadFailure(error)}; name a file of SQL queries.`,
    );
  });
  const queries = text
    .replace(/--[^\n]*/g, '')
    .split(';')
    .map((query) => query.replace(/\s+/g, ' ').trim())
    .filter(Boolean);
  const bad = queries.find((query) => !/^(?:select|with)\b/i.test(query));
  if (bad !== undefined)
    throw new TabveilError(
      'input',
      'workload.statement',
      `${path}: "${bad.slice(0, 60)}" is not a query; write SELECT statements over the table "${TABLE_NAME}", separated by semicolons.`,
    );
  if (queries.length > 0) return queries;
  throw new TabveilError(
    'input',
    'workload.empty',
    `${path}: there is no query; write SELECT statements over the table "${TABLE_NAME}".`,
  );
}

/**
 * Answers every query on every table. Queries see one table, `data`, with the fields of the schema as numbers, dates and
 * texts; they reach no file.
 * @throws TabveilError (input) when a query fails; its own text is quoted, no cell is.
 */
export async function answerWorkload(
  queries: readonly string[],
  paths: TablePaths,
  options: { readonly schema: TableSchema; readonly signal: AbortSignal | undefined },
): Promise<readonly WorkloadAnswer[]> {
  const answer = (path: string) => answerOn(path, queries, options);
  const real = await answer(paths.realPath);
  const synthetic = await answer(paths.syntheticPath);
  const holdout = paths.holdoutPath === undefined ? undefined : await answer(paths.holdoutPath);
  return queries.map((query, at) => {
    const other = holdout?.[at];
    return {
      query,
      real: real[at] as QueryResult,
      synthetic: synthetic[at] as QueryResult,
      ...(other && { holdout: other }),
    };
  });
}

interface Asked {
  readonly schema: TableSchema;
  readonly signal: AbortSignal | undefined;
}

async function answerOn(
  path: string,
  queries: readonly string[],
  { schema, signal }: Asked,
): Promise<readonly QueryResult[]> {
  const format = await tableFormat(path);
  if (format === 'Arrow')
    throw new TabveilError(
      'input',
      'workload.format',
      `${path}: this is an Arrow file; queries are asked of CSV, Parquet and JSON; convert the table first.`,
    );
  return withDuckDb(async (session) => {
    const source = await openSource(path, format, session);
    const fields = schema.fields.filter((field) => field.domain.kind !== 'identifier');
    const columns = matchColumns(
      path,
      source,
      fields.map((field) => field.name),
    );
    const cells = fields.map((field, at) => typedCell(field, columns[at] as SourceColumn, schema));
    await session.rows(`CREATE TABLE ${TABLE_NAME} AS SELECT ${cells.join(', ')} FROM ${source.relation}`);
    // From here on queries written by the user run: they see this table and nothing else.
    await session.rows('SET enable_external_access = false');
    const [[tableRows = '0'] = []] = (await session.rows(`SELECT count(*) FROM ${TABLE_NAME}`)) as [[string]];
    const results: QueryResult[] = [];
    for (const query of queries) results.push(await ask(session, query, Number(tableRows)));
    return results;
  }, signal);
}

/** A field as a typed column; what cannot be read is NULL. */
function typedCell(field: Field, column: SourceColumn, schema: TableSchema): string {
  const text = trimmedText(column);
  const missing = schema.missingValues.map(sqlText).join(', ') || "''";
  const present = `CASE WHEN ${text} IN (${missing}) THEN NULL ELSE ${text} END`;
  const types = {
    string: 'VARCHAR',
    boolean: 'VARCHAR',
    integer: 'DOUBLE',
    number: 'DOUBLE',
    date: 'DATE',
    datetime: 'TIMESTAMP',
  } as const;
  return `try_cast(${present} AS ${types[field.type]}) AS ${sqlName(field.name)}`;
}

async function ask(session: DuckDbSession, query: string, tableRows: number): Promise<QueryResult> {
  const described = await session.rows(`DESCRIBE ${query}`).catch(() => {
    throw new TabveilError(
      'input',
      'workload.query',
      `query "${query.slice(0, 80)}" cannot be run; it is asked of the table "${TABLE_NAME}" with the fields of the schema.`,
    );
  });
  const columns = described.map(([name]) => name ?? '');
  const isNumber = described.map(([, type]) => /INT|DOUBLE|FLOAT|DECIMAL/.test(type ?? ''));
  const rows = await session.rows(query);
  return {
    columns,
    tableRows,
    rows: rows.map((row) => row.map((cell, at) => (cell !== null && isNumber[at] ? Number(cell) : cell))),
  };
}
