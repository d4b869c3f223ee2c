import { trimmedText } from './cell-sql.ts';
import { decimalsOf } from './domain-numeric.ts';
import { type DraftNotation, isClockPattern, notationConditions, notationSql, readNotation } from './draft-notation.ts';
import { type ColumnSays, draftNotes, IDENTIFIER_NAME } from './draft-notes.ts';
import { type DuckDbSession, sqlText, withDuckDb } from './duckdb-session.ts';
import { explainReadFailure, tableError } from './table-errors.ts';
import { openSource, refuseUnusableNames, tableFormat } from './table-source.ts';

/** Texts a draft takes for missing; a fixed list, so that it says nothing about the data. */
const MISSING_VALUES = ['', '?', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL'];
/** Texts a draft takes for booleans: true first. */
const BOOLEAN_TEXTS = ['true,false', 'True,False', 'TRUE,FALSE', 'yes,no', 'Yes,No', 'Y,N'].map((pair) =>
  pair.split(','),
);
/** Columns with more distinct texts than this get their categories learned instead of listed. */
const MAX_LISTED = 100;
/** Distinct values from which on a column without repetition is taken for an identifier. */
const MIN_IDENTIFIERS = 20;
/** Decimals a draft declares at most; more are mostly artefacts of arithmetic. */
const MAX_DECIMALS = 6;

/** A schema file under construction. */
export type SchemaDraft = Readonly<Record<string, unknown>> & { readonly fields: readonly object[] };

/** A draft, and what the person who reads it should know of its columns; both are as private as the rows. */
export interface DraftedSchema {
  readonly schema: SchemaDraft;
  readonly notes: readonly string[];
}

/** How to stop a draft and follow it. */
export interface DraftContext {
  readonly signal?: AbortSignal | undefined;
  /** Called before each column with how many are done; column counts are structure, not data. */
  readonly onColumn?: (done: number, total: number) => void;
}

/** What was found in one column; every member is as private as the rows. */
interface ColumnFacts extends ColumnSays {
  readonly isMissing: boolean;
  readonly isInteger: boolean;
  readonly isNumber: boolean;
  readonly isDate: boolean;
  readonly isDatetime: boolean;
  readonly booleanTexts: readonly string[] | undefined;
  readonly minimum: number;
  readonly maximum: number;
  readonly decimals: number;
  readonly firstDay: string;
  readonly lastDay: string;
  /** How values are written, when neither as numbers nor as ISO 8601 dates. */
  readonly notation?: DraftNotation;
}

/**
 * Drafts a schema from the rows of a table, to save typing. Each fact taken from data is listed in the field's
 * `privacy.unconfirmed`, which training refuses. Limits are rounded outwards to two digits (dates to whole years).
 * @throws TabveilError (input) for structural faults, see `readTable`, and for a table without rows.
 *
 * **Privacy**: the draft is derived from private rows without protection. It is as private as the table until a person has
 * checked that each fact is public knowledge.
 */
export async function draftSchema(path: string, options: DraftContext = {}): Promise<DraftedSchema> {
  const { signal, onColumn } = options;
  const format = await tableFormat(path);
  if (format === 'Arrow') {
    throw tableError(
      path,
      'draft-format',
      'this is an Arrow file; drafts are made from CSV, Parquet and JSON; convert the table first.',
    );
  }
  const draft = async (session: DuckDbSession) => {
    const source = await openSource(path, format, session);
    const fields: object[] = [];
    const notes: string[] = [];
    refuseUnusableNames(path, source);
    for (const column of source.columns) {
      onColumn?.(fields.length, source.columns.length);
      const texts = `(SELECT ${trimmedText(column)} AS t FROM ${source.relation})`;
      const facts = await columnFacts(session, texts);
      if (facts.rows === 0) throw tableError(path, 'no-rows', 'the table has no rows; a draft is made from rows.');
      const field = await draftField(session, { name: column.name, texts }, facts);
      fields.push(field);
      notes.push(...draftNotes(column.name, facts, field));
    }
    return { fields, notes };
  };
  try {
    const { fields, notes } = await withDuckDb(draft, signal);
    const schema = {
      $schema: 'https://datapackage.org/profiles/2.0/tableschema.json',
      fields,
      missingValues: MISSING_VALUES,
      privacy: { unit: 'row' },
    };
    return { schema, notes };
  } catch (error) {
    signal?.throwIfAborted();
    throw await explainReadFailure(path, format, error);
  }
}

/** The condition that a text is a value. */
const PRESENT = `t IS NOT NULL AND t NOT IN (${MISSING_VALUES.map(sqlText).join(', ')})`;

async function draftField(
  session: DuckDbSession,
  { name, texts }: { readonly name: string; readonly texts: string },
  facts: ColumnFacts,
): Promise<object> {
  const base = { name };
  const required = facts.isMissing || facts.present === 0 ? undefined : true;
  if (facts.booleanTexts !== undefined) return booleanField(base, facts.booleanTexts, required);
  if (isIdentifier(name, facts)) {
    const type = facts.isInteger ? 'integer' : 'string';
    return { ...base, type, privacy: { role: 'identifier', unconfirmed: ['role'] } };
  }
  if (isNumeric(facts)) return numberField(base, facts, required);
  if (isCalendar(facts)) return calendarField(base, facts, required);
  if (facts.distinct > MAX_LISTED || facts.present === 0) {
    return withUnconfirmed({ ...base, type: 'string' }, {}, { categories: 'learn' }, ['type'], required);
  }
  const listed = await session.rows(`SELECT DISTINCT t FROM ${texts} WHERE ${PRESENT} ORDER BY t`);
  const values = listed.map(([text]) => text ?? '');
  return withUnconfirmed({ ...base, type: 'string' }, { enum: values }, {}, ['type', 'categories'], required);
}

/** Numbers as Table Schema writes them, or with a decimal comma. */
const isNumeric = (facts: ColumnFacts) => facts.isInteger || facts.isNumber || facts.notation?.number !== undefined;

/** Dates and moments in ISO 8601, or in the one pattern that fits all. */
const isCalendar = (facts: ColumnFacts) => facts.isDate || facts.isDatetime || facts.notation?.pattern !== undefined;

async function columnFacts(session: DuckDbSession, texts: string): Promise<ColumnFacts> {
  // Patterns are tried once per distinct text, not once per row.
  const grouped = `(SELECT t, count(*) AS n FROM ${texts} GROUP BY t)`;
  const number = 'try_cast(t AS DOUBLE)';
  const all = (condition: string) => `coalesce(bool_and(${condition}) FILTER (${PRESENT}), false)`;
  const any = (condition: string) => `coalesce(bool_or(${condition}) FILTER (${PRESENT}), false)`;
  const pairs = BOOLEAN_TEXTS.map((pair) => all(`t IN (${pair.map(sqlText).join(', ')})`));
  const notations = notationConditions('t').map(all);
  const decimals = `length(regexp_extract(t, '^[^.eE]*\\.([0-9]+)$', 1))`;
  const words = `sum(n * (length(t) - length(replace(t, ' ', '')) + 1)) FILTER (${PRESENT})`;
  const [row = []] = await session.rows(`SELECT
    coalesce(sum(n) FILTER (${PRESENT}), 0), count(*) FILTER (NOT (${PRESENT}) OR t IS NULL), count(*) FILTER (${PRESENT}),
    ${all(`regexp_full_match(t, '[+-]?(0|[1-9][0-9]{0,14})')`)}, ${all(`${number} IS NOT NULL AND isfinite(${number}) AND NOT regexp_full_match(t, '[+-]?0[0-9].*')`)},
    ${all(`regexp_full_match(t, '\\d{4}-\\d{2}-\\d{2}') AND try_cast(t AS DATE) IS NOT NULL`)},
    ${all(`regexp_full_match(t, '\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}.*') AND try_cast(t AS TIMESTAMPTZ) IS NOT NULL`)},
    min(${number}), max(${number}), max(${decimals}),
    min(try_cast(t AS DATE)), max(try_cast(t AS DATE)), coalesce(sum(n), 0), ${words},
    ${any("contains(t, ',')")}, ${any("contains(t, '.')")}, ${[...pairs, ...notations].join(', ')} FROM ${grouped}`);
  const isTrue = (index: number) => row[index] === 'true';
  const present = Number(row[0]);
  const facts: ColumnFacts = {
    present,
    rows: Number(row[12]),
    words: Number(row[13] ?? 0) / Math.max(1, present),
    isMissing: Number(row[1]) > 0,
    distinct: Number(row[2]),
    isInteger: isTrue(3),
    isNumber: isTrue(4),
    isDate: isTrue(5),
    isDatetime: isTrue(6),
    minimum: Number(row[7]),
    maximum: Number(row[8]),
    decimals: Math.min(MAX_DECIMALS, Number(row[9] ?? 0)),
    firstDay: row[10] ?? '',
    lastDay: row[11] ?? '',
    booleanTexts: BOOLEAN_TEXTS.find((_, index) => isTrue(16 + index)),
  };
  if (isNumeric(facts) || isCalendar(facts)) return facts;
  const answers = notations.map((_, index) => isTrue(16 + pairs.length + index));
  const notation = readNotation(answers, { hasComma: isTrue(14), hasPoint: isTrue(15) });
  return notation === undefined ? facts : { ...facts, notation, ...(await notedLimits(session, grouped, notation)) };
}

/** Limits of a column whose values are written in a notation of their own. */
async function notedLimits(
  session: DuckDbSession,
  grouped: string,
  notation: DraftNotation,
): Promise<Pick<ColumnFacts, 'minimum' | 'maximum' | 'decimals' | 'firstDay' | 'lastDay'>> {
  const { number, day } = notationSql('t', notation);
  const decimals = "length(regexp_extract(t, ',([0-9]+)$', 1))";
  const [row = []] = await session.rows(
    `SELECT min(${number}), max(${number}), max(${decimals}), min(${day}), max(${day}) FROM ${grouped} WHERE ${PRESENT}`,
  );
  const [minimum, maximum, digits] = row.map(Number);
  return {
    minimum: minimum ?? 0,
    maximum: maximum ?? 0,
    decimals: Math.min(MAX_DECIMALS, digits ?? 0),
    firstDay: row[3] ?? '',
    lastDay: row[4] ?? '',
  };
}

/** Texts that never repeat, or whole numbers that never repeat under a name that says so. */
function isIdentifier(name: string, facts: ColumnFacts): boolean {
  if (facts.distinct < facts.present || facts.distinct < MIN_IDENTIFIERS || isCalendar(facts)) return false;
  return facts.isInteger ? IDENTIFIER_NAME.test(name) : !isNumeric(facts);
}

function booleanField(base: object, [yes, no]: readonly string[], required: true | undefined): object {
  const texts = { trueValues: [yes], falseValues: [no] };
  return withUnconfirmed({ ...base, type: 'boolean', ...texts }, {}, {}, ['type'], required);
}

function numberField(base: object, facts: ColumnFacts, required: true | undefined): object {
  const decimals = facts.isInteger ? 0 : facts.decimals;
  const [minimum, maximum] = roundOutwards(facts.minimum, facts.maximum, decimals);
  const type = facts.isInteger ? 'integer' : 'number';
  const precision = facts.isInteger ? {} : { precision: Number(`1e-${decimals}`) };
  const unconfirmed = ['type', 'bounds', ...(facts.isInteger ? [] : ['precision'])];
  const written = { ...base, type, ...facts.notation?.number };
  return withUnconfirmed(written, { minimum, maximum }, precision, unconfirmed, required);
}

/** Limits moved outwards to two digits of the larger one, on the grid of that many decimals. */
export function roundOutwards(minimum: number, maximum: number, decimals: number): readonly [number, number] {
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum));
  const exponent = largest === 0 ? 0 : Math.floor(Math.log10(largest)) - 1;
  const step = Math.max(-decimals, exponent);
  const scale = (value: number, round: (value: number) => number) =>
    step >= 0
      ? round(value / 10 ** step) * 10 ** step
      : Number((round(value * 10 ** -step) / 10 ** -step).toFixed(decimalsOf(10 ** step)));
  return [scale(minimum, Math.floor), scale(maximum, Math.ceil)];
}

