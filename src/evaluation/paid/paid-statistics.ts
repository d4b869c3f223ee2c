import { sigmoid } from '../../math/logistic.ts';
import type { Table } from '../../table/columns.ts';
import { alignTables, codesOf, findColumn, labelOf, type TableRole } from '../aligned-tables.ts';
import { binTables } from '../bins.ts';
import { combinations, countPaired } from '../contingency.ts';
import { allRows } from '../selected-rows.ts';
import { fitDesign } from '../usefulness/design-matrix.ts';
import { fitLinear, predictLinear } from '../usefulness/linear-model.ts';
import { BRIER_UNITS, type PaidShape } from './paid-shape.ts';
import { positiveRows } from './paid-target.ts';

/** Cells of decisions per group: label × decision, decision fastest. */
export const DECISION_CELLS = 4;

/**
 * Σ over pairs of columns and their cells of |count − expected|, as one integer: `expected` is the synthetic share times the
 * released row count. Its mean over pairs, halved and divided by the row count, is the mean two-way distance.
 *
 * **Privacy**: one row moves one cell of every pair, so the sum changes by at most the number of pairs, and rounding by one.
 */
export function pairDistanceSum(
  real: Table,
  synthetic: Table,
  at: { readonly shape: PaidShape; readonly rows: number },
): Float64Array {
  const tables = binTables(alignTables(at.shape.schema, { real, synthetic }));
  let sum = 0;
  for (const pair of combinations(tables.columns.length, 2)) {
    const { left, right } = countPaired(tables, pair, ['real', 'synthetic']);
    for (let cell = 0; cell < left.length; cell += 1) {
      sum += Math.abs((left[cell] as number) - ((right[cell] as number) * at.rows) / synthetic.rowCount);
    }
  }
  return Float64Array.of(Math.round(sum));
}

/**
 * Rows per group, one protected field after the other; what a field does not list goes to its last cell.
 * **Privacy**: one row is in one cell of each field.
 */
export function groupCounts(table: Table, shape: PaidShape): Float64Array {
  return Float64Array.from(
    shape.protectedFields.flatMap((_, index) => [
      ...countGroups(groupOf(table, shape, index), groupSize(shape, index)),
    ]),
  );
}

function groupSize(shape: PaidShape, index: number): number {
  return shape.protectedFields[index]?.labels.length ?? 1;
}

function countGroups(groups: Int32Array, size: number): Float64Array {
  const counts = new Float64Array(size);
  for (const group of groups) counts[group]! += 1;
  return counts;
}

/** Cell of every row in one protected field; a table without protected fields is one group. */
function groupOf(table: Table, shape: PaidShape, index: number): Int32Array {
  const field = shape.protectedFields[index];
  if (!field) return new Int32Array(table.rowCount);
  const column = findColumn(alignTables(shape.schema, { real: table, synthetic: table }), field.name);
  const other = field.labels.length - 1;
  if (column.kind !== 'category') return new Int32Array(table.rowCount).fill(other);
  return codesOf(column, 'real').map((code) => {
    const at = field.labels.indexOf(labelOf(column, code) ?? '');
    return at < 0 ? other : at;
  });
}

/** What the holdout says about a model trained on the synthetic table. */
export interface HoldoutStatistics {
  /** Rows by protected field, group, label and decision; a single group without protected fields. */
  readonly decisions: Float64Array;
  /** Sum of squared errors in thousandths, rounded per row. */
  readonly brier: Float64Array;
}

/** Number of cells of `decisions`. */
export function decisionCells(shape: PaidShape): number {
  const groups = shape.protectedFields.reduce((sum, field) => sum + field.labels.length, 0);
  return DECISION_CELLS * Math.max(groups, 1);
}

/**
 * Counts of decisions at probability ½ and the Brier sum of a logistic model trained on the synthetic table.
 * **Privacy**: the model does not see the holdout; one row adds one count per protected field and at most 1000 to the sum.
 */
export function holdoutStatistics(holdout: Table, synthetic: Table, shape: PaidShape): HoldoutStatistics {
  const { probabilities, labels } = predictHoldout(holdout, synthetic, shape);
  const decisions = new Float64Array(decisionCells(shape));
  const fields = Math.max(shape.protectedFields.length, 1);
  let offset = 0;
  for (let field = 0; field < fields; field += 1) {
    const groups = groupOf(holdout, shape, field);
    for (let row = 0; row < labels.length; row += 1) {
      const decision = Number((probabilities[row] as number) > 0.5);
      decisions[offset + (groups[row] as number) * DECISION_CELLS + (labels[row] as number) * 2 + decision]! += 1;
    }
    offset += groupSize(shape, field) * DECISION_CELLS;
  }
  let brier = 0;
  for (let row = 0; row < labels.length; row += 1) {
    brier += Math.round(BRIER_UNITS * ((probabilities[row] as number) - (labels[row] as number)) ** 2);
  }
  return { decisions, brier: Float64Array.of(brier) };
}

/** Rows without a target value count as negative: every row must count once whatever it holds. */
function predictHoldout(holdout: Table, synthetic: Table, shape: PaidShape) {
  const tables = alignTables(shape.schema, { real: holdout, synthetic });
  const target = findColumn(tables, shape.target?.name ?? '');
  const labelsOf = (role: TableRole) =>
    shape.target === undefined ? new Uint8Array(tables.rowCounts[role] ?? 0) : positiveRows(target, role, shape.target);
  const features = tables.columns.filter((column) => column !== target && !column.field.roles.includes('outcome'));
  const rows = (role: TableRole) => allRows(tables.rowCounts[role] ?? 0);
  const encoder = fitDesign(features, 'synthetic', rows('synthetic'));
  const model = fitLinear(
    encoder.encode('synthetic', rows('synthetic')),
    Float64Array.from(labelsOf('synthetic')),
    'logistic',
  );
  return {
    probabilities: predictLinear(encoder.encode('real', rows('real')), model).map(sigmoid),
    labels: labelsOf('real'),
  };
}
