import { TabveilError } from '../errors.ts';
import { openMemoryLedger, openTableLedger, type TableLedger } from '../privacy/ledger/table-ledger.ts';
import type { Table } from '../table/columns.ts';
import { readTable } from '../table/read-table.ts';
import type { TableSchema } from '../table/schema.ts';
import type { TaskContext } from './task-context.ts';

/** What decides which rows are learned from and which ledger pays. */
export interface TrainingTableChoice {
  /** File, or table in memory. */
  readonly table: string | Table;
  /** Ledger file; needed for a table in memory. */
  readonly ledger?: string;
  readonly epsilon: number;
  readonly delta: number;
}

/**
 * Reads the table if it is a file, and opens the ledger that pays for it.
 * @throws TabveilError (usage) for a table in memory without a named ledger or without a column of the schema; otherwise
 * as `readTable` and `openTableLedger`.
 */
export async function openTrainingTable(
  choice: TrainingTableChoice,
  schema: TableSchema,
  context: TaskContext,
): Promise<{ readonly table: Table; readonly ledger: TableLedger }> {
  const { table: source, ledger: path, epsilon, delta } = choice;
  const pinned = schema.ledger === undefined ? {} : { dataset: schema.ledger };
  const spend = { epsilon, delta, unit: schema.unit, ...pinned };
  if (typeof source === 'string') {
    const table = await readTable(source, schema, readOptions(schema, context));
    return {
      table,
      ledger: await openTableLedger(source, { ...spend, ...(path === undefined ? {} : { ledger: path }) }),
    };
  }
  if (path === undefined) {
    throw new TabveilError(
      'usage',
      'train.ledger',
      'train: the table is in memory, so there is no file beside which its ledger could lie; name one with the option ledger.',
    );
  }
  requireColumns(source, schema);
  return { table: source, ledger: await openMemoryLedger(tableBytes(source), { ...spend, ledger: path }) };
}

/** Identifiers stay unread, except the key that names the unit of privacy. */
function readOptions(schema: TableSchema, context: TaskContext) {
  return {
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...(schema.unit.kind === 'entity' ? { identifiers: schema.unit.key } : {}),
  };
}

/** Every modelled column must be there, of the right kind; whether it is depends on the caller, not on rows. */
function requireColumns(table: Table, { fields, unit }: TableSchema): void {
  const key = unit.kind === 'entity' ? unit.key : [];
  for (const { name, domain } of fields) {
    const column = table.columns.get(name);
    if (domain.kind === 'identifier' && !key.includes(name)) continue;
    const isRight =
      column !== undefined &&
      (domain.kind === 'identifier' || (column.kind === 'number') === (domain.kind === 'numeric'));
    if (isRight) continue;
    throw new TabveilError(
      'usage',
      'train.column',
      `train: the table in memory has ${column === undefined ? 'no column' : 'a column of another kind'} "${name}"; make it with fromArrow, fromColumns or fromDanfo and the same schema.`,
    );
  }
}

/** The bytes of a table in memory, column by column in order of names. */
function* tableBytes(table: Table): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const [name, column] of [...table.columns].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const texts = column.kind === 'category' ? column.categories : [];
    yield encoder.encode(`${JSON.stringify([name, column.kind, table.rowCount, texts])}\n`);
    const { buffer, byteOffset, byteLength } = column.kind === 'number' ? column.values : column.codes;
    yield new Uint8Array(buffer, byteOffset, byteLength);
  }
}
