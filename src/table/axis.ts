import { parseIsoDate, parseIsoDatetime } from './calendar.ts';
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
