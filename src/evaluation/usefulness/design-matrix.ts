import { MISSING_CODE } from '../../table/columns.ts';
import {
  type AlignedCategory,
  type AlignedColumn,
  type AlignedNumber,
  byCodePoint,
  codesOf,
  labelOf,
  type TableRole,
  valuesOf,
} from '../aligned-tables.ts';

/** Categories of one column beyond this many most frequent ones share the all-zero code. */
const MAX_CATEGORIES = 200;

/** Label of the category that stands for missing. */
const MISSING_LABEL = 'NA';

/** One column of the design: either one number per row in one feature, or one feature set to 1 per row (-1: none). */
export type DesignSlot =
  | { readonly kind: 'dense'; readonly feature: number; readonly values: Float64Array }
  | { readonly kind: 'one-hot'; readonly features: Int32Array };

/** Rows as features, sparse by construction: every slot sets at most one feature per row. */
export interface DesignMatrix {
  readonly rows: number;
  readonly width: number;
  readonly slots: readonly DesignSlot[];
}

/** How a column becomes features; learned from the table the model is fitted on. */
type ColumnEncoding =
  | {
      readonly kind: 'number';
      readonly column: AlignedNumber;
      readonly mean: number;
      readonly scale: number;
      readonly feature: number;
      /** Feature of the missing indicator, or -1 when the fitted table misses nothing. */
      readonly missingFeature: number;
    }
  | {
      readonly kind: 'category';
      readonly column: AlignedCategory;
      /** Feature of each code; position `categories.length` is missing. -1: none. */
      readonly featureOf: Int32Array;
    };

/** A fitted encoder: names of all features and how to encode the rows of any table. */
export interface DesignEncoder {
  readonly featureNames: readonly string[];
  readonly encode: (role: TableRole, rows: Int32Array) => DesignMatrix;
}

/**
 * Fits an encoder on rows of one table. Numbers: mean-imputed, standardised by mean and standard deviation of the present
 * values (n in the denominator, 0 becomes 1), with a missing indicator when the fitted rows miss any. Categories: one
 * feature per category seen, in code-point order, missing is a category of its own, unseen ones are all zero.
 */
export function fitDesign(columns: readonly AlignedColumn[], role: TableRole, rows: Int32Array): DesignEncoder {
  const featureNames: string[] = [];
  const addFeature = (name: string) => featureNames.push(name) - 1;
  const encodings = columns.map((column) =>
    column.kind === 'number'
      ? fitNumber(column, valuesAt(valuesOf(column, role), rows), addFeature)
      : fitCategories(column, codesOf(column, role), { rows, addFeature }),
  );
  return {
    featureNames,
    encode: (target, targetRows) => ({
      rows: targetRows.length,
      width: featureNames.length,
      slots: encodings.flatMap((encoding) => encodeColumn(encoding, target, targetRows)),
    }),
  };
}

/** Values of the given rows. */
export function valuesAt(values: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row] as number);
}

function fitNumber(column: AlignedNumber, values: Float64Array, addFeature: (name: string) => number): ColumnEncoding {
  const present = values.filter((value) => !Number.isNaN(value));
  const mean = present.length > 0 ? present.reduce((total, value) => total + value, 0) / present.length : 0;
  const squares = present.reduce((total, value) => total + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(present.length, 1));
  const feature = addFeature(column.field.name);
  const missingFeature = present.length < values.length ? addFeature(`${column.field.name}__isna`) : -1;
  return { kind: 'number', column, mean, scale: deviation > 0 ? deviation : 1, feature, missingFeature };
}

function fitCategories(
  column: AlignedCategory,
  codes: Int32Array,
  { rows, addFeature }: { readonly rows: Int32Array; readonly addFeature: (name: string) => number },
): ColumnEncoding {
  const missing = column.categories.length;
  const counts = new Float64Array(missing + 1);
  for (const row of rows) counts[slotOf(codes[row] as number, missing)]! += 1;
  const label = (slot: number) => (slot === missing ? MISSING_LABEL : (labelOf(column, slot) ?? MISSING_LABEL));
  const seen = [...counts.keys()]
    .filter((slot) => (counts[slot] as number) > 0)
    .sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
    .slice(0, MAX_CATEGORIES)
    .sort((a, b) => byCodePoint(label(a), label(b)));
  const featureOf = new Int32Array(missing + 1).fill(-1);
  for (const slot of seen) featureOf[slot] = addFeature(`${column.field.name}=${label(slot)}`);
  return { kind: 'category', column, featureOf };
}

function slotOf(code: number, missing: number): number {
  return code === MISSING_CODE ? missing : code;
}

function encodeColumn(encoding: ColumnEncoding, role: TableRole, rows: Int32Array): readonly DesignSlot[] {
  if (encoding.kind === 'category') {
    const codes = codesOf(encoding.column, role);
    const missing = encoding.column.categories.length;
    const features = Int32Array.from(rows, (row) => encoding.featureOf[slotOf(codes[row] as number, missing)] ?? -1);
    return [{ kind: 'one-hot', features }];
  }
  const { mean, scale, feature, missingFeature } = encoding;
  const raw = valuesAt(valuesOf(encoding.column, role), rows);
  const values = raw.map((value) => (Number.isNaN(value) ? 0 : (value - mean) / scale));
  const number: DesignSlot = { kind: 'dense', feature, values };
  if (missingFeature < 0) return [number];
  const features = Int32Array.from(raw, (value) => (Number.isNaN(value) ? missingFeature : -1));
  return [number, { kind: 'one-hot', features }];
}
