import type { FieldRole } from '../../table/schema.ts';
import { IDENTIFIER_KINDS, isNameColumn } from './identifier-patterns.ts';

/** What a scan needs of one column. **Privacy**: private. */
export interface ColumnTexts {
  readonly name: string;
  readonly rows: number;
  /** Rows that are not missing. */
  readonly present: number;
  readonly distinct: number;
  /** Distinct values that occur once. */
  readonly once: number;
  /** Distinct values, all of them or a part. */
  readonly values: readonly string[];
  /** Roles that a schema declares. */
  readonly roles: readonly FieldRole[];
}

/** What a finding is about. */
export type FindingKind =
  | 'direct-identifier'
  | 'name'
  | 'reversible-pseudonym'
  | 'unreversed-digest'
  | 'free-text'
  | 'near-unique'
  | 'trip-log';

/** One thing that an officer should know before training. No cell is quoted. */
export interface Finding {
  readonly column: string;
  readonly kind: FindingKind;
  /** Which direct identifier it is, such as `IBAN`. */
  readonly identifier?: string;
  readonly severity: 'high' | 'medium' | 'low';
  /** Distinct values concerned, of how many looked at. */
  readonly matches: number;
  readonly of: number;
  readonly finding: string;
  readonly advice: string;
}

/** Share of distinct values among the present ones from which a column is near-unique. */
const NEAR_UNIQUE_SHARE = 0.9;
/** Columns with fewer rows are not called near-unique. */
const MIN_ROWS = 20;
/** Mean words per value from which a column is free text. */
const FREE_TEXT_WORDS = 4;

const DROP = 'Declare the column as an identifier (it is then never read), or leave it out of the schema.';

/** Findings of one column that need nothing but its texts. */
export function scanColumn(column: ColumnTexts): readonly Finding[] {
  return [
    ...identifierFindings(column),
    ...nameFindings(column),
    ...freeTextFindings(column),
    ...uniqueFindings(column),
  ];
}

function identifierFindings(column: ColumnTexts): readonly Finding[] {
  const of = column.values.length;
  const counts = new Map<string, number>();
  for (const value of column.values) {
    const kind = IDENTIFIER_KINDS.find(({ matches }) => matches(value))?.kind;
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return IDENTIFIER_KINDS.flatMap(({ kind, minShare }): readonly Finding[] => {
    const matches = counts.get(kind) ?? 0;
    if (matches === 0 || matches < minShare * of) return [];
    const finding = `${matches} of ${of} distinct values look like a ${kind}.`;
    const common = { column: column.name, identifier: kind, matches, of, finding, advice: DROP };
    return [{ ...common, kind: 'direct-identifier', severity: 'high' }];
  });
}

function nameFindings(column: ColumnTexts): readonly Finding[] {
  const isDeclared = column.roles.includes('identifier');
  if (!isDeclared && !isNameColumn(column.name)) return [];
  const finding = isDeclared
    ? 'The schema declares it as an identifier.'
    : 'Its name says that it holds names of people.';
  const severity = isDeclared ? 'low' : 'high';
  return [
    {
      column: column.name,
      kind: 'name',
      severity,
      matches: column.distinct,
      of: column.distinct,
      finding,
      advice: DROP,
    },
  ];
}

function freeTextFindings(column: ColumnTexts): readonly Finding[] {
  const of = column.values.length;
  const words = column.values.reduce((total, value) => total + value.split(/\s+/).length, 0);
  const isRepeated = column.distinct < column.present / 2;
  if (of < MIN_ROWS || words / of < FREE_TEXT_WORDS || isRepeated) return [];
  return [
    {
      column: column.name,
      kind: 'free-text',
      severity: 'high',
      matches: of,
      of,
      finding: `Free text: ${(words / of).toFixed(1)} words per value. Text can hold anything about anybody.`,
      advice: 'Leave the column out; a table model does not protect text.',
    },
  ];
}

function uniqueFindings(column: ColumnTexts): readonly Finding[] {
  const isNearUnique = column.present >= MIN_ROWS && column.distinct >= NEAR_UNIQUE_SHARE * column.present;
  if (!isNearUnique) return [];
  const areNumbers = column.values.every((value) => /^-?\d*\.\d+$/.test(value));
  return [
    {
      column: column.name,
      kind: 'near-unique',
      severity: areNumbers ? 'low' : 'medium',
      matches: column.once,
      of: column.distinct,
      finding: `${column.distinct} distinct values in ${column.present} rows; ${column.once} occur once and point at one person.`,
      advice: areNumbers
        ? 'Declare bounds and bins from public knowledge.'
        : `If it identifies people: ${DROP} Otherwise declare coarse public bins or categories.`,
    },
  ];
}
