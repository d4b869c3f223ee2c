import {
  Field as ArrowField,
  Schema as ArrowSchema,
  Table as ArrowTable,
  Bool,
  Data,
  type DataType,
  DateDay,
  Dictionary,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Struct,
  TimestampMillisecond,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { axisValues, CODE_SHIFT, fitsInt32, outputKind, textsByCode, truthByCode } from './column-output.ts';
import type { CategoryColumn, Column, Table } from './columns.ts';
import type { Field } from './schema.ts';
import { columnOf, type OutputSchema } from './table-writer.ts';

/** The Arrow types of a table's columns and the dictionaries its batches share: Arrow files hold each one once. */
export interface ArrowShape {
  readonly fields: readonly Field[];
  readonly schema: ArrowSchema;
  readonly dictionaries: ReadonlyMap<string, { readonly texts: readonly string[]; readonly vector: Vector<Utf8> }>;
}

/**
 * An Arrow table: dictionaries for texts, Bool, Int32 or Int64, Float64, Date32, Timestamp in milliseconds; identifiers as
 * plain texts or Int64. Missing cells are null.
 */
export function toArrow(table: Table, schema: OutputSchema): ArrowTable {
  const shape = arrowShape(table, schema);
  return new ArrowTable(shape.schema, [arrowBatch(shape, table)]);
}

/** The types of the columns, found in the first batch; dictionaries are those of its category columns. */
export function arrowShape(first: Table, schema: OutputSchema): ArrowShape {
  const dictionaries = new Map<string, { texts: readonly string[]; vector: Vector<Utf8> }>();
  const arrowFields = schema.fields.map((field, index) => {
    const column = columnOf(first, field.name);
    const type = arrowType(field, column, index);
    if (type instanceof Dictionary && column.kind === 'category') {
      const texts = field.otherLabel === undefined ? column.categories : [...column.categories, field.otherLabel];
      dictionaries.set(field.name, { texts, vector: vectorFromArray(texts, new Utf8()) });
    }
    return new ArrowField(field.name, type, true);
  });
  return { fields: schema.fields, schema: new ArrowSchema(arrowFields), dictionaries };
}

function arrowType(field: Field, column: Column, dictionaryId: number): DataType {
  switch (outputKind(field, column)) {
    case 'text':
      return field.domain.kind === 'identifier' ? new Utf8() : new Dictionary(new Utf8(), new Int32(), dictionaryId);
    case 'boolean':
      return new Bool();
    case 'integer':
      return fitsInt32(field) ? new Int32() : new Int64();
    case 'number':
      return new Float64();
    case 'date':
      return new DateDay();
    case 'datetime':
      return new TimestampMillisecond();
  }
}

/** A batch in the shape of the first one. */
export function arrowBatch(shape: ArrowShape, batch: Table): RecordBatch {
  const children = shape.fields.map((field, index) => {
    const type: DataType | undefined = shape.schema.fields[index]?.type;
    if (type === undefined) throw new TypeError('arrow: the shape lacks a field');
    return columnData(field, columnOf(batch, field.name), type, shape);
  });
  const data = makeData({ type: new Struct(shape.schema.fields), length: batch.rowCount, nullCount: 0, children });
  return new RecordBatch(shape.schema, data);
}

function columnData(field: Field, column: Column, type: DataType, shape: ArrowShape): Data {
  if (column.kind === 'category' && type instanceof Dictionary) return dictionaryData(field, column, type, shape);
  if (column.kind === 'category' && type instanceof Utf8) {
    const texts = textsByCode(field, column.categories);
    const cells = Array.from(column.codes, (code) => texts[code + CODE_SHIFT] ?? null);
    return onlyChunk(vectorFromArray(cells, type));
  }
  if (column.kind === 'category' && type instanceof Bool) {
    const truth = truthByCode(column.categories);
    const values = Float64Array.from(column.codes, (code) =>
      truth[code + CODE_SHIFT]! < 0 ? Number.NaN : truth[code + CODE_SHIFT]!,
    );
    const bits = packBits(values, (value) => value === 1);
    return makeData({ type, length: values.length, ...presence(values), data: bits });
  }
  return numberData(axisValues(field, column), type);
}

function dictionaryData(field: Field, column: CategoryColumn, type: Dictionary, shape: ArrowShape): Data {
  const dictionary = shape.dictionaries.get(field.name);
  const texts = textsByCode(field, column.categories);
  const isShared = dictionary?.texts
    .slice(0, column.categories.length)
    .every((text, code) => text === column.categories[code]);
  if (dictionary === undefined || isShared !== true) {
    throw new TypeError(`arrow: the categories of "${field.name}" differ between batches`);
  }
  const other = field.otherLabel === undefined ? -1 : dictionary.texts.length - 1;
  const indices = column.codes.map((code) => (code >= 0 ? code : texts[code + CODE_SHIFT] === null ? -1 : other));
  const values = Float64Array.from(indices, (index) => (index < 0 ? Number.NaN : index));
  const data = indices.map((index) => Math.max(0, index));
  return makeData({ type, length: indices.length, ...presence(values), data, dictionary: dictionary.vector });
}

function numberData(values: Float64Array, type: DataType): Data {
  const length = values.length;
  if (type instanceof Float64) return makeData({ type, length, ...presence(values), data: values });
  const nulls = presence(values);
  if (type instanceof Int32) return makeData({ type, length, ...nulls, data: Int32Array.from(values) });
  if (type instanceof DateDay) return makeData({ type, length, ...nulls, data: Int32Array.from(values) });
  const wide = BigInt64Array.from(values, (value) => (Number.isFinite(value) ? BigInt(value) : 0n));
  if (type instanceof Int64) return makeData({ type, length, ...nulls, data: wide });
  if (type instanceof TimestampMillisecond) return makeData({ type, length, ...nulls, data: wide });
  throw new TypeError(`arrow: ${String(type)} holds no numbers`);
}

/** Null bitmap (1 present, lowest bit first) and count of nulls; no bitmap when nothing is missing. */
function presence(values: Float64Array): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
  let nullCount = 0;
  for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row]!)) nullCount++;
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: packBits(values, (value) => !Number.isNaN(value)) };
}

function packBits(values: Float64Array, isSet: (value: number) => boolean): Uint8Array {
  // Arrow wants buffers of a multiple of eight bytes.
  const bits = new Uint8Array(Math.ceil(values.length / 64) * 8);
  for (let row = 0; row < values.length; row++) if (isSet(values[row]!)) bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}

function onlyChunk(vector: Vector): Data {
  const [data] = vector.data;
  if (!(data instanceof Data)) throw new TypeError('arrow: an empty vector has no data');
  return data;
}