function calendarField(base: object, facts: ColumnFacts, required: true | undefined): object {
  const { firstDay, lastDay, notation } = facts;
  const pattern = notation?.pattern;
  const isDate = pattern === undefined ? facts.isDate : !isClockPattern(pattern);
  const limits = { minimum: `${firstDay.slice(0, 4)}-01-01`, maximum: `${lastDay.slice(0, 4)}-12-31` };
  const constraints = isDate
    ? limits
    : { minimum: `${limits.minimum}T00:00:00`, maximum: `${limits.maximum}T23:59:59` };
  return withUnconfirmed(
    { ...base, type: isDate ? 'date' : 'datetime', ...(pattern !== undefined && { format: pattern }) },
    constraints,
    {},
    ['type', 'bounds'],
    required,
  );
}

function withUnconfirmed(
  base: object,
  constraints: object,
  privacy: object,
  unconfirmed: readonly string[],
  required: true | undefined,
): object {
  const facts = required === undefined ? unconfirmed : [...unconfirmed, 'required'];
  const all = required === undefined ? constraints : { ...constraints, required };
  const hasConstraints = Object.keys(all).length > 0;
  return { ...base, ...(hasConstraints ? { constraints: all } : {}), privacy: { ...privacy, unconfirmed: facts } };
}
