import { extname } from 'node:path';
import { TabveilError } from '../errors.ts';
import type { Table } from './columns.ts';
import { csvEncoder } from './csv-writer.ts';
import { type FileSink, openFileSink } from './file-sink.ts';
import type { OutputSchema, TableEncoder, TableWriter } from './table-writer.ts';

/** How to stop writing. */
export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Formats by extension; heavy ones load when used. */
const ENCODERS: Readonly<Record<string, (schema: OutputSchema, sink: FileSink) => Promise<TableEncoder>>> = {
  '.csv': async (schema, sink) => csvEncoder(schema, sink),
  '.parquet': async (schema, sink) => (await import('./parquet/parquet-writer.ts')).parquetEncoder(schema, sink),
  '.arrow': async (schema, sink) => (await import('./arrow-writer.ts')).arrowEncoder(schema, sink),
};

/**
 * Opens a writer for a `.csv`, `.parquet` or `.arrow` file. Columns are the schema's fields in order, typed by them.
 * Memory does not grow with the number of rows. Rows are written under a temporary name in the same folder; any failure and an abort
 * remove it.
 * @throws TabveilError (usage) for another extension; (input) when the file cannot be written.
 */
export async function openTableWriter(
  path: string,
  schema: OutputSchema,
  options: WriteOptions = {},
): Promise<TableWriter> {
  const extension = extname(path).toLowerCase();
  const open = ENCODERS[extension];
  if (open === undefined) {
    throw new TabveilError(
      'usage',
      'output.extension',
      `${path}: the extension "${extension}" is not known; write to ${Object.keys(ENCODERS).join(', ')}.`,
    );
  }
  options.signal?.throwIfAborted();
  const sink = await openFileSink(path);
  const guarded = async (work: () => Promise<void>) => {
    try {
      options.signal?.throwIfAborted();
      await work();
    } catch (error) {
      await sink.abort();
      throw error;
    }
  };
  const encoder = await open(schema, sink);
  return {
    write: (batch) => guarded(() => encoder.encode(batch)),
    close: () =>
      guarded(async () => {
        await encoder.finish();
        await sink.commit();
      }),
    abort: () => sink.abort(),
  };
}

/** Writes one table in one go; see `openTableWriter`. */
export async function writeTable(
  path: string,
  table: Table,
  schema: OutputSchema,
  options: WriteOptions = {},
): Promise<void> {
  const writer = await openTableWriter(path, schema, options);
  await writer.write(table);
  await writer.close();
}
