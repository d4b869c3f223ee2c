import { MISSING_CODE } from '../../table/columns.ts';
import { normalInterval, wilsonInterval } from '../intervals.ts';
import { totalVariation } from '../total-variation.ts';
import type { Score } from './number-metrics.ts';

/** Counts of a categorical column: one per category, and the missing ones. */
export interface CategorySummary {
  readonly rows: number;
  readonly missing: number;
  readonly counts: Float64Array;
}

/** Counts the codes of a column over `size` categories. */
export function summariseCategories(codes: Int32Array, size: number): CategorySummary {
  const counts = new Float64Array(size);
  let missing = 0;
  for (const code of codes) {
    if (code === MISSING_CODE) missing += 1;
    else counts[code]! += 1;
  }
  return { rows: codes.length, missing, counts };
}

const UNDEFINED: Score = { value: null, interval: null };

/** 1 − total variation distance of the present values; undefined when a side has none. */
export function tvComplement(real: CategorySummary, other: CategorySummary): Score {
  if (real.rows === real.missing || other.rows === other.missing) return UNDEFINED;
  const { value, standardError } = totalVariation({ left: real.counts, right: other.counts });
  return { value: 1 - value, interval: normalInterval(1 - value, standardError) };
}

/** Share of values that occur in real; missing ones count as occurring only when real has missing ones. */
export function categoryAdherence(real: CategorySummary, other: CategorySummary): Score {
  if (other.rows === 0) return UNDEFINED;
  const known = other.counts.reduce((n, count, code) => n + ((real.counts[code] ?? 0) > 0 ? count : 0), 0);
  const valid = known + (real.missing > 0 ? other.missing : 0);
  return { value: valid / other.rows, interval: wilsonInterval(valid, other.rows) };
}

/** Distinct real categories that occur in the other table, as a share of the distinct real ones; missing left out. */
export function categoryCoverage(real: CategorySummary, other: CategorySummary): Score {
  const codes = [...real.counts.keys()].filter((code) => (real.counts[code] ?? 0) > 0);
  if (codes.length === 0) return UNDEFINED;
  const covered = codes.filter((code) => (other.counts[code] ?? 0) > 0).length;
  return { value: covered / codes.length, interval: null };
}
