import { createHash } from 'node:crypto';
import type { Column, Table } from '../table/columns.ts';

/** How much one entity may contribute, and the secret that makes the choice of its rows random. */
export interface ContributionCap {
  readonly maxRows: number;
  /** Fresh random bytes, forgotten after the training; guessing them would let a forger choose which rows stay. */
  readonly key: Uint8Array;
}

/** Entity number of a row whose key is missing or cannot be read. */
export const NO_ENTITY = -1;

/**
 * Keeps at most `maxRows` rows of every entity, chosen uniformly at random, and all rows of the others. Rows of no entity
 * are left out: nobody knows whose they are, so no cap could hold for them.
 *
 * **Privacy**: which rows of an entity stay depends on that entity's rows and the key alone, so adding or removing one
 * entity with all its rows changes the result by at most `maxRows` rows. Runs behind the door.
 * @param entity one number per row, equal for rows of one entity; see `numberEntities`.
 */
export function boundContributions(table: Table, entity: Int32Array, cap: ContributionCap): Table {
  const kept = [...groupRows(entity)].flatMap((rows) =>
    rows.length > cap.maxRows ? chooseRows(table, rows, cap) : rows,
  );
  if (kept.length === table.rowCount) return table;
  const order = Int32Array.from(kept).sort();
  const columns = [...table.columns].map(([name, column]) => [name, takeRows(column, order)] as const);
  return { rowCount: order.length, columns: new Map(columns) };
}

/**
 * How many rows the cap drops, every entity counted with at most `maxRows` dropped rows, so that one entity changes the
 * result by at most `maxRows`.
 */
export function countDroppedRows(entity: Int32Array, maxRows: number): number {
  const dropped = groupRows(entity).map((rows) => Math.min(maxRows, Math.max(0, rows.length - maxRows)));
  return dropped.reduce((sum, rows) => sum + rows, 0);
}

/**
 * Numbers rows by entity: rows that agree in every key column get one number. A row with a key cell that is missing,
 * unreadable or not in the declared list gets `NO_ENTITY`: such cells look alike for different entities, and taking them
 * for one would let one entity move the rows of another.
 */
export function numberEntities(table: Table, key: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from({ length: table.rowCount }, (_, row) => {
    const cells = key.map((name) => cellOf(table.columns.get(name), row));
    if (cells.some((cell) => cell === null || (typeof cell === 'number' && !Number.isFinite(cell)))) return NO_ENTITY;
    const identity = JSON.stringify(cells);
    const number = numbers.get(identity) ?? numbers.size;
    numbers.set(identity, number);
    return number;
  });
}

function cellOf(column: Column | undefined, row: number): string | number | null {
  if (column === undefined) return null;
  return column.kind === 'number' ? column.values[row]! : (column.categories[column.codes[row]!] ?? null);
}

/** Rows of each entity, in table order; rows of no entity are in no group. */
function groupRows(entity: Int32Array): number[][] {
  const groups: number[][] = [];
  entity.forEach((number, row) => {
    if (number === NO_ENTITY) return;
    const group = groups[number];
    if (group === undefined) groups[number] = [row];
    else group.push(row);
  });
  return groups;
}

/**
 * The `maxRows` rows with the smallest keyed hash: random, and independent of the order of rows. The hash is of the row's
 * content and of how many equal rows came before it, so that equal rows stay or go one by one.
 */
function chooseRows(table: Table, rows: readonly number[], { maxRows, key }: ContributionCap): number[] {
  const seen = new Map<string, number>();
  const ranked = rows.map((row) => {
    const content = JSON.stringify([...table.columns].map(([name, column]) => [name, contentOf(column, row)]));
    const copies = seen.get(content) ?? 0;
    seen.set(content, copies + 1);
    return { row, rank: createHash('sha256').update(key).update(`${copies} ${content}`).digest('hex') };
  });
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  return ranked.slice(0, maxRows).map(({ row }) => row);
}

/** A cell as told apart when rows are ranked: JSON alone would take NaN, infinities and unlisted texts for missing. */
function contentOf(column: Column, row: number): string | number {
  if (column.kind === 'number') {
    const value = column.values[row]!;
    return Object.is(value, -0) ? '-0' : String(value);
  }
  const code = column.codes[row]!;
  return column.categories[code] ?? code;
}

function takeRows(column: Column, rows: Int32Array): Column {
  if (column.kind === 'number')
    return { kind: 'number', values: Float64Array.from(rows, (row) => column.values[row]!) };
  return { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]!) };
}
