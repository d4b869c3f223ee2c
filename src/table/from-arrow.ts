import type { Table as ArrowTable, Vector } from 'apache-arrow';
import { axisReader } from './cell-value.ts';
import { type CategoryColumn, type Column, MISSING_CODE, type Table } from './columns.ts';
import { absentColumn, codeValues, type FromOptions } from './plain-columns.ts';
import { fieldsToRead } from './read-fields.ts';
import type { Field, TableSchema } from './schema.ts';

/** What of an Arrow type decides how its values are read; `typeId` numbers are fixed by Arrow's own enumeration. */
interface ArrowType {
  readonly typeId: number;
  readonly scale?: number;
  /** Half floats (0) are stored as whole numbers. */
  readonly precision?: number;
}

const INTEGER = 2;
const FLOAT = 3;
const DECIMAL = 7;
const DATE = 8;
const TIMESTAMP = 10;
const DICTIONARY = -1;

/**
 * A table from an Arrow table, coded as the schema says; values never make it fail (see `readTable`).
 * @throws TabveilError (input) when a column of the schema is absent.
 *
 * **Privacy**: the result is as private as the Arrow table.
 */
export function fromArrow(arrow: ArrowTable, schema: TableSchema, options: FromOptions = {}): Table {
  const columns = new Map<string, Column>();
  for (const field of fieldsToRead(schema, options.identifiers)) {
    const vector = arrow.getChild(field.name);
    if (vector === null) throw absentColumn(field.name);
    columns.set(field.name, codeVector(field, vector, schema));
  }
  return { rowCount: arrow.numRows, columns };
}

function codeVector(field: Field, vector: Vector, schema: TableSchema): Column {
  const type: ArrowType = vector.type;
  if (type.typeId === DICTIONARY && field.domain.kind === 'categorical') {
    const column = codeDictionary(field, vector, schema);
    if (column !== undefined) return column;
  }
  if (isPlainNumber(type) && field.domain.kind === 'numeric' && hasNumberAxis(field)) {
    return { kind: 'number', values: plainNumbers(field, vector, schema) };
  }
  const read = valueReader(type);
  return codeValues(
    field,
    Array.from({ length: vector.length }, (_, row) => read(vector.get(row))),
    schema,
  );
}

/** Codes the texts of the dictionary once and maps the indices; only listed categories allow it. */
function codeDictionary(field: Field, vector: Vector, schema: TableSchema): CategoryColumn | undefined {
  if (field.domain.kind !== 'categorical' || field.domain.categories.status !== 'public') return undefined;
  const codes = new Int32Array(vector.length);
  let row = 0;
  for (const data of vector.data) {
    const texts = data.dictionary?.toArray() ?? [];
    const coded = codeValues(field, Array.from(texts), schema);
    if (coded.kind !== 'category') return undefined;
    for (let at = 0; at < data.length; at++, row++) {
      codes[row] = data.getValid(at) ? (coded.codes[Number(data.values[at])] ?? MISSING_CODE) : MISSING_CODE;
    }
  }
  return { kind: 'category', codes, categories: field.domain.categories.value };
}

function isPlainNumber({ typeId, precision }: ArrowType): boolean {
  return typeId === INTEGER || (typeId === FLOAT && precision !== 0);
}

function hasNumberAxis({ type }: Field): boolean {
  return type === 'integer' || type === 'number';
}

/** Copies numbers without looking at each through `get`; values that mean missing become NaN. */
function plainNumbers(field: Field, vector: Vector, schema: TableSchema): Float64Array {
  const values = new Float64Array(vector.length);
  const missing = new Set(schema.missingValues.map(axisReader(field, [])).filter(Number.isFinite));
  let row = 0;
  for (const data of vector.data) {
    for (let at = 0; at < data.length; at++, row++) {
      const value = Number(data.values[at]);
      values[row] = missing.has(value) || (data.nullCount > 0 && !data.getValid(at)) ? Number.NaN : value;
    }
  }
  return values;
}

/** Turns a value of an Arrow type into one that cell readers know; Arrow gives dates and timestamps in milliseconds. */
function valueReader(type: ArrowType): (value: unknown) => unknown {
  if (type.typeId === DATE || type.typeId === TIMESTAMP) {
    return (value) => (value === null || value === undefined ? null : new Date(Number(value)));
  }
  if (type.typeId === DECIMAL) {
    const unit = 10 ** (type.scale ?? 0);
    return (value) => (value === null || value === undefined ? null : Number(String(value)) / unit);
  }
  return (value) => value;
}
