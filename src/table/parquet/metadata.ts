import type { OutputKind } from '../column-output.ts';
import type { PlainNumberType } from './encodings.ts';
import { encodeThrift, type ThriftStruct, type ThriftValue } from './thrift.ts';

/** Encoding numbers of the Parquet format. */
export const ENCODING = { plain: 0, rle: 3, rleDictionary: 8 } as const;

/** Physical storage of a column. */
export type PhysicalType = PlainNumberType | 'boolean' | 'text';

/** A column as the footer describes it. */
export interface ParquetColumn {
  readonly name: string;
  readonly kind: OutputKind;
  readonly physical: PhysicalType;
}

/** Where the pages of one column of one row group are. */
export interface ColumnChunk {
  readonly column: ParquetColumn;
  readonly rowCount: number;
  readonly firstOffset: number;
  readonly dataOffset: number;
  readonly byteLength: number;
  readonly hasDictionary: boolean;
}

const PHYSICAL: Readonly<Record<PhysicalType, number>> = { boolean: 0, int32: 1, int64: 2, double: 5, text: 6 };
const OPTIONAL = 1;
const i32 = (value: number): ThriftValue => ({ i32: value });
const i64 = (value: number): ThriftValue => ({ i64: value });
const empty: ThriftStruct = { struct: {} };

/** The header before a data page (version 1): `valueCount` counts absent values too. */
export function dataPageHeader(byteLength: number, valueCount: number, encoding: number): Uint8Array {
  const page = { struct: { 1: i32(valueCount), 2: i32(encoding), 3: i32(ENCODING.rle), 4: i32(ENCODING.rle) } };
  return encodeThrift({ struct: { 1: i32(0), 2: i32(byteLength), 3: i32(byteLength), 5: page } });
}

/** The header before a dictionary page. */
export function dictionaryPageHeader(byteLength: number, valueCount: number): Uint8Array {
  const page = { struct: { 1: i32(valueCount), 2: i32(ENCODING.plain) } };
  return encodeThrift({ struct: { 1: i32(2), 2: i32(byteLength), 3: i32(byteLength), 7: page } });
}

/**
 * The footer of a file without its length and magic.
 * @source Apache Parquet format, parquet.thrift (FileMetaData, SchemaElement, RowGroup, ColumnMetaData)
 */
export function fileMetadata(
  columns: readonly ParquetColumn[],
  rowGroups: readonly (readonly ColumnChunk[])[],
): Uint8Array {
  const root: ThriftStruct = { struct: { 4: { text: 'schema' }, 5: i32(columns.length) } };
  const rowCount = rowGroups.reduce((total, chunks) => total + (chunks[0]?.rowCount ?? 0), 0);
  return encodeThrift({
    struct: {
      1: i32(2),
      2: { list: [root, ...columns.map(schemaElement)] },
      3: i64(rowCount),
      4: { list: rowGroups.map(rowGroup) },
      6: { text: 'tabveil' },
    },
  });
}

function schemaElement({ name, kind, physical }: ParquetColumn): ThriftStruct {
  return { struct: { 1: i32(PHYSICAL[physical]), 3: i32(OPTIONAL), 4: { text: name }, ...logicalType(kind) } };
}

/** Converted type (6, for old readers) and logical type (10) where the physical type does not say it all. */
function logicalType(kind: OutputKind): Readonly<Record<number, ThriftValue>> {
  switch (kind) {
    case 'text':
      return { 6: i32(0), 10: { struct: { 1: empty } } };
    case 'date':
      return { 6: i32(6), 10: { struct: { 6: empty } } };
    case 'datetime':
      // Milliseconds without a zone; the old converted type would mean UTC.
      return { 10: { struct: { 8: { struct: { 1: { flag: false }, 2: { struct: { 1: empty } } } } } } };
    default:
      return {};
  }
}

function rowGroup(chunks: readonly ColumnChunk[]): ThriftStruct {
  const byteLength = chunks.reduce((total, chunk) => total + chunk.byteLength, 0);
  return { struct: { 1: { list: chunks.map(columnChunk) }, 2: i64(byteLength), 3: i64(chunks[0]?.rowCount ?? 0) } };
}

function columnChunk(chunk: ColumnChunk): ThriftStruct {
  const encodings = [ENCODING.rle, ENCODING.plain, ...(chunk.hasDictionary ? [ENCODING.rleDictionary] : [])].map(i32);
  const metadata: ThriftStruct = {
    struct: {
      1: i32(PHYSICAL[chunk.column.physical]),
      2: { list: encodings },
      3: { list: [{ text: chunk.column.name }] },
      4: i32(0),
      5: i64(chunk.rowCount),
      6: i64(chunk.byteLength),
      7: i64(chunk.byteLength),
      9: i64(chunk.dataOffset),
      ...(chunk.hasDictionary ? { 11: i64(chunk.firstOffset) } : {}),
    },
  };
  return { struct: { 2: i64(chunk.firstOffset), 3: metadata } };
}
