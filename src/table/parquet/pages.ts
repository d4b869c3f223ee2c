import { axisValues, CODE_SHIFT, fitsInt32, outputKind, textsByCode, truthByCode } from '../column-output.ts';
import type { CategoryColumn, Column } from '../columns.ts';
import type { Field } from '../schema.ts';
import { bitWidthFor, encodeBitPacked, encodePlainNumbers, encodePlainTexts, encodePresence } from './encodings.ts';
import { dataPageHeader, dictionaryPageHeader, ENCODING, type ParquetColumn, type PhysicalType } from './metadata.ts';

/** Numbers on a declared grid with at most this many places are stored as indices into a dictionary. */
const MAX_GRID = 1 << 16;

/** Collects the pages of one column of one row group. */
export interface PageCollector {
  readonly column: ParquetColumn;
  /** Encodes the column of a batch as one data page. */
  append(column: Column, rowCount: number): void;
  /** The pages collected, in file order (a dictionary page first, if any), and a fresh start for the next row group. */
  take(): { readonly pages: readonly Uint8Array[]; readonly hasDictionary: boolean };
}

/** The collector for a field, typed by the first batch: identifiers may be whole numbers or texts. */
export function pageCollector(field: Field, first: Column): PageCollector {
  const kind = outputKind(field, first);
  switch (kind) {
    case 'text':
      return collector(
        field,
        first,
        'text',
        field.domain.kind === 'identifier' ? plainTexts(field) : dictionaryTexts(field),
      );
    case 'boolean':
      return collector(field, first, 'boolean', booleans());
    case 'integer':
      return collector(
        field,
        first,
        fitsInt32(field) ? 'int32' : 'int64',
        numbers(field, fitsInt32(field) ? 'int32' : 'int64'),
      );
    case 'number':
      return collector(field, first, 'double', numbers(field, 'double'));
    case 'date':
      return collector(field, first, 'int32', numbers(field, 'int32'));
    case 'datetime':
      return collector(field, first, 'int64', numbers(field, 'int64'));
  }
}

/** How the values of a page are stored; presence is common to all. */
interface PageBody {
  /** Marks present rows and returns the encoded present values. */
  encode(column: Column, rowCount: number, isPresent: Uint8Array): PageValues;
  /** The dictionary of the row group, or undefined when there is none; starts afresh. */
  takeDictionary(): { readonly bytes: Uint8Array; readonly count: number } | undefined;
}

interface PageValues {
  readonly bytes: Uint8Array;
  readonly presentCount: number;
  readonly encoding: number;
}

function collector(field: Field, first: Column, physical: PhysicalType, body: PageBody): PageCollector {
  let pages: Uint8Array[] = [];
  return {
    column: { name: field.name, kind: outputKind(field, first), physical },
    append(column, rowCount) {
      const isPresent = new Uint8Array(rowCount);
      const { bytes, presentCount, encoding } = body.encode(column, rowCount, isPresent);
      const presence = encodePresence(isPresent, rowCount, presentCount);
      pages.push(dataPageHeader(presence.length + bytes.length, rowCount, encoding), presence, bytes);
    },
    take() {
      const dictionary = body.takeDictionary();
      const head =
        dictionary === undefined
          ? []
          : [dictionaryPageHeader(dictionary.bytes.length, dictionary.count), dictionary.bytes];
      const taken = { pages: [...head, ...pages], hasDictionary: dictionary !== undefined };
      pages = [];
      return taken;
    },
  };
}

/** Indices of a data page after the byte that says their width. */
function encodeIndices(indices: Int32Array, count: number, dictionarySize: number): PageValues {
  const width = bitWidthFor(dictionarySize);
  const packed = encodeBitPacked(indices, count, width);
  const bytes = new Uint8Array(1 + packed.length);
  bytes[0] = width;
  bytes.set(packed, 1);
  return { bytes, presentCount: count, encoding: ENCODING.rleDictionary };
}

function categoryColumn(column: Column): CategoryColumn {
  if (column.kind === 'category') return column;
  throw new TypeError('parquet: a text or boolean field needs a category column');
}

