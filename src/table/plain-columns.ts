import { TabveilError } from '../errors.ts';
import { axisReader, codeReader, presentText } from './cell-value.ts';
import { sortedDictionary } from './column-collector.ts';
import { type Column, MISSING_CODE, type Table } from './columns.ts';
import { fieldsToRead } from './read-fields.ts';
import type { Field, TableSchema } from './schema.ts';

/** Values of one column in memory: texts, numbers, booleans, `Date`s, bigints; null, undefined and NaN are missing. */
export type PlainValues = ArrayLike<unknown>;

/** What else to read from a table in memory. */
export interface FromOptions {
  /** Names of identifier fields to read after all (the key of an entity); others are never read. */
  readonly identifiers?: readonly string[];
}

/**
 * A table from plain columns, coded as the schema says; values never make it fail (see `readTable`).
 * @throws TabveilError (input) when a column of the schema is absent or lengths differ.
 *
 * **Privacy**: the result is as private as the values.
 * @example fromColumns({ age: [30, 41], sex: ['f', null] }, schema)
 */
export function fromColumns(
  columns: Readonly<Record<string, PlainValues>>,
  schema: TableSchema,
  options: FromOptions = {},
): Table {
  const fields = fieldsToRead(schema, options.identifiers);
  const values = fields.map((field) => {
    const found = Object.hasOwn(columns, field.name) ? columns[field.name] : undefined;
    if (found === undefined) throw absentColumn(field.name);
    return found;
  });
  const lengths = new Set(values.map((column) => column.length));
  if (lengths.size > 1) {
    throw new TabveilError('input', 'table.lengths', 'columns: lengths differ; each column holds one value per row.');
  }
  const [rowCount = 0] = lengths;
  return {
    rowCount,
    columns: new Map(fields.map((field, index) => [field.name, codeValues(field, values[index] ?? [], schema)])),
  };
}

/** The error for a column that the schema names and a table in memory lacks. */
export function absentColumn(name: string): TabveilError {
  const sentence = `columns: the schema names the column "${name}", which the table does not have; change the schema or the table.`;
  return new TabveilError('input', 'table.absent-column', sentence);
}

/** One column of values in memory, coded as its field says. */
export function codeValues(field: Field, values: PlainValues, schema: Pick<TableSchema, 'missingValues'>): Column {
  const { domain } = field;
  if (domain.kind === 'numeric') {
    const read = axisReader(field, schema.missingValues);
    return { kind: 'number', values: Float64Array.from(values, read) };
  }
  if (domain.kind === 'categorical' && domain.categories.status === 'public') {
    const read = codeReader(field, domain.categories.value, schema.missingValues);
    return { kind: 'category', codes: Int32Array.from(values, read), categories: domain.categories.value };
  }
  return dictionaryOf(values, schema.missingValues);
}

/** Codes against the texts found, sorted: the order of rows leaves no trace in the dictionary. */
function dictionaryOf(values: PlainValues, missingValues: readonly string[]): Column {
  const codeOf = new Map<string, number>();
  const codes = Int32Array.from(values, (value) => {
    const text = presentText(value, missingValues);
    if (text === null) return MISSING_CODE;
    const code = codeOf.get(text) ?? codeOf.size;
    codeOf.set(text, code);
    return code;
  });
  return sortedDictionary([...codeOf.keys()], codes);
}
