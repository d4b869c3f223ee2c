import type { Stream } from '../../random/stream.ts';
import { MISSING_CODE } from '../../table/columns.ts';
import { type AlignedColumn, type AlignedTables, codesOf, type TableRole, valuesOf } from '../aligned-tables.ts';
import type { RowsOf } from './inference.ts';
import { rowKeys } from './row-keys.ts';

/** One condition on one column. A missing value satisfies `missing` only. */
export interface Condition {
  readonly column: number;
  readonly operator: 'equal' | 'at-least' | 'at-most' | 'missing';
  /** A number on the axis, or a code. */
  readonly value: number;
}

/** A conjunction of conditions. */
export type Predicate = readonly Condition[];

/** Columns of a predicate that combines several; more only where fewer do not isolate enough rows. */
const COLUMNS_PER_PREDICATE = [3, 4, 5] as const;
/** Predicates below which wider ones are tried. */
const ENOUGH_PREDICATES = 500;
/** Random rows tried per wanted predicate and width; most conjunctions fit several synthetic rows. */
const TRIES_PER_PREDICATE = 30;

/** Tells whether a row satisfies a condition. */
type Test = (row: number) => boolean;

function testOf(columns: readonly AlignedColumn[], role: TableRole, condition: Condition): Test {
  const column = columns[condition.column] as AlignedColumn;
  const { value } = condition;
  if (column.kind === 'category') {
    const codes = codesOf(column, role);
    const wanted = condition.operator === 'missing' ? MISSING_CODE : value;
    return (row) => codes[row] === wanted;
  }
  const values = valuesOf(column, role);
  if (condition.operator === 'equal') return (row) => values[row] === value;
  if (condition.operator === 'at-least') return (row) => (values[row] as number) >= value;
  if (condition.operator === 'at-most') return (row) => (values[row] as number) <= value;
  return (row) => Number.isNaN(values[row]);
}

/**
 * How many rows satisfy the predicate, counted up to two: a predicate singles out exactly when the answer is one.
 */
export function countMatches(tables: AlignedTables, at: RowsOf, predicate: Predicate): number {
  const tests = predicate.map((condition) => testOf(tables.columns, at.role, condition));
  let matches = 0;
  for (const row of at.rows) {
    if (tests.every((test) => test(row))) matches += 1;
    if (matches === 2) break;
  }
  return matches;
}

