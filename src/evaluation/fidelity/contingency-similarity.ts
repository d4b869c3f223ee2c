import {
  type AlignedCategory,
  type AlignedColumn,
  type AlignedNumber,
  codesOf,
  type TableRole,
  valuesOf,
} from '../aligned-tables.ts';
import { type BinnedColumn, binValues } from '../bins.ts';

/** Equal-width bins of the real range, as SDMetrics cuts numbers. */
const BIN_COUNT = 10;

/**
 * A column for contingency tables by the rules of SDMetrics: categories as they are, numbers in ten equal-width bins of the
 * real range with open ends, missing a bin of its own.
 */
export function contingencyColumn(column: AlignedColumn, roles: readonly TableRole[]): BinnedColumn {
  return column.kind === 'category' ? ofCategories(column, roles) : ofNumbers(column, roles);
}

function ofCategories(column: AlignedCategory, roles: readonly TableRole[]): BinnedColumn {
  const missingBin = column.categories.length;
  const codes = roles.map((role) => [role, codesOf(column, role).map((code) => (code < 0 ? missingBin : code))]);
  return shape(column.field.name, missingBin, Object.fromEntries(codes));
}

function ofNumbers(column: AlignedNumber, roles: readonly TableRole[]): BinnedColumn {
  const edges = realEdges(valuesOf(column, 'real'));
  const missingBin = edges.length - 1;
  const binning = { edges, missingBin, round: false };
  const codes = roles.map((role) => [role, binValues(valuesOf(column, role), binning)]);
  return shape(column.field.name, missingBin, Object.fromEntries(codes));
}

function shape(name: string, missingBin: number, codes: BinnedColumn['codes']): BinnedColumn {
  return { name, size: missingBin + 1, labels: [], missingBin, codes };
}

/** Ten equal parts of the real range, widened by ½ on each side of a constant, open outwards; one bin without values. */
function realEdges(values: Float64Array): readonly number[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [from, to] = low === high ? [low - 0.5, high + 0.5] : [low, high];
  const step = (to - from) / BIN_COUNT;
  const inner = Array.from({ length: BIN_COUNT - 1 }, (_, index) => from + (index + 1) * step);
  return [Number.NEGATIVE_INFINITY, ...inner, Number.POSITIVE_INFINITY];
}
