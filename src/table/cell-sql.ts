import { axisFromText, hasAxis } from './axis.ts';
import { axisReader } from './cell-value.ts';
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
  /** For codes: the code of each number the query returns from 0 on; absent when it returns codes themselves. */
  readonly codeOf?: Int32Array;
}

const NAN = "'nan'::DOUBLE";
const ASCII_SPACE = '\t\n\v\f\r ';
/** What `String.prototype.trim` removes, so that categories and cells are trimmed alike. */
const WHITESPACE =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|BOOLEAN|DECIMAL\b.*)$/;
const CALENDAR = /^(DATE|TIMESTAMP.*)$/;

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
  /** SQL of the text as stored; trimming costs more than all else, so it is done only where this fails. */
  readonly raw: string;
  /** SQL of the trimmed text. */
  readonly text: string;
}

/** How the cells of a field are read from a column. */
export function cellSql(field: Field, column: SourceColumn, context: CellContext): CellSql {
  const raw = rawText(column, context.isNullEmptyText);
  const text = trimmed(raw);
  const cell: Cell = { field, column, missing: context.missingValues.map((value) => value.trim()), raw, text };
  const { domain } = field;
  if (domain.kind === 'numeric') return { kind: 'axis', sql: `coalesce(${axisSql(cell)}, ${NAN})` };
  if (domain.kind === 'identifier' || domain.categories.status === 'learn') {
    return { kind: 'text', sql: `CASE WHEN ${isMissing(cell)} THEN NULL ELSE ${text} END` };
  }
  if (field.type === 'boolean' && column.physical === 'BOOLEAN') {
    return { kind: 'codes', sql: `coalesce(${column.sql}::INTEGER, ${MISSING_CODE})` };
  }
  if (hasAxis(field.type)) return { kind: 'codes', sql: placeCode(cell, domain.categories.value) };
  return textCode(
    cell,
    field.type === 'boolean' ? booleanTexts(field) : domain.categories.value.map((text, code) => [text, code]),
  );
}

/**
 * Codes of listed texts by an enumeration that holds the missing ones, too; `codeOf` turns its places into codes. The
 * trimmed text occurs once: what occurs twice, DuckDB computes for all rows.
 */
function textCode({ raw, text, missing }: Cell, listed: readonly (readonly [string, number])[]): CellSql {
  const codes = new Map(missing.map((value) => [value, MISSING_CODE]));
  for (const [value, code] of listed) codes.set(value, code);
  const enumeration = `ENUM(${[...codes.keys()].map(sqlText).join(', ')})`;
  const place = (sql: string) => `enum_code(try_cast(${sql} AS ${enumeration}))::INTEGER`;
  return {
    kind: 'codes',
    sql: `CASE WHEN ${raw} IS NULL THEN ${MISSING_CODE} ELSE coalesce(${place(raw)}, ${place(text)}, ${UNLISTED_CODE}) END`,
    codeOf: Int32Array.from(codes.values()),
  };
}

function booleanTexts({ falseValues = [], trueValues = [] }: Field): (readonly [string, number])[] {
  return [
    ...falseValues.map((text) => [text.trim(), 0] as const),
    ...trueValues.map((text) => [text.trim(), 1] as const),
  ];
}

/** Listed numbers and dates are coded by their place on the axis, so that 1.0 is 1. */
function placeCode(cell: Cell, categories: readonly string[]): string {
  const places = categories.map((category) => `${axisFromText(cell.field.type, category)}::DOUBLE`).join(', ');
  const code = `coalesce(list_position([${places}], ${axisSql(cell)}) - 1, ${UNLISTED_CODE})`;
  return `CASE WHEN ${isMissing(cell)} THEN ${MISSING_CODE} ELSE ${code} END::INTEGER`;
}

