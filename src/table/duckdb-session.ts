import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';

/**
 * One in-memory DuckDB for one task: no spill files (they would hold private rows), no extensions from the network, UTC.
 */
export interface DuckDbSession {
  /** All rows of a small result as texts; NULL stays null. */
  rows(sql: string): Promise<(string | null)[][]>;
  /** A result fetched chunk by chunk in row order. */
  stream(sql: string): Promise<DuckDBResult>;
}

/**
 * Opens a session, runs `work` and closes the session whatever happens.
 * @throws the reason of `signal` when aborted; a running query is interrupted.
 */
export async function withDuckDb<T>(
  work: (session: DuckDbSession) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted();
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: '',
  });
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await work(sessionOf(connection));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

function sessionOf(connection: DuckDBConnection): DuckDbSession {
  return {
    async rows(sql) {
      const result = await connection.runAndReadAll(sql);
      return result.getRowsJson().map((row) => row.map((cell) => (cell === null ? null : String(cell))));
    },
    stream: (sql) => connection.stream(sql),
  };
}

/** A text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A path as an SQL literal that names exactly this file: characters DuckDB would take for a pattern are escaped. */
export function sqlPath(absolutePath: string): string {
  return sqlText(absolutePath.replace(/[*?[]/g, '[$&]'));
}
