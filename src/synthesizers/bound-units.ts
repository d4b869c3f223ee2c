import { boundContributions, countDroppedRows, numberEntities } from '../encode/bound-contributions.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import type { Mechanisms } from '../privacy/mechanisms.ts';
import { learnRowCount, shareRowCount } from '../privacy/preprocess/row-count.ts';
import type { Private } from '../privacy/private.ts';
import type { Table } from '../table/columns.ts';
import type { TableSchema } from '../table/schema.ts';

/** Share of the budget spent on saying how many rows the cap dropped: enough to see a cap that hurts. */
const DROPPED_SHARE = 0.005;

const DROPPED_LABEL = 'dropped-rows';

/** The event that counts dropped rows; none when the unit is a row, because no row is dropped then. */
export function planDroppedRows(schema: Pick<TableSchema, 'unit'>): PlanShare[] {
  const { unit } = schema;
  if (unit.kind === 'row') return [];
  const share = shareRowCount({ label: DROPPED_LABEL, weight: DROPPED_SHARE, maxRows: unit.maxRows });
  return [{ ...share, purpose: 'number of rows dropped by the cap' }];
}

/** A table to which no unit contributes more than its cap. */
export interface BoundedTable {
  readonly table: Private<Table>;
  /** Released number of rows that the cap dropped, see `countDroppedRows`; absent when the unit is a row. */
  readonly droppedRows?: number;
}

/**
 * Bounds what one unit contributes, and releases how many rows that cost.
 *
 * **Privacy**: spends the event of `planDroppedRows`. One entity changes the bounded table by at most `maxRows` rows and
 * the count of dropped rows by at most `maxRows`.
 */
export async function boundUnits(
  rows: Private<Table>,
  request: { readonly schema: TableSchema; readonly boundingKey: Uint8Array; readonly mechanisms: Mechanisms },
): Promise<BoundedTable> {
  const { unit } = request.schema;
  if (unit.kind === 'row') return { table: rows };
  const { maxRows } = unit;
  const numbered = rows.map((table) => ({ table, entity: numberEntities(table, unit.key) })).memo();
  const dropped = numbered.map(({ entity }) => countDroppedRows(entity, maxRows));
  return {
    droppedRows: await learnRowCount(request.mechanisms, dropped, DROPPED_LABEL),
    table: numbered
      .map(({ table, entity }) => boundContributions(table, entity, { maxRows, key: request.boundingKey }))
      .memo(),
  };
}
