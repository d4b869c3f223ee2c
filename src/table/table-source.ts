import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { describeReadFailure } from '../errors.ts';
import { readCsvHeader } from './csv-header.ts';
import { type DuckDbSession, sqlName, sqlPath, sqlText } from './duckdb-session.ts';
import { tableError } from './table-errors.ts';

/** File formats Tabveil reads, by extension. */
const FORMATS: Readonly<Record<string, TableFormat>> = {
  '.csv': 'CSV',
  '.tsv': 'CSV',
  '.txt': 'CSV',
  '.parquet': 'Parquet',
  '.pq': 'Parquet',
  '.json': 'JSON',
  '.jsonl': 'JSON',
  '.ndjson': 'JSON',
  '.arrow': 'Arrow',
  '.feather': 'Arrow',
  '.ipc': 'Arrow',
};

/** A format of table files. */
export type TableFormat = 'CSV' | 'Parquet' | 'JSON' | 'Arrow';

/** A column as DuckDB sees it. */
export interface SourceColumn {
  readonly name: string;
  /** SQL expression of its value. */
  readonly sql: string;
  /** DuckDB type; `VARCHAR` for text formats. */
  readonly physical: string;
}

/** A table file as a relation DuckDB can scan. */
export interface TableSource {
  readonly format: TableFormat;
  readonly relation: string;
  readonly columns: readonly SourceColumn[];
  /** True when an absent value reads as NULL although it means the empty text. */
  readonly isNullEmptyText: boolean;
}

/**
 * The format of an existing, non-empty table file.
 * @throws TabveilError (input) when there is no such file, it is a folder, it is empty, or its extension is unknown.
 */
export async function tableFormat(path: string): Promise<TableFormat> {
  const found: Stats = await stat(path).catch((error: unknown) => {
    throw tableError(path, 'absent', `${describeReadFailure(error)}; name a table file.`);
  });
  if (found.isDirectory()) throw tableError(path, 'folder', 'this is a folder; name a table file.');
  const extension = extname(path).toLowerCase();
  const format = FORMATS[extension];
  if (format === undefined) {
    const allowed = Object.keys(FORMATS).join(', ');
    throw tableError(path, 'extension', `the extension "${extension}" is not known; it must be ${allowed}.`);
  }
  if (found.size === 0) throw tableError(path, 'empty', 'the file is empty; it must hold column names and rows.');
  return format;
}

/** The relation of a CSV, Parquet or JSON file and its columns, found without looking at cells where the format allows. */
export async function openSource(
  path: string,
  format: Exclude<TableFormat, 'Arrow'>,
  session: DuckDbSession,
): Promise<TableSource> {
  const literal = sqlPath(resolve(path));
  if (format === 'CSV') return csvSource(path, literal);
  if (format === 'Parquet') {
    const relation = `read_parquet(${literal})`;
    const columns = (await session.rows(`DESCRIBE SELECT * FROM ${relation}`)).map(([name, physical]) => ({
      name: name ?? '',
      sql: sqlName(name ?? ''),
      physical: physical ?? 'VARCHAR',
    }));
    return { format, relation, columns, isNullEmptyText: false };
  }
  const relation = `read_json_objects(${literal}, maximum_object_size = 16777216)`;
  const keys = await session.rows(`SELECT DISTINCT unnest(json_keys(json)) AS key FROM ${relation} ORDER BY key`);
  const columns = keys.map(([key]) => ({ name: key ?? '', sql: `json->>${jsonPath(key ?? '')}`, physical: 'VARCHAR' }));
  return { format, relation, columns, isNullEmptyText: false };
}

async function csvSource(path: string, literal: string): Promise<TableSource> {
  const { names, delimiter } = await readCsvHeader(path);
  const columns = names.map((name, index) => ({ name, sql: `c${index}`, physical: 'VARCHAR' }));
  const types = columns.map((column) => `${column.sql}: 'VARCHAR'`).join(', ');
  const options = `delim = ${sqlText(delimiter)}, quote = '"', escape = '"', header = true, compression = 'none'`;
  const relation = `read_csv(${literal}, columns = {${types}}, auto_detect = false, ${options}, max_line_size = 16777216)`;
  return { format: 'CSV', relation, columns, isNullEmptyText: true };
}

/** A key as a JSON path literal; only keys that would be taken for a path need the quoted form. */
function jsonPath(key: string): string {
  return sqlText(/^[$/]/.test(key) ? `$."${key}"` : key);
}

/**
 * The columns of a source that a schema names, in schema order.
 * @throws TabveilError (input) when one is absent or a name repeats. The names found are shown only when the first line
 * is evidently a header (it holds a name of the schema): otherwise it may be a row.
 */
export function matchColumns(path: string, source: TableSource, names: readonly string[]): SourceColumn[] {
  const found = source.columns.map((column) => column.name);
  const absent = names.filter((name) => !found.includes(name));
  if (absent.length > 0) throw tableError(path, 'absent-column', absentSentence(source, names, absent));
  refuseRepeatedNames(path, found);
  return names.map((name) => source.columns[found.indexOf(name)]).filter((column) => column !== undefined);
}

/**
 * Refuses names that repeat or are empty.
 * @throws TabveilError (input) that tells the columns by number: without a header their names would be cells.
 */
export function refuseUnusableNames(path: string, { columns }: TableSource): void {
  const found = columns.map((column) => column.name);
  const nameless = found.indexOf('');
  if (nameless >= 0) throw tableError(path, 'no-name', `column ${nameless + 1} has no name; name it or take it out.`);
  refuseRepeatedNames(path, found);
}

function refuseRepeatedNames(path: string, found: readonly string[]): void {
  const repeated = found.findIndex((name, index) => found.indexOf(name) !== index);
  if (repeated < 0) return;
  const first = found.indexOf(found[repeated] ?? '');
  throw tableError(path, 'repeated-column', `columns ${first + 1} and ${repeated + 1} have the same name; rename one.`);
}

function absentSentence(source: TableSource, names: readonly string[], absent: readonly string[]): string {
  const found = source.columns.map((column) => column.name);
  const isHeader = absent.length < names.length || source.format === 'Parquet' || source.format === 'Arrow';
  if (!isHeader && source.format === 'CSV') {
    return `no column of the schema (${shorten(names)}) is in the first line; it must hold the column names, separated by comma, semicolon, tab or bar.`;
  }
  const header = isHeader ? `; its columns are ${shorten(found)}` : '';
  return `the schema names the column ${shorten(absent)}, which the table does not have${header}; change the schema or the table.`;
}

function shorten(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => `"${name.slice(0, 60)}"`);
  return names.length > 20 ? `${shown.join(', ')} and ${names.length - 20} more` : shown.join(', ');
}
