import type { Stream } from '../../random/stream.ts';
import { MISSING_CODE } from '../../table/columns.ts';
import type { Field } from '../../table/schema.ts';
import {
  type AlignedCategory,
  type AlignedColumn,
  type AlignedTables,
  codesOf,
  findColumn,
  type TableRole,
  valuesOf,
} from '../aligned-tables.ts';
import type { EvaluationSettings } from '../families.ts';
import { sampleRows, shuffledRows } from '../sampling.ts';

/** Models are fitted on at most this many rows of a table. */
const MAX_TRAINING_ROWS = 50_000;
/** Share of the real rows that stands in for a holdout when there is none. */
const TEST_SHARE = 0.2;
/** A category target with more classes than this has its rarest ones left out of the macro average. */
const MAX_CLASSES = 12;

/** What a model of the data should predict, and with which rows. */
export interface Target {
  readonly column: AlignedColumn;
  readonly features: readonly AlignedColumn[];
  /** Codes to predict one against the rest; the positive class alone when there are two. Empty for numbers. */
  readonly classes: readonly number[];
  readonly testRole: TableRole;
  readonly testRows: Int32Array;
  readonly trainRows: Readonly<Record<'real' | 'synthetic', Int32Array>>;
}

/**
 * The target column, the columns to predict it from (all but those known only after it), and the rows to train and test on: rows without a target value are left out, training tables are
 * cut to 50,000 random rows, and without a holdout a fifth of the real rows is kept apart as a test.
 * @returns undefined without a target, or when a table has no usable rows.
 */
export function prepareTarget(tables: AlignedTables, settings: EvaluationSettings, stream: Stream): Target | undefined {
  if (settings.target === undefined) return undefined;
  const named = findColumn(tables, settings.target);
  const column = asClasses(named, tables.roles);
  const features = tables.columns.filter(
    (candidate) => candidate !== named && !candidate.field.roles.includes('outcome'),
  );
  const cut = (rows: Int32Array, name: string) =>
    pick(rows, sampleRows(rows.length, MAX_TRAINING_ROWS, stream.split(name)));
  const real = presentRows(column, 'real');
  const synthetic = cut(presentRows(column, 'synthetic'), 'synthetic');
  const hasHoldout = tables.roles.includes('holdout');
  const { test, train } = hasHoldout
    ? { test: presentRows(column, 'holdout'), train: real }
    : splitRows(real, stream.split('split'));
  if (features.length === 0 || test.length === 0 || train.length === 0 || synthetic.length === 0) return undefined;
  const classes = column.kind === 'category' ? classesOf(column, train) : [];
  if (column.kind === 'category' && classes.length === 0) return undefined;
  const trainRows = { real: cut(train, 'real'), synthetic };
  return { column, features, classes, testRole: hasHoldout ? 'holdout' : 'real', testRows: test, trainRows };
}

/** Label of values of a two-valued number that are neither of the two. */
const OTHER_VALUE = '(other)';

/**
 * A number that takes two values only, by its declared bounds or else in the real rows, as a category: a model should name one
 * of the two and not what lies between. The larger value is the positive class.
 */
function asClasses(column: AlignedColumn, roles: readonly TableRole[]): AlignedColumn {
  if (column.kind === 'category') return column;
  const pair = declaredPair(column.field) ?? foundPair(valuesOf(column, 'real'));
  if (!pair) return column;
  const codeOf = (value: number) =>
    Number.isNaN(value) ? MISSING_CODE : value === pair[0] ? 0 : value === pair[1] ? 1 : 2;
  const codes = roles.map((role) => [role, Int32Array.from(valuesOf(column, role), codeOf)] as const);
  const categories = [...pair.map(String), OTHER_VALUE];
  const { field } = column;
  return { kind: 'category', field, categories, declared: 2, unlistedCode: -1, codes: Object.fromEntries(codes) };
}

/** The two values that public bounds leave to a whole number. */
function declaredPair({ type, domain }: Field): readonly [number, number] | undefined {
  if (type !== 'integer' || domain.kind !== 'numeric' || domain.bounds.status !== 'public') return undefined;
  const { minimum, maximum } = domain.bounds.value;
  return maximum - minimum === 1 ? [minimum, maximum] : undefined;
}

/** The two values of a column that has no third one. */
function foundPair(values: Float64Array): readonly [number, number] | undefined {
  const found = new Set<number>();
  for (const value of values) {
    if (!Number.isNaN(value)) found.add(value);
    if (found.size > 2) return undefined;
  }
  const [low, high] = [...found].sort((a, b) => a - b);
  return low === undefined || high === undefined ? undefined : [low, high];
}

function pick(rows: Int32Array, positions: Int32Array): Int32Array {
  return positions.map((at) => rows[at] as number);
}

function presentRows(column: AlignedColumn, role: TableRole): Int32Array {
  const isPresent = presence(column, role);
  const count = column.kind === 'number' ? valuesOf(column, role).length : codesOf(column, role).length;
  return Int32Array.from({ length: count }, (_, row) => row).filter(isPresent);
}

function presence(column: AlignedColumn, role: TableRole): (row: number) => boolean {
  if (column.kind === 'number') {
    const values = valuesOf(column, role);
    return (row) => !Number.isNaN(values[row]);
  }
  const codes = codesOf(column, role);
  return (row) => codes[row] !== MISSING_CODE;
}

function splitRows(rows: Int32Array, stream: Stream): { readonly test: Int32Array; readonly train: Int32Array } {
  const shuffled = pick(rows, shuffledRows(rows.length, stream));
  const size = Math.floor(rows.length * TEST_SHARE);
  return { test: shuffled.slice(0, size).sort(), train: shuffled.slice(size).sort() };
}

/** Classes to predict: of two, the later one in the order of the categories; of more, the most frequent ones. */
function classesOf(column: AlignedCategory, rows: Int32Array): readonly number[] {
  const counts = new Float64Array(column.categories.length);
  const codes = codesOf(column, 'real');
  for (const row of rows) counts[codes[row] as number]! += 1;
  const present = [...counts.keys()].filter((code) => (counts[code] as number) > 0);
  const declared = column.declared === 2 ? [0, 1] : present;
  if (declared.length === 2) return declared.slice(1);
  if (present.length < 2) return [];
  return present.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b).slice(0, MAX_CLASSES);
}

/** Labels of rows of one table: 1 where the target is that class. */
export function labelsOf(
  target: Target,
  positive: number,
  at: { readonly role: TableRole; readonly rows: Int32Array },
): Uint8Array {
  const { role, rows } = at;
  if (target.column.kind !== 'category') return new Uint8Array(rows.length);
  const codes = codesOf(target.column, role);
  return Uint8Array.from(rows, (row) => Number(codes[row] === positive));
}
