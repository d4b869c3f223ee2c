import { sqlText } from './duckdb-session.ts';

/**
 * Whole numbers and decimals with a comma, with or without points between thousands. One value must have a comma, and not all
 * of them exactly three digits after it: those may be thousands written the English way.
 */
const COMMA_NUMBER = '[+-]?([0-9]+|[0-9]{1,3}(\\.[0-9]{3})+)(,[0-9]+)?';
const THREE_DIGITS = '[^,]*(,[0-9]{3})?';

/** Ways of writing days other than ISO 8601. Day first stands before month first; a column must fit exactly one order. */
const DAY_PATTERNS = ['%d.%m.%Y', '%d/%m/%Y', '%m/%d/%Y', '%Y/%m/%d'] as const;
const CLOCK_PATTERNS = ['', ' %H:%M', ' %H:%M:%S'] as const;
const PATTERNS = DAY_PATTERNS.flatMap((day) => CLOCK_PATTERNS.map((clock) => `${day}${clock}`));
/** What each directive looks like; DuckDB itself also accepts single digits, which our reader does not. */
const DIGITS = [
  ['%Y', '[0-9]{4}'],
  ['%d', '[0-9]{2}'],
  ['%m', '[0-9]{2}'],
  ['%H', '[0-9]{2}'],
  ['%M', '[0-9]{2}'],
  ['%S', '[0-9]{2}'],
  ['.', '\\.'],
] as const;

/** How numbers or dates of a column are written, when it is not as Table Schema assumes. Private like the rows. */
export interface DraftNotation {
  /** Numbers with a decimal comma; `groupChar` when some have points between thousands. */
  readonly number?: { readonly decimalChar: ','; readonly groupChar?: '.' };
  /** Directives of dates or datetimes. */
  readonly pattern?: string;
}

/** SQL of a number written with a decimal comma: NULL for what is none. */
const commaNumber = (text: string) => `try_cast(replace(replace(${text}, '.', ''), ',', '.') AS DOUBLE)`;

/** Whether a notation names a time of day. */
export const isClockPattern = (pattern: string): boolean => pattern.includes('%H');

/**
 * SQL conditions on one text, in the order in which `readNotation` takes their answers: each says that the text may be written
 * so. All values of a column must meet a condition for the column to have the notation.
 */
export function notationConditions(text: string): readonly string[] {
  const dates = PATTERNS.map((pattern) => {
    const form = DIGITS.reduce((sql, [directive, digits]) => sql.replaceAll(directive, digits), pattern);
    return `regexp_full_match(${text}, ${sqlText(form)}) AND try_strptime(${text}, ${sqlText(pattern)}) IS NOT NULL`;
  });
  return [
    `regexp_full_match(${text}, ${sqlText(COMMA_NUMBER)})`,
    `regexp_full_match(${text}, ${sqlText(THREE_DIGITS)})`,
    ...dates,
  ];
}

/**
 * The notation that all texts of a column share, from the answers to `notationConditions`; undefined when there is none or more
 * than one.
 */
export function readNotation(
  answers: readonly boolean[],
  { hasComma, hasPoint }: { readonly hasComma: boolean; readonly hasPoint: boolean },
): DraftNotation | undefined {
  const [isComma, isAmbiguous, ...fits] = answers;
  if (isComma && !isAmbiguous && hasComma)
    return { number: { decimalChar: ',', ...(hasPoint && { groupChar: '.' as const }) } };
  const patterns = PATTERNS.filter((_, index) => fits[index]);
  const [pattern] = patterns;
  return pattern !== undefined && patterns.length === 1 ? { pattern } : undefined;
}

/** SQL of a text's number or day in a notation, for its limits. */
export function notationSql(text: string, notation: DraftNotation): { readonly number: string; readonly day: string } {
  return {
    number: notation.number === undefined ? 'NULL::DOUBLE' : commaNumber(text),
    day: notation.pattern === undefined ? 'NULL::DATE' : `try_strptime(${text}, ${sqlText(notation.pattern)})::DATE`,
  };
}
