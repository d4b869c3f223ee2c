import { trimmedText } from './cell-sql.ts';
import { decimalsOf } from './domain-numeric.ts';
import { type DuckDbSession, sqlText, withDuckDb } from './duckdb-session.ts';
import { sealReadFailure, tableError } from './table-errors.ts';
import { openSource, refuseUnusableNames, type SourceColumn, tableFormat } from './table-source.ts';

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

/** How to stop a draft and follow it. */
export interface DraftContext {
  readonly signal?: AbortSignal | undefined;
  /** Called before each column with how many are done; column counts are structure, not data. */
  readonly onColumn?: (done: number, total: number) => void;
}

/** What was found in one column; every member is as private as the rows. */
interface ColumnFacts {
  readonly present: number;
  readonly isMissing: boolean;
  readonly distinct: number;
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
}

/**
 * Drafts a schema from the rows of a table, to save typing. Each fact taken from data is listed in the field's
 * `privacy.unconfirmed`, which training refuses. Limits are rounded outwards to two digits (dates to whole years).
 * @throws TabveilError (input) for structural faults, see `readTable`.
 *
 * **Privacy**: the draft is derived from private rows without protection. It is as private as the table until a person has
 * checked that each fact is public knowledge.
 */
export async function draftSchema(path: string, options: DraftContext = {}): Promise<SchemaDraft> {
  const { signal, onColumn } = options;
  const format = await tableFormat(path);
  if (format === 'Arrow') {
    throw tableError(path, 'draft-format', 'drafts are made from CSV, Parquet and JSON; convert the table first.');
  }
  const draft = async (session: DuckDbSession) => {
    const source = await openSource(path, format, session);
    const fields: object[] = [];
    refuseUnusableNames(path, source);
    for (const column of source.columns) {
      onColumn?.(fields.length, source.columns.length);
      fields.push(await draftField(session, source.relation, column));
    }
    return fields;
  };
  try {
    const fields = await withDuckDb(draft, signal);
    return {
      $schema: 'https://datapackage.org/profiles/2.0/tableschema.json',
      fields,
      missingValues: MISSING_VALUES,
      privacy: { unit: 'row' },
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw sealReadFailure(path, format, error);
  }
}

async function draftField(session: DuckDbSession, relation: string, column: SourceColumn): Promise<object> {
  const texts = `(SELECT ${trimmedText(column)} AS t FROM ${relation})`;
  const present = `t IS NOT NULL AND t NOT IN (${MISSING_VALUES.map(sqlText).join(', ')})`;
  const facts = await columnFacts(session, texts, present);
  const base = { name: column.name };
  const required = facts.isMissing || facts.present === 0 ? undefined : true;
  if (facts.booleanTexts !== undefined) return booleanField(base, facts.booleanTexts, required);
  if (isIdentifier(column.name, facts)) {
    const type = facts.isInteger ? 'integer' : 'string';
    return { ...base, type, privacy: { role: 'identifier', unconfirmed: ['role'] } };
  }
  if (facts.isInteger || facts.isNumber) return numberField(base, facts, required);
  if (facts.isDate || facts.isDatetime) return calendarField(base, facts, required);
  if (facts.distinct > MAX_LISTED || facts.present === 0) {
    return withUnconfirmed({ ...base, type: 'string' }, {}, { categories: 'learn' }, ['type'], required);
  }
  const listed = await session.rows(`SELECT DISTINCT t FROM ${texts} WHERE ${present} ORDER BY t`);
  const values = listed.map(([text]) => text ?? '');
  return withUnconfirmed({ ...base, type: 'string' }, { enum: values }, {}, ['type', 'categories'], required);
}

async function columnFacts(session: DuckDbSession, texts: string, present: string): Promise<ColumnFacts> {
  // Patterns are tried once per distinct text, not once per row.
  const grouped = `(SELECT t, count(*) AS n FROM ${texts} GROUP BY t)`;
  const number = 'try_cast(t AS DOUBLE)';
  const all = (condition: string) => `coalesce(bool_and(${condition}) FILTER (${present}), false)`;
  const pairs = BOOLEAN_TEXTS.map((pair) => all(`t IN (${pair.map(sqlText).join(', ')})`));
  const decimals = `length(regexp_extract(t, '^[^.eE]*\\.([0-9]+)$', 1))`;
  const [row = []] = await session.rows(`SELECT
    coalesce(sum(n) FILTER (${present}), 0), count(*) FILTER (NOT (${present}) OR t IS NULL), count(*) FILTER (${present}),
    ${all(`regexp_full_match(t, '[+-]?(0|[1-9][0-9]{0,14})')`)}, ${all(`${number} IS NOT NULL AND isfinite(${number}) AND NOT regexp_full_match(t, '[+-]?0[0-9].*')`)},
    ${all(`regexp_full_match(t, '\\d{4}-\\d{2}-\\d{2}') AND try_cast(t AS DATE) IS NOT NULL`)},
    ${all(`regexp_full_match(t, '\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}.*') AND try_cast(t AS TIMESTAMPTZ) IS NOT NULL`)},
    min(${number}), max(${number}), max(${decimals}),
    min(try_cast(t AS DATE)), max(try_cast(t AS DATE)), ${pairs.join(', ')} FROM ${grouped}`);
  const isTrue = (index: number) => row[index] === 'true';
  return {
    present: Number(row[0]),
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
    booleanTexts: BOOLEAN_TEXTS.find((_, index) => isTrue(12 + index)),
  };
}

/** Texts that never repeat, or whole numbers that never repeat under a name that says so. */
function isIdentifier(
  name: string,
  { distinct, present, isInteger, isNumber, isDate, isDatetime }: ColumnFacts,
): boolean {
  if (distinct < present || distinct < MIN_IDENTIFIERS || isDate || isDatetime) return false;
  if (isInteger) return /(^|[^a-z])(id|key|uuid|number|nr|no)$|^id/i.test(name);
  return !isNumber;
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
  return withUnconfirmed({ ...base, type }, { minimum, maximum }, precision, unconfirmed, required);
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

function calendarField(base: object, { firstDay, lastDay, isDate }: ColumnFacts, required: true | undefined): object {
  const limits = { minimum: `${firstDay.slice(0, 4)}-01-01`, maximum: `${lastDay.slice(0, 4)}-12-31` };
  const constraints = isDate
    ? limits
    : { minimum: `${limits.minimum}T00:00:00`, maximum: `${limits.maximum}T23:59:59` };
  return withUnconfirmed(
    { ...base, type: isDate ? 'date' : 'datetime' },
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
