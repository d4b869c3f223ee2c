import { axisFromText, hasAxis } from './axis.ts';
import { MS_PER_DAY } from './calendar.ts';
import { parsePattern } from './calendar-pattern.ts';
import { MISSING_CODE, UNLISTED_CODE } from './columns.ts';
import type { Field } from './schema.ts';

const NUMBER = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|Infinity)$/i;

/** The trimmed text of a value in memory, or null when there is none (null, undefined, NaN). */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isNaN(value) ? null : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (typeof value === 'object') return JSON.stringify(value) ?? null;
  return String(value).trim();
}

/** The text of a value that counts, or null when it is missing by itself or by `missingValues`. */
export function presentText(value: unknown, missingValues: readonly string[]): string | null {
  const text = cellText(value);
  return text === null || missingValues.some((missing) => missing.trim() === text) ? null : text;
}

/** Turns a value in memory into the place on the axis of its field; NaN when missing or unreadable. Never throws. */
export function axisReader(field: Field, missingValues: readonly string[]): (value: unknown) => number {
  return (value) => {
    const text = presentText(value, missingValues);
    if (text === null) return Number.NaN;
    if (field.type === 'date' || field.type === 'datetime') {
      const milliseconds = value instanceof Date ? value.getTime() : calendarText(field, text);
      return field.type === 'date' ? Math.floor(milliseconds / MS_PER_DAY) : milliseconds;
    }
    const number = usualNumber(field, text);
    return NUMBER.test(number) ? Number(number) : Number.NaN;
  };
}

function calendarText({ pattern }: Field, text: string): number {
  return pattern === undefined ? axisFromText('datetime', text) : (parsePattern(pattern, text) ?? Number.NaN);
}

/** The text of a number in the usual notation. */
function usualNumber({ numberText }: Field, text: string): string {
  const infinity = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinity !== null) return `${infinity[1]}Infinity`;
  if (numberText === undefined) return text;
  const bare = numberText.bareNumber ? text : text.replace(/^[^0-9+\-.,]+/, '').replace(/[^0-9.,]+$/, '');
  const ungrouped = numberText.groupChar === undefined ? bare : bare.replaceAll(numberText.groupChar, '');
  return ungrouped.replaceAll(numberText.decimalChar, '.');
}

/** Turns a value in memory into a code of a listed category, `MISSING_CODE` or `UNLISTED_CODE`. Never throws. */
export function codeReader(
  field: Field,
  categories: readonly string[],
  missingValues: readonly string[],
): (value: unknown) => number {
  if (field.type === 'boolean') return booleanReader(field, missingValues);
  const axis = hasAxis(field.type) ? axisReader(field, missingValues) : undefined;
  const keyOf = (value: unknown, text: string): string | number => (axis === undefined ? text : axis(value));
  const codes = new Map(
    categories.map((category, code) => [axis === undefined ? category : axisFromText(field.type, category), code]),
  );
  return (value) => {
    const text = presentText(value, missingValues);
    return text === null ? MISSING_CODE : (codes.get(keyOf(value, text)) ?? UNLISTED_CODE);
  };
}

function booleanReader(field: Field, missingValues: readonly string[]): (value: unknown) => number {
  const codes = new Map<string, number>();
  for (const text of field.falseValues ?? ['false']) codes.set(text.trim(), 0);
  for (const text of field.trueValues ?? ['true']) codes.set(text.trim(), 1);
  return (value) => {
    if (typeof value === 'boolean') return value ? 1 : 0;
    const text = presentText(value, missingValues);
    return text === null ? MISSING_CODE : (codes.get(text) ?? UNLISTED_CODE);
  };
}