/** Dictionary of the texts used in the row group, in order of first use. */
function dictionaryTexts(field: Field): PageBody {
  let indexOf = new Map<string, number>();
  return {
    encode(column, rowCount, isPresent) {
      const { codes, categories } = categoryColumn(column);
      const texts = textsByCode(field, categories);
      const indexByCode = new Int32Array(texts.length).fill(-1);
      const indices = new Int32Array(rowCount);
      let count = 0;
      for (let row = 0; row < rowCount; row++) {
        const slot = codes[row]! + CODE_SHIFT;
        let index = indexByCode[slot]!;
        if (index < 0) {
          const text = texts[slot];
          if (text === null || text === undefined) continue;
          index = indexOf.get(text) ?? indexOf.size;
          indexOf.set(text, index);
          indexByCode[slot] = index;
        }
        isPresent[row] = 1;
        indices[count++] = index;
      }
      return encodeIndices(indices, count, indexOf.size);
    },
    takeDictionary() {
      const texts = [...indexOf.keys()];
      indexOf = new Map();
      return { bytes: encodePlainTexts(texts), count: texts.length };
    },
  };
}

/** Texts of identifiers, which do not repeat. */
function plainTexts(field: Field): PageBody {
  return {
    encode(column, rowCount, isPresent) {
      const { codes, categories } = categoryColumn(column);
      const texts = textsByCode(field, categories);
      const present: string[] = [];
      for (let row = 0; row < rowCount; row++) {
        const text = texts[codes[row]! + CODE_SHIFT];
        if (text === null || text === undefined) continue;
        isPresent[row] = 1;
        present.push(text);
      }
      return { bytes: encodePlainTexts(present), presentCount: present.length, encoding: ENCODING.plain };
    },
    takeDictionary: () => undefined,
  };
}

function booleans(): PageBody {
  return {
    encode(column, rowCount, isPresent) {
      const { codes, categories } = categoryColumn(column);
      const truth = truthByCode(categories);
      const bits = new Uint8Array(Math.ceil(rowCount / 8));
      let count = 0;
      for (let row = 0; row < rowCount; row++) {
        const value = truth[codes[row]! + CODE_SHIFT]!;
        if (value < 0) continue;
        isPresent[row] = 1;
        if (value === 1) bits[count >> 3]! |= 1 << (count & 7);
        count++;
      }
      return { bytes: bits.subarray(0, Math.ceil(count / 8)), presentCount: count, encoding: ENCODING.plain };
    },
    takeDictionary: () => undefined,
  };
}

/** Numbers: a dictionary of the places used when the field declares a small grid, plain values otherwise. */
function numbers(field: Field, type: 'int32' | 'int64' | 'double'): PageBody {
  const grid = smallGrid(field);
  return grid === undefined ? plainNumbers(field, type) : gridNumbers(field, type, grid);
}

interface Grid {
  readonly start: number;
  readonly step: number;
  readonly size: number;
}

function smallGrid({ domain }: Field): Grid | undefined {
  if (domain.kind !== 'numeric' || domain.bounds.status !== 'public') return undefined;
  const { minimum, maximum } = domain.bounds.value;
  const size = Math.round((maximum - minimum) / domain.precision) + 1;
  return size <= MAX_GRID ? { start: minimum, step: domain.precision, size } : undefined;
}

function plainNumbers(field: Field, type: 'int32' | 'int64' | 'double'): PageBody {
  return {
    encode(column, rowCount, isPresent) {
      const values = axisValues(field, column);
      const present = new Float64Array(rowCount);
      let count = 0;
      for (let row = 0; row < rowCount; row++) {
        const value = values[row]!;
        if (Number.isNaN(value)) continue;
        isPresent[row] = 1;
        present[count++] = value;
      }
      return { bytes: encodePlainNumbers(present, count, type), presentCount: count, encoding: ENCODING.plain };
    },
    takeDictionary: () => undefined,
  };
}

function gridNumbers(field: Field, type: 'int32' | 'int64' | 'double', { start, step, size }: Grid): PageBody {
  const indexOfPlace = new Int32Array(size).fill(-1);
  let used: number[] = [];
  return {
    encode(column, rowCount, isPresent) {
      const values = axisValues(field, column);
      const indices = new Int32Array(rowCount);
      let count = 0;
      for (let row = 0; row < rowCount; row++) {
        const value = values[row]!;
        if (Number.isNaN(value)) continue;
        const place = Math.min(size - 1, Math.max(0, Math.round((value - start) / step)));
        let index = indexOfPlace[place]!;
        if (index < 0) {
          index = used.length;
          used.push(value);
          indexOfPlace[place] = index;
        }
        isPresent[row] = 1;
        indices[count++] = index;
      }
      return encodeIndices(indices, count, used.length);
    },
    takeDictionary() {
      const dictionary = { bytes: encodePlainNumbers(Float64Array.from(used), used.length, type), count: used.length };
      indexOfPlace.fill(-1);
      used = [];
      return dictionary;
    },
  };
}
