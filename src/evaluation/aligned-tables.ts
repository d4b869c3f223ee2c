import { TabveilError } from '../errors.ts';
import { type Column, MISSING_CODE, type Table, UNLISTED_CODE } from '../table/columns.ts';
import type { Field, TableSchema } from '../table/schema.ts';

/** The tables of an evaluation by role. */
export type TableRole = 'real' | 'synthetic' | 'holdout';

/** Tables to compare, as the reader gives them. */
export interface EvaluationTables {
  readonly real: Table;
  readonly synthetic: Table;
  readonly holdout?: Table;
}

/** A numeric column of every table, on the field's axis; NaN is missing. */
export interface AlignedNumber {
  readonly kind: 'number';
  readonly field: Field;
  readonly values: Readonly<Partial<Record<TableRole, Float64Array>>>;
}

/**
 * A categorical column of every table in one code space: 0 … `declared`-1 are the schema's categories, the rest were
 * met in a table; `MISSING_CODE` is missing and `unlistedCode` stands for all values the reader could not name.
 */
export interface AlignedCategory {
  readonly kind: 'category';
  readonly field: Field;
  readonly categories: readonly string[];
  readonly declared: number;
  /** Code of the label "(unlisted)", or -1 when no table has such a value. */
  readonly unlistedCode: number;
  readonly codes: Readonly<Partial<Record<TableRole, Int32Array>>>;
}

/** One column of every table. */
export type AlignedColumn = AlignedNumber | AlignedCategory;

/** Label of values that the schema does not list and whose text is no longer known. */
export const UNLISTED_LABEL = '(unlisted)';

/** Every table in the same columns, in schema order, identifiers left out. */
export interface AlignedTables {
  readonly columns: readonly AlignedColumn[];
  readonly rowCounts: Readonly<Partial<Record<TableRole, number>>>;
  readonly roles: readonly TableRole[];
}

/**
 * Brings the tables into one shape: fields of the schema in order, categorical codes in one space.
 * @throws TabveilError (input) when a table lacks a column of the schema or a column has the wrong kind.
 */
export function alignTables(schema: TableSchema, tables: EvaluationTables): AlignedTables {
  const roles = (['real', 'synthetic', 'holdout'] as const).filter((role) => tables[role] !== undefined);
  const columns = schema.fields
    .filter((field) => field.domain.kind !== 'identifier')
    .map((field) => alignColumn(field, roles, tables));
  const rowCounts = Object.fromEntries(roles.map((role) => [role, tables[role]?.rowCount ?? 0]));
  return { columns, rowCounts, roles };
}

/** The column of that name. @throws TabveilError (usage) when the tables have no such column. */
export function findColumn(tables: AlignedTables, name: string): AlignedColumn {
  const column = tables.columns.find((candidate) => candidate.field.name === name);
  if (column) return column;
  throw unknownColumn(
    name,
    tables.columns.map((candidate) => candidate.field.name),
  );
}

/** The error about a column that is not evaluated. */
export function unknownColumn(name: string, known: readonly string[]): TabveilError {
  return new TabveilError(
    'usage',
    'evaluate.unknown-column',
    `column "${name}" is not evaluated; columns are ${known.join(', ')}.`,
  );
}

/** Codes of one role. @throws TabveilError (bug) when the role is absent. */
export function codesOf(column: AlignedCategory, role: TableRole): Int32Array {
  return column.codes[role] ?? absent(column.field.name, role);
}

/** Values of one role. @throws TabveilError (bug) when the role is absent. */
export function valuesOf(column: AlignedNumber, role: TableRole): Float64Array {
  return column.values[role] ?? absent(column.field.name, role);
}

/** Text of a code of a categorical column; `null` for missing. */
export function labelOf(column: AlignedCategory, code: number): string | null {
  return code === MISSING_CODE ? null : (column.categories[code] ?? UNLISTED_LABEL);
}

function absent(name: string, role: TableRole): never {
  throw new TabveilError('bug', 'evaluate.no-table', `column "${name}": there is no ${role} table in this evaluation.`);
}

function alignColumn(field: Field, roles: readonly TableRole[], tables: EvaluationTables): AlignedColumn {
  const found = roles.map((role) => [role, columnOf(field, role, tables)] as const);
  if (field.domain.kind === 'numeric') {
    const values = found.map(([role, column]) => [
      role,
      column.kind === 'number' ? finiteValues(field, column.values) : wrongKind(field, { role, kind: column.kind }),
    ]);
    return { kind: 'number', field, values: Object.fromEntries(values) };
  }
  return alignCategories(field, found);
}

/** Infinities go to the declared bound; without one they count as missing. */
function finiteValues(field: Field, values: Float64Array): Float64Array {
  if (!values.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)) return values;
  const bounds =
    field.domain.kind === 'numeric' && field.domain.bounds.status === 'public' ? field.domain.bounds.value : undefined;
  return values.map((value) => {
    if (value === Number.POSITIVE_INFINITY) return bounds?.maximum ?? Number.NaN;
    return value === Number.NEGATIVE_INFINITY ? (bounds?.minimum ?? Number.NaN) : value;
  });
}

function columnOf(field: Field, role: TableRole, tables: EvaluationTables): Column {
  const column = tables[role]?.columns.get(field.name);
  if (column) return column;
  throw new TabveilError(
    'input',
    'evaluate.missing-column',
    `${role} table: column "${field.name}" of the schema is absent; add it or leave it out of the schema.`,
  );
}

function wrongKind(field: Field, { role, kind }: { readonly role: TableRole; readonly kind: Column['kind'] }): never {
  throw new TabveilError(
    'input',
    'evaluate.column-kind',
    `${role} table: column "${field.name}" holds ${kind === 'number' ? 'numbers' : 'categories'}, but the schema says ${field.type}; read it with the same schema.`,
  );
}

function alignCategories(field: Field, found: readonly (readonly [TableRole, Column])[]): AlignedCategory {
  const declared = declaredCategories(field);
  const extra = new Set<string>();
  for (const [role, column] of found) {
    if (column.kind !== 'category') return wrongKind(field, { role, kind: column.kind });
    for (const category of column.categories) if (!declared.includes(category)) extra.add(category);
  }
  const categories = [...declared, ...[...extra].sort(byCodePoint)];
  const hasUnlisted = found.some(([, column]) => column.kind === 'category' && column.codes.includes(UNLISTED_CODE));
  const unlistedCode = hasUnlisted ? categories.length : -1;
  if (hasUnlisted) categories.push(UNLISTED_LABEL);
  const index = new Map(categories.map((category, code) => [category, code]));
  const codes = found.map(([role, column]) => [role, recode(column, index, unlistedCode)]);
  return {
    kind: 'category',
    field,
    categories,
    declared: declared.length,
    unlistedCode,
    codes: Object.fromEntries(codes),
  };
}

function declaredCategories(field: Field): readonly string[] {
  if (field.domain.kind !== 'categorical' || field.domain.categories.status !== 'public') return [];
  return field.domain.categories.value;
}

function recode(column: Column, index: ReadonlyMap<string, number>, unlistedCode: number): Int32Array {
  if (column.kind !== 'category') return new Int32Array();
  const target = Int32Array.from(column.categories, (category) => index.get(category) ?? unlistedCode);
  return column.codes.map((code) =>
    code >= 0 ? (target[code] ?? unlistedCode) : code === MISSING_CODE ? code : unlistedCode,
  );
}

/** Orders texts by code point, independent of the machine's locale. */
export function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
