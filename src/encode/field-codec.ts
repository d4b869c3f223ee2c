import { TabveilError } from '../errors.ts';
import type { Codes } from '../marginals/count-source.ts';
import { type Column, MISSING_CODE, UNLISTED_CODE } from '../table/columns.ts';
import type { Field } from '../table/schema.ts';
import { countFineCells, createNumericGrid, encodeNumbers, type NumericGrid } from './numeric-grid.ts';

/** Facts bought from the budget for fields whose domain is not public. */
export interface LearnedFacts {
  /** Released categories by field name, sorted by code point. */
  readonly categories: ReadonlyMap<string, readonly string[]>;
  /** Released bounds by field name. */
  readonly bounds: ReadonlyMap<string, { readonly minimum: number; readonly maximum: number }>;
}

/** No learned facts: every domain is public by declaration. */
export const NOTHING_LEARNED: LearnedFacts = { categories: new Map(), bounds: new Map() };

/** Label of the reserved category when the schema names none. */
const DEFAULT_OTHER_LABEL = 'other';

/**
 * How one categorical column becomes codes: categories in order, then the reserved `other` cell if there is one, then
 * the missing cell if the field may be missing. Reserved cells exist whether or not the data use them.
 */
export interface CategoricalCodec {
  readonly kind: 'categorical';
  readonly name: string;
  /** Output labels by code, the reserved one included. */
  readonly labels: readonly string[];
  /** Listed categories: labels without the reserved one. */
  readonly listed: number;
  readonly ordered: boolean;
  readonly hasMissing: boolean;
  /** Code for values outside the list, and for missing values, wherever the schema sends them. */
  readonly unlistedCode: number;
  readonly missingCode: number;
}

/** How one numeric, date or datetime column becomes fine codes: grid cells, then the missing cell. */
export interface NumericCodec {
  readonly kind: 'numeric';
  readonly name: string;
  readonly grid: NumericGrid;
  /** Declared coarse edges, if any. */
  readonly edges?: readonly number[];
  readonly hasMissing: boolean;
  readonly missingCode: number;
}

/** The public map between one column and its fine codes. */
export type FieldCodec = CategoricalCodec | NumericCodec;

/** Number of fine codes, the missing cell included. */
export function countFieldCells(codec: FieldCodec): number {
  const cells = codec.kind === 'categorical' ? codec.labels.length : countFineCells(codec.grid);
  return cells + (codec.hasMissing ? 1 : 0);
}

/**
 * The codec of a field, from the schema and learned facts alone.
 * @returns undefined for identifiers, which are never read.
 * @throws TabveilError when a fact is neither declared nor learned.
 */
export function createFieldCodec(field: Field, learned: LearnedFacts = NOTHING_LEARNED): FieldCodec | undefined {
  switch (field.domain.kind) {
    case 'identifier':
      return undefined;
    case 'categorical': {
      const isLearned = field.domain.categories.status === 'learn';
      const listed =
        field.domain.categories.status === 'public'
          ? field.domain.categories.value
          : learned.categories.get(field.name);
      return createCategoricalCodec(field, listed ?? refuseUnknown(field, 'categories'), {
        ordered: field.domain.ordered,
        hasOther: isLearned || field.outOfDomain === 'other',
      });
    }
    case 'numeric': {
      const bounds =
        field.domain.bounds.status === 'public' ? field.domain.bounds.value : learned.bounds.get(field.name);
      return createNumericCodec(field, {
        ...(bounds ?? refuseUnknown(field, 'bounds')),
        precision: field.domain.precision,
        ...(field.domain.edges === undefined ? {} : { edges: field.domain.edges }),
      });
    }
  }
}

function refuseUnknown(field: Field, fact: string): never {
  throw new TabveilError(
    'input',
    'encode.unknown-domain',
    `schema: field "${field.name}" has no ${fact}; declare them in its constraints or set privacy.${fact} to "learn".`,
  );
}

function createCategoricalCodec(
  field: Field,
  listed: readonly string[],
  shape: { readonly ordered: boolean; readonly hasOther: boolean },
): CategoricalCodec {
  const labels = shape.hasOther ? [...listed, field.otherLabel ?? DEFAULT_OTHER_LABEL] : listed;
  const otherCode = shape.hasOther ? listed.length : 0;
  const missingCode = field.nullable ? labels.length : otherCode;
  return {
    kind: 'categorical',
    name: field.name,
    labels,
    listed: listed.length,
    ordered: shape.ordered,
    hasMissing: field.nullable,
    unlistedCode: shape.hasOther ? otherCode : field.outOfDomain === 'missing' ? missingCode : 0,
    missingCode,
  };
}

function createNumericCodec(field: Field, request: Parameters<typeof createNumericGrid>[0]): NumericCodec {
  const grid = createNumericGrid(request);
  return {
    kind: 'numeric',
    name: field.name,
    grid,
    ...(request.edges === undefined ? {} : { edges: request.edges }),
    hasMissing: field.nullable,
    missingCode: field.nullable ? countFineCells(grid) : 0,
  };
}

/**
 * Fine codes of a column. Total: every value has a code, and none makes it throw.
 *
 * **Privacy**: row-wise and data-independent in shape; runs behind the door.
 */
export function encodeColumn(codec: FieldCodec, column: Column): Codes {
  if (codec.kind === 'numeric') return encodeNumbers(codec.grid, numbersOf(column), codec.missingCode);
  if (column.kind !== 'category') return new Uint16Array(column.values.length).fill(codec.missingCode);
  return encodeCategories(codec, column.codes, codeOfCategory(codec, column.categories));
}

function numbersOf(column: Column): Float64Array {
  return column.kind === 'number' ? column.values : new Float64Array(column.codes.length).fill(Number.NaN);
}

/** Code of each of the column's own categories. */
function codeOfCategory(codec: CategoricalCodec, categories: readonly string[]): Int32Array {
  const listed = new Map(codec.labels.slice(0, codec.listed).map((label, code) => [label, code]));
  return Int32Array.from(categories, (category) => listed.get(category) ?? codec.unlistedCode);
}

function encodeCategories(codec: CategoricalCodec, codes: Int32Array, translation: Int32Array): Codes {
  const cells = countFieldCells(codec);
  const encoded =
    cells <= 256
      ? new Uint8Array(codes.length)
      : cells <= 65_536
        ? new Uint16Array(codes.length)
        : new Int32Array(codes.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    encoded[row] =
      code === MISSING_CODE
        ? codec.missingCode
        : code === UNLISTED_CODE
          ? codec.unlistedCode
          : (translation[code] ?? codec.unlistedCode);
  }
  return encoded;
}
