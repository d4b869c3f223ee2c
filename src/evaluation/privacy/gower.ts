import type { AlignedColumn, AlignedTables, TableRole } from '../aligned-tables.ts';
import { codesOf, valuesOf } from '../aligned-tables.ts';

/** Stands for a missing number: equal to itself and farther than any range from every value. */
const MISSING_NUMBER = 1e300;
/** Categories that fit one byte together with the missing code. */
const MAX_BYTE_CODES = 255;
/** Categorical columns that share one 32-bit word. */
const CODES_PER_WORD = 4;

/**
 * Rows packed for Gower distances over some columns, row-major, in memory that threads can share. Four categorical columns
 * share one word, a byte each, so that one exclusive-or compares them; columns with more categories have a word of their own.
 */
export interface PackedRows {
  readonly rows: number;
  readonly words: Int32Array;
  readonly wordCount: number;
  readonly wide: Int32Array;
  readonly wideCount: number;
  readonly numbers: Float64Array;
  /** 1 / range of each numeric column; its length is the number of numeric columns. */
  readonly inverseRanges: Float64Array;
}

/** Numeric columns and their ranges, categorical columns; fixed for all tables of one evaluation. */
export interface GowerScale {
  readonly numberNames: readonly string[];
  readonly ranges: readonly number[];
  readonly categoryNames: readonly string[];
}

/**
 * One scale for all tables: the range of a numeric column is the one the schema declares, otherwise that of the tables
 * `roles` together. It never depends on the table being judged unless it is named.
 */
export function gowerScale(tables: AlignedTables, roles: readonly TableRole[] = ['real', 'holdout']): GowerScale {
  const numbers = tables.columns.filter((column) => column.kind === 'number');
  const categories = tables.columns.filter((column) => column.kind === 'category');
  const ranges = numbers.map((column) =>
    rangeOf(
      column,
      roles.filter((role) => tables.roles.includes(role)),
    ),
  );
  return {
    numberNames: numbers.map((column) => column.field.name),
    ranges: ranges.map(([low, high]) => (high > low ? high - low : 1)),
    categoryNames: categories.map((column) => column.field.name),
  };
}

function rangeOf(
  column: AlignedColumn & { readonly kind: 'number' },
  roles: readonly TableRole[],
): readonly [number, number] {
  const { domain } = column.field;
  if (domain.kind === 'numeric' && domain.bounds.status === 'public') {
    return [domain.bounds.value.minimum, domain.bounds.value.maximum];
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const role of roles) {
    for (const value of valuesOf(column, role)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/**
 * Packs rows of one table for distances over the named columns.
 * The distance of two rows is the sum over columns of |a − b| / range, at most 1, for numbers, and of 0 or 1 for categories;
 * missing equals missing and is 1 from everything else.
 */
export function packRows(
  tables: AlignedTables,
  scale: GowerScale,
  at: { readonly role: TableRole; readonly rows: Int32Array; readonly names: readonly string[] },
): PackedRows {
  const chosen = tables.columns.filter((column) => at.names.includes(column.field.name));
  const numbers = chosen.filter((column) => column.kind === 'number');
  const categories = chosen.filter((column) => column.kind === 'category');
  const narrow = categories.filter((column) => column.categories.length < MAX_BYTE_CODES);
  const wide = categories.filter((column) => column.categories.length >= MAX_BYTE_CODES);
  const rangeOfColumn = (name: string) => scale.ranges[scale.numberNames.indexOf(name)] ?? 1;
  return {
    rows: at.rows.length,
    ...packWords(
      narrow.map((column) => codesOf(column, at.role)),
      at.rows,
    ),
    wide: interleave(
      wide.map((column) => codesOf(column, at.role)),
      at.rows,
      Int32Array,
    ),
    wideCount: wide.length,
    numbers: interleave(
      numbers.map((column) => valuesOf(column, at.role)),
      at.rows,
      Float64Array,
      present,
    ),
    inverseRanges: Float64Array.from(numbers, (column) => 1 / rangeOfColumn(column.field.name)),
  };
}

/** Codes, shifted by one so that missing is 0, as bytes of words. */
function packWords(columns: readonly Int32Array[], rows: Int32Array): Pick<PackedRows, 'words' | 'wordCount'> {
  const wordCount = Math.ceil(columns.length / CODES_PER_WORD);
  const words = new Int32Array(new SharedArrayBuffer(4 * wordCount * rows.length));
  columns.forEach((codes, index) => {
    const word = Math.floor(index / CODES_PER_WORD);
    const shift = 8 * (index % CODES_PER_WORD);
    rows.forEach((row, at) => {
      words[at * wordCount + word]! |= ((codes[row] as number) + 1) << shift;
    });
  });
  return { words, wordCount };
}

interface ArrayKind<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): T;
}

/** Columns as rows. */
function interleave<T extends Int32Array | Float64Array>(
  columns: readonly T[],
  rows: Int32Array,
  Kind: ArrayKind<T>,
  convert: (value: number) => number = (value) => value,
): T {
  const out = new Kind(new SharedArrayBuffer(Kind.BYTES_PER_ELEMENT * columns.length * rows.length));
  columns.forEach((values, column) => {
    rows.forEach((row, at) => {
      out[at * columns.length + column] = convert(values[row] as number);
    });
  });
  return out;
}

function present(value: number): number {
  return Number.isNaN(value) ? MISSING_NUMBER : value;
}

/** Names of all columns on the scale: Gower distances are sums over them. */
export function scaleNames(scale: GowerScale): readonly string[] {
  return [...scale.numberNames, ...scale.categoryNames];
}
