import { axisFromText, hasAxis } from './axis.ts';
import { MISSING_CODE, UNLISTED_CODE } from './columns.ts';
import { sqlText } from './duckdb-session.ts';
import type { Field } from './schema.ts';
import type { SourceColumn } from './table-source.ts';

/** What a query returns for a field: codes of listed categories, places on the axis, or the text itself. */
export type CellKind = 'codes' | 'axis' | 'text';

/** Cells of one field as SQL, total: no value makes it fail. */
export interface CellSql {
  readonly kind: CellKind;
  readonly sql: string;
}

const NAN = "'nan'::DOUBLE";
/** What `String.prototype.trim` removes, so that categories and cells are trimmed alike. */
const WHITESPACE =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\b.*)$/;
const CALENDAR = /^(DATE|TIMESTAMP.*)$/;

/** How the cells of a field are read from a column. */
export function cellSql(field: Field, column: SourceColumn, context: CellContext): CellSql {
  const cell: Cell = { field, text: textSql(column, context.isNullEmptyText), column, missing: context.missingValues };
  const { domain } = field;
  if (domain.kind === 'numeric') return { kind: 'axis', sql: `coalesce(${axisSql(cell)}, ${NAN})` };
  if (domain.kind === 'identifier' || domain.categories.status === 'learn') {
    return { kind: 'text', sql: `CASE WHEN ${isMissing(cell)} THEN NULL ELSE ${cell.text} END` };
  }
  const code = field.type === 'boolean' ? booleanCode(cell) : listedCode(cell, domain.categories.value);
  return {
    kind: 'codes',
    sql: `CASE WHEN ${isMissing(cell)} THEN ${MISSING_CODE} ELSE coalesce(${code}, ${UNLISTED_CODE}) END::INTEGER`,
  };
}

/** What reading cells needs to know of the table. */
export interface CellContext {
  readonly missingValues: readonly string[];
  /** See `TableSource.isNullEmptyText`. */
  readonly isNullEmptyText: boolean;
}

interface Cell {
  readonly field: Field;
  readonly column: SourceColumn;
  readonly missing: readonly string[];
  /** SQL of the trimmed text. */
  readonly text: string;
}

/** The trimmed text of a cell; whole floating-point numbers are written without `.0`, as tools add it to codes. */
function textSql({ sql, physical }: SourceColumn, isNullEmptyText: boolean): string {
  if (physical === 'VARCHAR') {
    const trimmed = `trim(${sql}, ${sqlText(WHITESPACE)})`;
    return isNullEmptyText ? `coalesce(${trimmed}, '')` : trimmed;
  }
  if (/^(FLOAT|DOUBLE|DECIMAL\b.*)$/.test(physical)) {
    const whole = `try_cast(try_cast(${sql} AS BIGINT) AS VARCHAR)`;
    return `CASE WHEN try_cast(${sql} AS BIGINT) = ${sql} THEN ${whole} ELSE try_cast(${sql} AS VARCHAR) END`;
  }
  return `trim(try_cast(${sql} AS VARCHAR), ${sqlText(WHITESPACE)})`;
}

function isMissing({ text, missing }: Cell): string {
  const listed =
    missing.length === 0 ? 'false' : `${text} IN (${missing.map((value) => sqlText(value.trim())).join(', ')})`;
  return `(${text} IS NULL OR ${listed})`;
}

function booleanCode({ field, text, column }: Cell): string {
  if (column.physical === 'BOOLEAN') return `${column.sql}::INTEGER`;
  const list = (values: readonly string[] | undefined) =>
    (values ?? []).map((value) => sqlText(value.trim())).join(', ');
  return `CASE WHEN ${text} IN (${list(field.trueValues)}) THEN 1 WHEN ${text} IN (${list(field.falseValues)}) THEN 0 END`;
}

/** Listed texts are coded by an enumeration; listed numbers and dates by their place on the axis, so that 1.0 is 1. */
function listedCode(cell: Cell, categories: readonly string[]): string {
  if (!hasAxis(cell.field.type)) {
    return `enum_code(try_cast(${cell.text} AS ENUM(${categories.map(sqlText).join(', ')})))::INTEGER`;
  }
  const places = categories.map((category) => `${axisFromText(cell.field.type, category)}::DOUBLE`).join(', ');
  return `list_position([${places}], ${axisSql(cell)}) - 1`;
}

/** The place of a cell on the axis, or NULL when it is missing or unreadable. */
function axisSql(cell: Cell): string {
  const { type, pattern } = cell.field;
  if (type === 'date' || type === 'datetime') {
    const isNative = CALENDAR.test(cell.column.physical);
    const source = isNative ? cell.column.sql : cell.text;
    const target = type === 'date' ? 'DATE' : 'TIMESTAMPTZ';
    const moment =
      isNative || pattern === undefined
        ? `try_cast(${source} AS ${target})`
        : `try_cast(try_strptime(${source}, ${sqlText(pattern)}) AS ${type === 'date' ? 'DATE' : 'TIMESTAMP'})`;
    const place = type === 'date' ? `(${moment} - DATE '1970-01-01')` : `epoch_ms(${moment})`;
    return `CASE WHEN ${isMissing(cell)} OR NOT isfinite(${moment}) THEN NULL ELSE ${place}::DOUBLE END`;
  }
  const isNative = NUMERIC.test(cell.column.physical) || cell.column.physical === 'BOOLEAN';
  const number = isNative ? cell.column.sql : numberText(cell);
  return `CASE WHEN ${isMissing(cell)} THEN NULL ELSE try_cast(${number} AS DOUBLE) END`;
}

/** The text of a number with the schema's own notation taken away. */
function numberText({ field, text }: Cell): string {
  const notation = field.numberText;
  if (notation === undefined) return text;
  const bare = notation.bareNumber
    ? text
    : `regexp_replace(regexp_replace(${text}, '^[^0-9+\\-.,]+', ''), '[^0-9.,]+$', '')`;
  const ungrouped = notation.groupChar === undefined ? bare : `replace(${bare}, ${sqlText(notation.groupChar)}, '')`;
  return notation.decimalChar === '.' ? ungrouped : `replace(${ungrouped}, ${sqlText(notation.decimalChar)}, '.')`;
}
