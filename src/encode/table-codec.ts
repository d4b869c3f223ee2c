import type { Codes } from '../marginals/count-source.ts';
import { createDomain, type Domain } from '../marginals/domain.ts';
import type { Table } from '../table/columns.ts';
import type { TableSchema } from '../table/schema.ts';
import { binsFromCells, binsFromEdges, type CoarseBins } from './coarse-bins.ts';
import {
  countFieldCells,
  createFieldCodec,
  encodeColumn,
  type FieldCodec,
  type LearnedFacts,
  NOTHING_LEARNED,
  type NumericCodec,
} from './field-codec.ts';
import { countFineCells } from './numeric-grid.ts';

/** Most representable values of a numeric column that are modelled one by one when no edges are declared. */
export const MAX_SINGLE_VALUE_BINS = 32;

/** A modelled numeric column: fine codec, coarse bins, and the released weight of every fine cell inside its bin. */
export interface NumericAttribute {
  readonly codec: NumericCodec;
  readonly bins: CoarseBins;
  /** Non-negative, one per fine cell without the missing cell; a bin of all zeros is drawn evenly over its values. */
  readonly fineWeights: Float64Array;
}

/** A modelled column. */
export type Attribute = NumericAttribute | { readonly codec: Exclude<FieldCodec, NumericCodec> };

/** The map between tables and coarse codes: public and released facts only. */
export interface TableCodec {
  readonly attributes: readonly Attribute[];
}

/** Field codecs of every field that is modelled, in schema order; identifiers are left out. */
export function createFieldCodecs(
  schema: Pick<TableSchema, 'fields'>,
  learned: LearnedFacts = NOTHING_LEARNED,
): FieldCodec[] {
  return schema.fields.map((field) => createFieldCodec(field, learned)).filter((codec) => codec !== undefined);
}

/** Domain of fine codes. */
export function fineDomain(codecs: readonly FieldCodec[]): Domain {
  return createDomain(
    codecs.map((codec) => codec.name),
    codecs.map(countFieldCells),
  );
}

/** Domain of coarse codes: what synthesizers model. */
export function coarseDomain(codec: TableCodec): Domain {
  return createDomain(
    codec.attributes.map((attribute) => attribute.codec.name),
    codec.attributes.map(countCoarseCells),
  );
}

/** Number of coarse codes of an attribute, the missing cell included. */
export function countCoarseCells(attribute: Attribute): number {
  if (!isNumeric(attribute)) return countFieldCells(attribute.codec);
  return attribute.bins.length + (attribute.codec.hasMissing ? 1 : 0);
}

/** Number of leading coarse codes that lie on an axis in their order; 0 for categories without one. */
export function countOrderedCells(attribute: Attribute): number {
  if (isNumeric(attribute)) return attribute.bins.length;
  return attribute.codec.ordered ? attribute.codec.listed : 0;
}

/** Coarse code of missing values, the last one; undefined where the schema rules them out. */
export function missingCodeOf(attribute: Attribute): number | undefined {
  return attribute.codec.hasMissing ? countCoarseCells(attribute) - 1 : undefined;
}

/**
 * Ends of the bins of a number or date as distances from zero in steps of its precision; undefined for categories.
 * Ascending, one more than there are bins.
 */
export function endsOfBins(attribute: Attribute): Float64Array | undefined {
  if (!isNumeric(attribute)) return undefined;
  const { grid } = attribute.codec;
  const steps = [...attribute.bins.map((cell) => grid.starts[cell]!), grid.lastStep + 1];
  return Float64Array.from(steps, (step) => step + grid.minimum / grid.precision);
}

/** Tells numeric attributes from categorical ones. */
export function isNumeric(attribute: Attribute): attribute is NumericAttribute {
  return attribute.codec.kind === 'numeric';
}

/** Coarse code of every fine code. */
export function coarseMap(attribute: Attribute): Uint16Array {
  const map = Uint16Array.from({ length: countFieldCells(attribute.codec) }, (_, code) => code);
  if (!isNumeric(attribute)) return map;
  const { bins, codec } = attribute;
  const fineCells = countFineCells(codec.grid);
  bins.forEach((firstCell, bin) => {
    map.fill(bin, firstCell, bins[bin + 1] ?? fineCells);
  });
  if (codec.hasMissing) map[codec.missingCode] = bins.length;
  return map;
}

/**
 * Bins of a numeric column that are public: declared edges, or one bin per value when there are few.
 * @returns undefined when bins must be chosen from a released histogram.
 */
export function publicBins(codec: NumericCodec): CoarseBins | undefined {
  if (codec.edges !== undefined) return binsFromEdges(codec.grid, codec.edges);
  return countFineCells(codec.grid) <= MAX_SINGLE_VALUE_BINS ? binsFromCells(codec.grid) : undefined;
}

/** True when bins and fine cells coincide, so that no fine histogram needs to be bought. */
export function isFlat(codec: FieldCodec): boolean {
  return codec.kind === 'categorical' || publicBins(codec)?.length === countFineCells(codec.grid);
}

/**
 * The codec of a schema whose bins are all public, with even weights inside bins: enough to compare tables.
 * Columns without declared edges get bins of equal numbers of fine cells.
 */
export function createPublicCodec(schema: TableSchema): TableCodec {
  return { attributes: createFieldCodecs(schema).map((codec) => attributeWithBins(codec)) };
}

/** An attribute with the given or public bins and no fine weights. */
export function attributeWithBins(codec: FieldCodec, bins?: CoarseBins): Attribute {
  if (codec.kind === 'categorical') return { codec };
  const fineCells = countFineCells(codec.grid);
  return { codec, bins: bins ?? publicBins(codec) ?? evenBins(fineCells), fineWeights: new Float64Array(fineCells) };
}

function evenBins(fineCells: number): CoarseBins {
  return Array.from({ length: MAX_SINGLE_VALUE_BINS }, (_, bin) =>
    Math.floor((bin * fineCells) / MAX_SINGLE_VALUE_BINS),
  );
}

/**
 * Fine codes of a table, one array per codec.
 * **Privacy**: row-wise; runs behind the door when the table is private.
 */
export function encodeFine(codecs: readonly FieldCodec[], table: Table): Codes[] {
  return codecs.map((codec) => {
    const column = table.columns.get(codec.name);
    if (column === undefined) return new Uint16Array(table.rowCount).fill(codec.missingCode);
    return encodeColumn(codec, column);
  });
}

/** Coarse codes of a table, one array per attribute. */
export function encodeCoarse(codec: TableCodec, table: Table): Codes[] {
  const fine = encodeFine(
    codec.attributes.map((attribute) => attribute.codec),
    table,
  );
  return fine.map((codes, index) => recode(codes, coarseMap(codec.attributes[index]!)));
}

/** Applies a public code map to every row. */
export function recode(codes: Codes, map: Uint16Array): Codes {
  const largest = map.reduce((most, code) => Math.max(most, code), 0);
  const recoded = largest < 256 ? new Uint8Array(codes.length) : new Uint16Array(codes.length);
  for (let row = 0; row < codes.length; row++) recoded[row] = map[codes[row]!]!;
  return recoded;
}
