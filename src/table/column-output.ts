import { axisFromText, hasAxis } from './axis.ts';
import { type CategoryColumn, type Column, MISSING_CODE, UNLISTED_CODE } from './columns.ts';
import { decimalsOf } from './domain-numeric.ts';
import type { Field } from './schema.ts';

/** What the cells of a column are in a typed file. */
export type OutputKind = 'text' | 'boolean' | 'integer' | 'number' | 'date' | 'datetime';

/** Codes start at `UNLISTED_CODE`; lookup tables are indexed by code plus this. */
export const CODE_SHIFT = -UNLISTED_CODE;

const INT32_MAX = 2_147_483_647;

/** How the cells of a field are typed in files; identifiers are whole numbers or texts as they come. */
export function outputKind(field: Field, column: Column): OutputKind {
  if (field.domain.kind === 'identifier') return column.kind === 'number' ? 'integer' : 'text';
  return field.type === 'string' ? 'text' : field.type;
}

/** True when every value of an integer field fits 32 bits by declaration. */
export function fitsInt32({ domain }: Field): boolean {
  if (domain.kind === 'categorical' && domain.categories.status === 'public') {
    return domain.categories.value.every((category) => Math.abs(Number(category)) <= INT32_MAX);
  }
  if (domain.kind !== 'numeric' || domain.bounds.status === 'learn') return false;
  return domain.bounds.value.minimum >= -INT32_MAX && domain.bounds.value.maximum <= INT32_MAX;
}

/** Digits after the decimal point that write every value of the field's grid. */
export function decimalsOfField({ type, domain }: Field): number {
  if (type !== 'number' || domain.kind !== 'numeric') return 0;
  const start = domain.bounds.status === 'public' ? domain.bounds.value.minimum : 0;
  return Math.max(decimalsOf(domain.precision), decimalsOf(start));
}

/** Texts by code plus `CODE_SHIFT`; null where nothing is to be written. */
export function textsByCode(field: Field, categories: readonly string[]): (string | null)[] {
  const texts: (string | null)[] = new Array(categories.length + CODE_SHIFT).fill(null);
  texts[MISSING_CODE + CODE_SHIFT] = null;
  texts[UNLISTED_CODE + CODE_SHIFT] = field.otherLabel ?? null;
  categories.forEach((category, code) => {
    texts[code + CODE_SHIFT] = category;
  });
  return texts;
}

/** 1 (true), 0 (false) or -1 (nothing) by code plus `CODE_SHIFT`. */
export function truthByCode(categories: readonly string[]): Int8Array {
  const truth = new Int8Array(categories.length + CODE_SHIFT).fill(-1);
  categories.forEach((category, code) => {
    truth[code + CODE_SHIFT] = category === 'true' ? 1 : category === 'false' ? 0 : -1;
  });
  return truth;
}

/**
 * The cells of a number, date or datetime column as values on the axis, NaN for nothing; numbers are rounded to their
 * decimals so that no 0.30000000000000004 reaches a file.
 */
export function axisValues(field: Field, column: Column): Float64Array {
  const values = column.kind === 'number' ? column.values : placesOf(field, column);
  const kind = outputKind(field, column);
  if (kind !== 'number') return values.map((value) => (Number.isFinite(value) ? Math.round(value) : Number.NaN));
  if (!hasAxis(field.type) || field.domain.kind !== 'numeric') return values;
  const unit = 10 ** decimalsOfField(field);
  return values.map((value) => roundTo(value, unit));
}

function placesOf(field: Field, { codes, categories }: CategoryColumn): Float64Array {
  const places = categories.map((category) => axisFromText(field.type, category));
  return Float64Array.from(codes, (code) => places[code] ?? Number.NaN);
}

/** The nearest multiple of 1/unit; values too large to hold one stay as they are. */
export function roundTo(value: number, unit: number): number {
  const scaled = Math.round(value * unit);
  return Math.abs(scaled) <= Number.MAX_SAFE_INTEGER ? scaled / unit : value;
}
