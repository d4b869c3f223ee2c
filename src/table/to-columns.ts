import { formatIsoDate, formatIsoDatetime } from './calendar.ts';
import { axisValues, CODE_SHIFT, outputKind, textsByCode, truthByCode } from './column-output.ts';
import type { Column, Table } from './columns.ts';
import type { Field } from './schema.ts';
import { columnOf, type OutputSchema } from './table-writer.ts';

/** A cell as a plain value; dates and datetimes are ISO 8601 texts, missing cells null. */
export type PlainCell = string | number | boolean | null;

/**
 * Plain columns of a table, typed by the schema's fields: texts, numbers, booleans, ISO 8601 dates; null where missing.
 * `fromColumns` reads them back.
 * @example toColumns(table, schema).age // [30, 41, null]
 */
export function toColumns(table: Table, schema: OutputSchema): Record<string, PlainCell[]> {
  const entries = schema.fields.map((field) => [field.name, plainCells(field, columnOf(table, field.name))] as const);
  return Object.fromEntries(entries);
}

function plainCells(field: Field, column: Column): PlainCell[] {
  const kind = outputKind(field, column);
  if (column.kind === 'category' && kind === 'text') {
    const texts = textsByCode(field, column.categories);
    return Array.from(column.codes, (code) => texts[code + CODE_SHIFT] ?? null);
  }
  if (column.kind === 'category' && kind === 'boolean') {
    const truth = truthByCode(column.categories);
    return Array.from(column.codes, (code) =>
      truth[code + CODE_SHIFT] === -1 ? null : truth[code + CODE_SHIFT] === 1,
    );
  }
  const format = kind === 'date' ? formatIsoDate : kind === 'datetime' ? formatIsoDatetime : (value: number) => value;
  return Array.from(axisValues(field, column), (value) => (Number.isNaN(value) ? null : format(value)));
}
