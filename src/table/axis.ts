import { formatIsoDate, formatIsoDatetime, parseIsoDate, parseIsoDatetime } from './calendar.ts';
import type { FieldType } from './schema.ts';

/** True for types whose values lie on a numeric axis (see `NumericDomain`). */
export function hasAxis(type: FieldType): boolean {
  return type !== 'string' && type !== 'boolean';
}

/**
 * The place on the axis of its type of a text in the usual notation (decimal point, ISO 8601), or NaN.
 * @example axisFromText('date', '1970-01-02') // 1
 */
export function axisFromText(type: FieldType, text: string): number {
  if (type === 'date') return parseIsoDate(text) ?? Number.NaN;
  if (type === 'datetime') return parseIsoDatetime(text) ?? Number.NaN;
  return text.trim() === '' ? Number.NaN : Number(text);
}

/**
 * A place on the axis of a type in the usual notation: the inverse of `axisFromText`.
 * @example axisText('date', 1) // '1970-01-02'
 */
export function axisText(type: FieldType, value: number): string {
  if (type === 'date') return formatIsoDate(value);
  if (type === 'datetime') return formatIsoDatetime(value);
  return `${value}`;
}
