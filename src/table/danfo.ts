import { TabveilError } from '../errors.ts';
import type { Table } from './columns.ts';
import { type FromOptions, fromColumns } from './plain-columns.ts';
import type { TableSchema } from './schema.ts';
import type { OutputSchema } from './table-writer.ts';
import { type PlainCell, toColumns } from './to-columns.ts';

/** What is used of a danfojs DataFrame: names, and values by row. */
export interface DanfoFrame {
  readonly columns: readonly string[];
  readonly values: ArrayLike<unknown>;
}

/** What is used of the danfojs module: its DataFrame constructor, which takes columns by name. */
export interface DanfoModule<Frame> {
  readonly DataFrame: new (columns: Record<string, PlainCell[]>) => Frame;
}

/**
 * A table from a danfojs DataFrame, known by its shape: danfojs is no dependency.
 * @throws TabveilError (input) when a column of the schema is absent or the frame is not rows by columns.
 *
 * **Privacy**: the result is as private as the frame.
 */
export function fromDanfo(frame: DanfoFrame, schema: TableSchema, options: FromOptions = {}): Table {
  const rows = Array.from(frame.values, (row) => {
    if (Array.isArray(row)) return row;
    throw new TabveilError('input', 'table.frame', 'frame: its values are not rows; pass a DataFrame, not a Series.');
  });
  const columns = frame.columns.map(
    (name, index) => [name, rows.map((row: readonly unknown[]) => row[index])] as const,
  );
  return fromColumns(Object.fromEntries(columns), schema, options);
}

/**
 * A danfojs DataFrame of a table, made with the caller's own danfojs.
 * @example toDanfo(table, schema, await import('danfojs-node'))
 */
export function toDanfo<Frame>(table: Table, schema: OutputSchema, danfo: DanfoModule<Frame>): Frame {
  return new danfo.DataFrame(toColumns(table, schema));
}
