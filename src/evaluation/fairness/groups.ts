import type { TableRole } from '../aligned-tables.ts';
import type { BinnedColumn, BinnedTables } from '../bins.ts';
import { binsOf } from '../contingency.ts';

/** One way to divide people: a protected column, or several together. */
export interface Grouping {
  readonly names: readonly string[];
  /** Values of the columns for each group that some table has, ordered by bins. */
  readonly groups: readonly Readonly<Record<string, string>>[];
  /** Group of every row. */
  readonly groupOf: Readonly<Partial<Record<TableRole, Int32Array>>>;
}

/** Groupings by every protected column, and by every pair of them. */
export function protectedGroupings(tables: BinnedTables, names: readonly string[]): readonly Grouping[] {
  const columns = names.flatMap((name) => tables.columns.find((column) => column.name === name) ?? []);
  const single = columns.map((column) => groupBy(tables, [column]));
  const pairs = columns.flatMap((first, at) => columns.slice(at + 1).map((second) => groupBy(tables, [first, second])));
  return [...single, ...pairs];
}

function groupBy(tables: BinnedTables, columns: readonly BinnedColumn[]): Grouping {
  const keys = tables.roles.map((role) => [role, keysOf(columns, role, tables.rowCounts[role] ?? 0)] as const);
  const present = [...new Set(keys.flatMap(([, values]) => [...new Set(values)]))].sort((a, b) => a - b);
  const position = new Map(present.map((key, index) => [key, index]));
  return {
    names: columns.map((column) => column.name),
    groups: present.map((key) => describeKey(columns, key)),
    groupOf: Object.fromEntries(keys.map(([role, values]) => [role, values.map((key) => position.get(key) ?? -1)])),
  };
}

function keysOf(columns: readonly BinnedColumn[], role: TableRole, rows: number): Int32Array {
  const keys = new Int32Array(rows);
  for (const column of columns) {
    const codes = binsOf(column, role);
    for (let row = 0; row < rows; row += 1) keys[row] = (keys[row] as number) * column.size + (codes[row] as number);
  }
  return keys;
}

function describeKey(columns: readonly BinnedColumn[], key: number): Readonly<Record<string, string>> {
  const values: [string, string][] = [];
  let rest = key;
  for (const column of [...columns].reverse()) {
    values.unshift([column.name, column.labels[rest % column.size] ?? '']);
    rest = Math.floor(rest / column.size);
  }
  return Object.fromEntries(values);
}

/** Rows of one group in a table. */
export function rowsInGroup(grouping: Grouping, role: TableRole, group: number): Int32Array {
  const groupOf = grouping.groupOf[role] ?? new Int32Array();
  return Int32Array.from([...groupOf.keys()].filter((row) => groupOf[row] === group));
}

/** Rows per group. */
export function groupSizes(grouping: Grouping, role: TableRole): Float64Array {
  const sizes = new Float64Array(grouping.groups.length);
  for (const group of grouping.groupOf[role] ?? []) sizes[group]! += 1;
  return sizes;
}
