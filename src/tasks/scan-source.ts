import { TabveilError } from '../errors.ts';
import type { ColumnTexts } from '../evaluation/scan/scan-columns.ts';
import type { TripRows } from '../evaluation/scan/trip-log.ts';
import { trimmedText } from '../table/cell-sql.ts';
import { type DuckDbSession, sqlName, sqlText, withDuckDb } from '../table/duckdb-session.ts';
import type { Field } from '../table/schema.ts';
import { explainReadFailure } from '../table/table-errors.ts';
import { openSource, refuseUnusableNames, tableFormat } from '../table/table-source.ts';

/** Distinct values of a column that patterns and digests are looked for in. */
const MAX_VALUES = 200_000;

/** A table held as texts in memory for questions that a scan asks. */
export interface ScanTable {
  readonly rows: number;
  readonly names: readonly string[];
  readonly readColumn: (name: string) => Promise<ColumnTexts>;
  /** How many classes of rows with equal values in these columns there are, by class size; missing is a value. */
  readonly classSizes: (names: readonly string[]) => Promise<ReadonlyMap<number, number>>;
  /**
   * Rows with a pseudonym as numbers of entities and of points: times cut to the hour, decimal numbers to 0.01, other texts
   * as they are. Rows without any part of a point are left out.
   */
  readonly readTrips: (entity: string, points: readonly string[]) => Promise<TripRows>;
}

/** What is known about the columns. */
export interface ScanSchema {
  readonly fields: readonly Field[];
  readonly missingValues: readonly string[];
}

/**
 * Reads a table as texts and hands it to `work`; the copy in memory is gone afterwards.
 * @throws TabveilError (input) for structural faults of the file, as `readTable` does.
 */
export async function withScanTable<T>(
  path: string,
  options: { readonly schema?: ScanSchema; readonly signal?: AbortSignal | undefined },
  work: (table: ScanTable) => Promise<T>,
): Promise<T> {
  const format = await tableFormat(path);
  if (format === 'Arrow') {
    throw new TabveilError(
      'input',
      'scan.format',
      `${path}: this is an Arrow file; scans read CSV, Parquet and JSON; convert the table first.`,
    );
  }
  return withDuckDb(async (session) => {
    const table = await loadTexts(session, path, format, options).catch(async (error: unknown) => {
      options.signal?.throwIfAborted();
      throw await explainReadFailure(path, format, error);
    });
    return work(table);
  }, options.signal);
}

async function loadTexts(
  session: DuckDbSession,
  path: string,
  format: 'CSV' | 'Parquet' | 'JSON',
  { schema }: { readonly schema?: ScanSchema },
): Promise<ScanTable> {
  const source = await openSource(path, format, session);
  refuseUnusableNames(path, source);
  const missing = (schema?.missingValues ?? ['']).map(sqlText).join(', ');
  const cells = source.columns.map((column, index) => {
    const text = trimmedText(column);
    return `CASE WHEN ${text} IN (${missing}) THEN NULL ELSE ${text} END AS ${sqlName(`c${index}`)}`;
  });
  await session.rows(`CREATE TABLE scan AS SELECT ${cells.join(', ')} FROM ${source.relation}`);
  const [[rows = '0'] = []] = (await session.rows('SELECT count(*) FROM scan')) as [[string]];
  const names = source.columns.map((column) => column.name);
  const column = (name: string) => sqlName(`c${names.indexOf(name)}`);
  return {
    rows: Number(rows),
    names,
    readColumn: (name) => readColumn(session, { name, sql: column(name), rows: Number(rows), schema }),
    classSizes: async (keys) => {
      const list = keys.map(column).join(', ');
      const sql = `SELECT size, count(*) FROM (SELECT count(*) AS size FROM scan GROUP BY ${list}) GROUP BY size ORDER BY size`;
      return new Map((await session.rows(sql)).map(([size, classes]) => [Number(size), Number(classes)]));
    },
    readTrips: async (entity, points) => {
      const parts = points.map((name) => `coalesce(${coarsePoint(column(name))}, '')`).join(', ');
      const present = points.map((name) => `${column(name)} IS NOT NULL`).join(' OR ');
      const rank = (what: string) => `dense_rank() OVER (ORDER BY ${what}) - 1`;
      const rows = await session.rows(
        `SELECT ${rank(column(entity))}, ${rank(`concat_ws(chr(31), ${parts})`)} FROM scan WHERE ${column(entity)} IS NOT NULL AND (${present})`,
      );
      const numbers = (at: number) => Int32Array.from(rows, (row) => Number(row[at]));
      return { entities: numbers(0), points: numbers(1) };
    },
  };
}

/** What an outsider may know of a time or a place: the hour, about a kilometre, or the text. */
function coarsePoint(column: string): string {
  const time = `strftime(date_trunc('hour', try_cast(${column} AS TIMESTAMP)), '%Y-%m-%dT%H')`;
  const decimal = `CASE WHEN contains(${column}, '.') THEN round(try_cast(${column} AS DOUBLE), 2)::VARCHAR END`;
  return `coalesce(${time}, ${decimal}, ${column})`;
}

async function readColumn(
  session: DuckDbSession,
  what: { readonly name: string; readonly sql: string; readonly rows: number; readonly schema: ScanSchema | undefined },
): Promise<ColumnTexts> {
  const { name, sql, rows, schema } = what;
  const groups = `SELECT ${sql} AS v, count(*) AS n FROM scan WHERE ${sql} IS NOT NULL GROUP BY ${sql}`;
  const [counts] = await session.rows(`SELECT coalesce(sum(n), 0), count(*), count(*) FILTER (n = 1) FROM (${groups})`);
  const [present = 0, distinct = 0, once = 0] = (counts ?? []).map(Number);
  // In hash order, so that a part of the values is no particular part.
  const values = await session.rows(`SELECT v FROM (${groups}) ORDER BY hash(v), v LIMIT ${MAX_VALUES}`);
  const roles = schema?.fields.find((field) => field.name === name)?.roles ?? [];
  const isIdentifier =
    schema?.fields.some((field) => field.name === name && field.domain.kind === 'identifier') ?? false;
  return {
    name,
    rows,
    present,
    distinct,
    once,
    values: values.map(([value]) => value ?? ''),
    roles: isIdentifier && !roles.includes('identifier') ? [...roles, 'identifier'] : roles,
  };
}
