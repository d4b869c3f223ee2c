import { MISSING_CODE } from '../table/columns.ts';
import type { Field, NumericDomain } from '../table/schema.ts';
import {
  type AlignedCategory,
  type AlignedNumber,
  type AlignedTables,
  codesOf,
  type TableRole,
  valuesOf,
} from './aligned-tables.ts';

/** Bins of a numeric column where the schema declares bounds but no edges. */
export const PUBLIC_BIN_COUNT = 20;

/** Where the edges of a numeric column come from. */
export type EdgeSource = 'declared' | 'bounds' | 'real';

/** One column as bin numbers 0 … size-1 for every table. */
export interface BinnedColumn {
  readonly name: string;
  readonly size: number;
  /** Text of each bin. */
  readonly labels: readonly string[];
  /** Bin of missing values, or -1. */
  readonly missingBin: number;
  /** Absent for categorical columns. */
  readonly edgeSource?: EdgeSource;
  /** Ascending edges of a numeric column; bin k is [edges[k], edges[k+1]). Absent for categorical columns. */
  readonly edges?: readonly number[];
  readonly codes: Readonly<Partial<Record<TableRole, Int32Array>>>;
}

/** Every column of every table as bin numbers. */
export interface BinnedTables {
  readonly columns: readonly BinnedColumn[];
  readonly rowCounts: AlignedTables['rowCounts'];
  readonly roles: readonly TableRole[];
}

/** How the edges of numeric columns without declared ones are chosen. */
export type BinRule = 'public' | 'quantiles-of-real';

/**
 * Bins every column: a category is a bin, numbers use the schema's declared edges, missing is a bin of its own where the
 * field allows it or a table has it.
 *
 * Numbers without declared edges: rule `public` cuts the public bounds into equal parts; without public bounds, and with
 * rule `quantiles-of-real`, the edges are the 20-quantiles of the real column.
 *
 * @param known - the same tables binned by the other rule: columns on which the rules agree are taken from there.
 */
export function binTables(tables: AlignedTables, rule: BinRule = 'public', known?: BinnedTables): BinnedTables {
  const columns = tables.columns.map((column, index) => {
    const other = known?.columns[index];
    if (other && (column.kind === 'category' || other.edgeSource !== 'bounds')) return other;
    return column.kind === 'category' ? binCategory(column, tables.roles) : binNumber(column, tables.roles, rule);
  });
  return { columns, rowCounts: tables.rowCounts, roles: tables.roles };
}

function binCategory(column: AlignedCategory, roles: readonly TableRole[]): BinnedColumn {
  const { field } = column;
  const hasMissing = field.nullable || roles.some((role) => codesOf(column, role).includes(MISSING_CODE));
  const size = column.categories.length;
  const missingBin = hasMissing ? size : -1;
  const unlistedBin = unlistedBinOf(column, missingBin);
  const bin = (code: number) => (code < 0 ? missingBin : code === column.unlistedCode ? unlistedBin : code);
  const codes = roles.map((role) => [role, codesOf(column, role).map(bin)]);
  const labels = toldApart([...column.categories, ...(hasMissing ? ['(missing)'] : [])]);
  return { name: field.name, size: size + Number(hasMissing), labels, missingBin, codes: Object.fromEntries(codes) };
}

/** Bin of unlisted values: as the schema says, or one of their own. */
function unlistedBinOf(column: AlignedCategory, missingBin: number): number {
  if (column.field.outOfDomain === 'missing' && missingBin >= 0) return missingBin;
  return column.field.outOfDomain === 'fallback' ? 0 : column.unlistedCode;
}