/** The text of a cell; whole floating-point numbers are written without `.0`, as tools add it to codes. */
function rawText({ sql, physical }: SourceColumn, isNullEmptyText: boolean): string {
  if (physical === 'VARCHAR') return isNullEmptyText ? `coalesce(${sql}, '')` : sql;
  if (/^(FLOAT|DOUBLE|DECIMAL\b.*)$/.test(physical)) {
    const whole = `try_cast(try_cast(${sql} AS BIGINT) AS VARCHAR)`;
    return `CASE WHEN try_cast(${sql} AS BIGINT) = ${sql} THEN ${whole} ELSE try_cast(${sql} AS VARCHAR) END`;
  }
  return `try_cast(${sql} AS VARCHAR)`;
}

/** SQL of the trimmed text of a column, NULL where there is none. */
export function trimmedText(column: SourceColumn): string {
  return trimmed(rawText(column, false));
}

/** Only texts beyond ASCII need the slow, full list of white space. */
function trimmed(raw: string): string {
  return `CASE WHEN strlen(${raw}) = length(${raw}) THEN trim(${raw}, ${sqlText(ASCII_SPACE)}) ELSE trim(${raw}, ${sqlText(WHITESPACE)}) END`;
}

function isMissing({ text, missing }: Cell): string {
  return `(${text} IS NULL OR ${isOneOf(text, missing.map(sqlText))})`;
}

function isOneOf(sql: string, literals: readonly string[]): string {
  return literals.length === 0 ? 'false' : `${sql} IN (${literals.join(', ')})`;
}

/** The place of a cell on the axis, or NULL when it is missing or unreadable. */
function axisSql(cell: Cell): string {
  const place = isCalendar(cell.field.type) ? calendarPlace(cell) : numberPlace(cell);
  const read = axisReader(cell.field, []);
  const missingPlaces = cell.missing
    .map(read)
    .filter(Number.isFinite)
    .map((value) => `${value}::DOUBLE`);
  const isMissingPlace = `${isOneOf(cell.raw, cell.missing.map(sqlText))} OR ${isOneOf(place, missingPlaces)}`;
  return `CASE WHEN ${isMissingPlace} THEN NULL ELSE ${place} END`;
}

function isCalendar(type: Field['type']): boolean {
  return type === 'date' || type === 'datetime';
}

function calendarPlace({ field, column, raw, text }: Cell): string {
  const { type, pattern } = field;
  const isNative = CALENDAR.test(column.physical);
  const target = type === 'date' ? 'DATE' : pattern === undefined || isNative ? 'TIMESTAMPTZ' : 'TIMESTAMP';
  const read = (sql: string) =>
    pattern === undefined || isNative
      ? `try_cast(${sql} AS ${target})`
      : `try_cast(try_strptime(${sql}, ${sqlText(pattern)}) AS ${target})`;
  const moment = isNative ? read(column.sql) : `coalesce(${read(raw)}, ${read(text)})`;
  const place = type === 'date' ? `(${moment} - DATE '1970-01-01')` : `epoch_ms(${moment})`;
  return `CASE WHEN isfinite(${moment}) THEN ${place}::DOUBLE END`;
}

/** Casting to a number ignores ASCII white space by itself. */
function numberPlace({ field, column, raw, text }: Cell): string {
  if (NUMERIC.test(column.physical)) return `try_cast(${column.sql} AS DOUBLE)`;
  const notation = field.numberText;
  if (notation === undefined) return `coalesce(try_cast(${raw} AS DOUBLE), try_cast(${text} AS DOUBLE))`;
  const bare = notation.bareNumber
    ? text
    : `regexp_replace(regexp_replace(${text}, '^[^0-9+\\-.,]+', ''), '[^0-9.,]+$', '')`;
  const ungrouped = notation.groupChar === undefined ? bare : `replace(${bare}, ${sqlText(notation.groupChar)}, '')`;
  const usual =
    notation.decimalChar === '.' ? ungrouped : `replace(${ungrouped}, ${sqlText(notation.decimalChar)}, '.')`;
  return `try_cast(${usual} AS DOUBLE)`;
}
