import type { Mechanisms } from '../../privacy/mechanisms.ts';
import type { Private } from '../../privacy/private.ts';
import type { Table } from '../../table/columns.ts';
import type { Metric } from '../metric.ts';
import { holdoutMetrics, trainingMetrics } from './paid-metrics.ts';
import type { PaidPlan, PaidShape } from './paid-shape.ts';
import { decisionCells, groupCounts, holdoutStatistics, pairDistanceSum } from './paid-statistics.ts';

/** What is measured and what it costs; both are public. */
export interface PaidJob {
  readonly shape: PaidShape;
  readonly plan: PaidPlan;
}

/**
 * Row count, k-marginal distance and group sizes of the training table, through mechanisms that have been paid.
 *
 * **Privacy**: add/remove of one row; three planned events of `planTraining`. Everything returned is post-processing.
 */
export async function measureTraining(
  run: Mechanisms,
  tables: { readonly training: Private<Table>; readonly synthetic: Table },
  { shape, plan }: PaidJob,
): Promise<readonly Metric<'dp'>[]> {
  const { training, synthetic } = tables;
  const count = await run.discreteLaplace(
    training.map((table) => Float64Array.of(table.rowCount)),
    { label: 'report:rows', cells: 1 },
  );
  const rows = Math.max(1, count.value[0] ?? 1);
  const sum = await run.discreteLaplace(
    training.map((table) => pairDistanceSum(table, synthetic, { shape, rows })),
    { label: 'report:k-marginal', cells: 1 },
  );
  const cells = shape.protectedFields.reduce((total, field) => total + field.labels.length, 0);
  const groups =
    cells > 0
      ? await run.discreteLaplace(
          training.map((table) => groupCounts(table, shape)),
          { label: 'report:groups', cells },
        )
      : undefined;
  const released = {
    rows,
    distanceSum: sum.value[0] ?? 0,
    groups: groups?.value ?? new Float64Array(),
    scales: plan.scales,
  };
  return trainingMetrics(released, shape, synthetic);
}

/**
 * Decisions by group and label of a model trained on the synthetic table, and its Brier score, on the holdout.
 *
 * **Privacy**: add/remove of one row; two planned events of `planHoldout`. Everything returned is post-processing.
 */
export async function measureHoldout(
  run: Mechanisms,
  tables: { readonly holdout: Private<Table>; readonly synthetic: Table },
  { shape, plan }: PaidJob,
): Promise<readonly Metric<'dp'>[]> {
  const statistics = tables.holdout.map((table) => holdoutStatistics(table, tables.synthetic, shape)).memo();
  const decisions = await run.discreteLaplace(
    statistics.map((found) => found.decisions),
    { label: 'report:decisions', cells: decisionCells(shape) },
  );
  const brier = await run.discreteLaplace(
    statistics.map((found) => found.brier),
    { label: 'report:brier', cells: 1 },
  );
  return holdoutMetrics({ decisions: decisions.value, brierSum: brier.value[0] ?? 0, scales: plan.scales }, shape);
}
