import { TabveilError } from '../errors.ts';
import type { Column, Table } from './columns.ts';
import type { TableSchema } from './schema.ts';

/** What a writer needs of a schema: the columns in file order and how missing cells are written. */
export type OutputSchema = Pick<TableSchema, 'fields' | 'missingValues'>;

/** Writes a table batch by batch in bounded memory; the file appears under its name only when it is complete. */
export interface TableWriter {
  /** Appends the rows of a batch (65,536 at most keep memory small); columns are found by field name. */
  write(batch: Table): Promise<void>;
  /** Completes the file. */
  close(): Promise<void>;
  /** Leaves nothing behind; does nothing after `close`. */
  abort(): Promise<void>;
}

/** Turns batches into the bytes of one format. */
export interface TableEncoder {
  /** Appends a batch to the sink. */
  encode(batch: Table): Promise<void>;
  /** Appends what ends the file. */
  finish(): Promise<void>;
}

/** The column of a field in a batch. */
export function columnOf(batch: Table, name: string): Column {
  const column = batch.columns.get(name);
  if (column === undefined) {
    throw new TabveilError('bug', 'output.column', `table writer: the batch lacks the column "${name}".`);
  }
  return column;
}
