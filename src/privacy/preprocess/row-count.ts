import type { PlanShare } from '../accounting/calibrate-plan.ts';
import type { Mechanisms } from '../mechanisms.ts';
import type { Private } from '../private.ts';

/** What a row count costs and how one unit moves it. */
export interface RowCountShare {
  readonly label: string;
  /** Relative rho of the event. */
  readonly weight: number;
  /** Most rows of one unit. */
  readonly maxRows: number;
}

/** The planned share of a row count. */
export function shareRowCount({ label, weight, maxRows }: RowCountShare): PlanShare {
  return { label, purpose: 'row count', kind: 'discrete-gaussian', weight, l2Sensitivity: maxRows, oneCell: true };
}

/**
 * A released number of rows, never negative: whatever needs a size uses this one.
 *
 * **Privacy**: one unit of at most k rows moves the count by at most k; one discrete Gaussian of sensitivity k on one cell.
 */
export async function learnRowCount(mechanisms: Mechanisms, rows: Private<number>, label: string): Promise<number> {
  const { value } = await mechanisms.discreteGaussian(
    rows.map((count) => Float64Array.of(count)),
    { label, cells: 1 },
  );
  return Math.max(0, value[0]!);
}