/** Rows that differ in some column from every row before them. */
export function distinctRows(tables: AlignedTables, at: RowsOf): RowsOf {
  const keys = rowKeys(tables, at);
  const seen = new Set<string>();
  const rows = at.rows.filter((_, position) => {
    const key = keys[position] as string;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
  return { role: at.role, rows };
}

/**
 * Every one-column predicate that singles out a synthetic row: a value that occurs once, values at or beyond the extremes
 * of a numeric column, the only missing value. Cut to `limit` at random.
 * @source Cohen and Nissim, "Towards formalizing the GDPR's notion of singling out", PNAS 117 (2020); predicates as in
 * Giomi et al., PoPETs 2023, section 4.1.
 */
export function singleColumnPredicates(
  tables: AlignedTables,
  synthetic: RowsOf,
  { limit, stream }: { readonly limit: number; readonly stream: Stream },
): readonly Predicate[] {
  const all = tables.columns.flatMap((column, index) =>
    conditionsOf(column, synthetic).map((condition): Predicate => [{ column: index, ...condition }]),
  );
  return pickAtMost(all, limit, stream);
}

type LooseCondition = Omit<Condition, 'column'>;

function conditionsOf(column: AlignedColumn, synthetic: RowsOf): readonly LooseCondition[] {
  const values = column.kind === 'number' ? valuesOf(column, synthetic.role) : codesOf(column, synthetic.role);
  const counts = new Map<number, number>();
  for (const row of synthetic.rows) {
    const value = values[row] as number;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const isMissing = (value: number) => (column.kind === 'number' ? Number.isNaN(value) : value === MISSING_CODE);
  const once = [...counts].filter(([, count]) => count === 1).map(([value]) => value);
  const conditions = once.map(
    (value): LooseCondition => (isMissing(value) ? { operator: 'missing', value: 0 } : { operator: 'equal', value }),
  );
  if (column.kind === 'category') return conditions;
  const present = [...counts.keys()].filter((value) => !Number.isNaN(value));
  const extreme = (value: number, operator: 'at-most' | 'at-least'): readonly LooseCondition[] =>
    counts.get(value) === 1 ? [{ operator, value }] : [];
  const low = present.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = present.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return [...conditions, ...extreme(low, 'at-most'), ...extreme(high, 'at-least')];
}

/**
 * Distinct predicates on three random columns (four and five where too few isolate) of a random synthetic row that no other synthetic row satisfies: numbers at or
 * beyond the value on its side of the median, categories and missing values equal.
 */
export function jointPredicates(
  tables: AlignedTables,
  synthetic: RowsOf,
  { limit, stream }: { readonly limit: number; readonly stream: Stream },
): readonly Predicate[] {
  const medians = tables.columns.map((column) => medianOf(column, synthetic));
  const found = new Map<string, Predicate>();
  const widths = COLUMNS_PER_PREDICATE.filter(
    (width) => width === COLUMNS_PER_PREDICATE[0] || width <= tables.columns.length,
  );
  for (let trial = 0; trial < widths.length * limit * TRIES_PER_PREDICATE && found.size < limit; trial += 1) {
    const step = Math.floor(trial / (limit * TRIES_PER_PREDICATE));
    if (step > 0 && found.size >= ENOUGH_PREDICATES) break;
    const width = Math.min(widths[step] as number, tables.columns.length);
    const row = synthetic.rows[stream.below(synthetic.rows.length)] as number;
    const predicate = chooseColumns(tables.columns.length, width, stream).map((column) =>
      conditionAt(tables.columns[column] as AlignedColumn, {
        column,
        row,
        role: synthetic.role,
        median: medians[column] ?? 0,
      }),
    );
    const key = JSON.stringify(predicate);
    if (!found.has(key) && countMatches(tables, synthetic, predicate) === 1) found.set(key, predicate);
  }
  return [...found.values()];
}

function conditionAt(
  column: AlignedColumn,
  at: { readonly column: number; readonly row: number; readonly role: TableRole; readonly median: number },
): Condition {
  if (column.kind === 'category') {
    const code = codesOf(column, at.role)[at.row] as number;
    return { column: at.column, operator: code === MISSING_CODE ? 'missing' : 'equal', value: code };
  }
  const value = valuesOf(column, at.role)[at.row] as number;
  if (Number.isNaN(value)) return { column: at.column, operator: 'missing', value: 0 };
  return { column: at.column, operator: value > at.median ? 'at-least' : 'at-most', value };
}

function medianOf(column: AlignedColumn, { role, rows }: RowsOf): number {
  if (column.kind === 'category') return 0;
  const values = valuesOf(column, role);
  const sorted = Float64Array.from(rows, (row) => values[row] as number)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const upper = sorted[sorted.length >> 1] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? 0) + upper) / 2;
}

/** Distinct column positions, ascending. */
function chooseColumns(count: number, width: number, stream: Stream): readonly number[] {
  const chosen = new Set<number>();
  while (chosen.size < width) chosen.add(stream.below(count));
  return [...chosen].sort((a, b) => a - b);
}

function pickAtMost<T>(items: readonly T[], limit: number, stream: Stream): readonly T[] {
  if (items.length <= limit) return items;
  const pool = [...items];
  return Array.from({ length: limit }, (_, at) => {
    const other = at + stream.below(pool.length - at);
    const taken = pool[other] as T;
    pool[other] = pool[at] as T;
    return taken;
  });
}