function binNumber(column: AlignedNumber, roles: readonly TableRole[], rule: BinRule): BinnedColumn {
  const { field } = column;
  const { edges, source } = chooseEdges(column, rule);
  const bins = edges.length - 1;
  const hasMissing =
    field.nullable || (source === 'real' && roles.some((role) => valuesOf(column, role).some(Number.isNaN)));
  const missingBin = hasMissing ? bins : -1;
  const round = field.type === 'integer';
  const codes = roles.map((role) => [role, binValues(valuesOf(column, role), { edges, missingBin, round })]);
  const labels = edges.slice(0, bins).map((edge, bin) => edgeLabel(field, edge, edges[bin + 1] ?? edge));
  return {
    name: field.name,
    size: bins + Number(hasMissing),
    labels: toldApart([...labels, ...(hasMissing ? ['(missing)'] : [])]),
    missingBin,
    edgeSource: source,
    edges,
    codes: Object.fromEntries(codes),
  };
}

/** How numbers become bins: ascending edges, the bin of missing values (-1: the lowest bin), integers rounded half to even. */
export interface NumberBinning {
  readonly edges: readonly number[];
  readonly missingBin: number;
  readonly round: boolean;
}

/** Bin of each value: bin k is [edges[k], edges[k+1]); values outside go to the first or last bin. */
export function binValues(values: Float64Array, binning: NumberBinning): Int32Array {
  const { edges, missingBin, round } = binning;
  const last = edges.length - 2;
  const missing = Math.max(missingBin, 0);
  const bins = new Int32Array(values.length);
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]!;
    const place = countNotAbove(edges, round ? roundHalfEven(value) : value) - 1;
    bins[row] = Number.isNaN(value) ? missing : Math.min(Math.max(place, 0), last);
  }
  return bins;
}

/** Number of edges ≤ value. */
function countNotAbove(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function chooseEdges(column: AlignedNumber, rule: BinRule): { edges: readonly number[]; source: EdgeSource } {
  const domain = column.field.domain as NumericDomain;
  if (domain.edges) return { edges: domain.edges, source: 'declared' };
  if (rule === 'public' && domain.bounds.status === 'public') {
    return { edges: equalEdges(domain.bounds.value, domain.precision), source: 'bounds' };
  }
  return { edges: quantileEdges(valuesOf(column, 'real')), source: 'real' };
}

/** Equal-width edges over public bounds; one bin per value when there are few values. */
function equalEdges(bounds: { minimum: number; maximum: number }, precision: number): readonly number[] {
  const { minimum, maximum } = bounds;
  const values = Math.floor((maximum - minimum) / precision) + 1;
  if (values <= PUBLIC_BIN_COUNT) return Array.from({ length: values + 1 }, (_, bin) => minimum + bin * precision);
  const width = (maximum - minimum) / PUBLIC_BIN_COUNT;
  return Array.from({ length: PUBLIC_BIN_COUNT + 1 }, (_, bin) => minimum + bin * width);
}

/**
 * Edges at the 5 %, 10 % … 95 % quantiles (linear interpolation) of the finite values, repeated ones removed, open on
 * both sides. As the NIST k-marginal score chooses them.
 */
export function quantileEdges(values: Float64Array): readonly number[] {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length === 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const inner = Array.from({ length: PUBLIC_BIN_COUNT - 1 }, (_, index) =>
    quantile(sorted, (index + 1) / PUBLIC_BIN_COUNT),
  );
  return [Number.NEGATIVE_INFINITY, ...new Set(inner), Number.POSITIVE_INFINITY];
}

/** Quantile of ascending values by linear interpolation between order statistics. */
export function quantile(sorted: Float64Array, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}

function edgeLabel(field: Field, low: number, high: number): string {
  return `${formatAxis(field, low)} – ${formatAxis(field, high)}`;
}

/** Labels of which none is like another: bins finer than what is shown, a category that is called as missing values are. */
function toldApart(labels: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return labels.map((label) => {
    const repeat = (seen.get(label) ?? 0) + 1;
    seen.set(label, repeat);
    return repeat === 1 ? label : `${label} (${repeat})`;
  });
}

/** A value of a numeric axis as people read it: dates as dates, numbers in short form. */
export function formatAxis(field: Field, value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '−∞' : '∞';
  if (field.type === 'date') return new Date(value * 86_400_000).toISOString().slice(0, 10);
  if (field.type === 'datetime') return new Date(value).toISOString().slice(0, 16);
  return String(Number(value.toPrecision(6)));
}
