import type { Stream } from '../../random/stream.ts';
import type { BinnedColumn, BinnedTables } from '../bins.ts';
import { cellCount, combinations, countCells, countJoint } from '../contingency.ts';
import { shuffledRows } from '../sampling.ts';
import { totalVariation } from '../total-variation.ts';
import { K_MARGINAL_MAX } from './k-marginal.ts';

/** Shares of the real table on the ruler. */
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

/** One mark of the ruler: what a random part of the real table scores against the whole. */
export interface RulerMark {
  readonly share: number;
  readonly score: number;
}

/**
 * k-marginal scores of nested random subsamples of the real table.
 * **Cost**: one pass over the real rows per pair of columns: each subsample adds its own rows to the one before it.
 * @source NIST SDNist 2.5, sampling-error comparison; ours is seeded and its samples are nested.
 */
export function subsampleRuler(tables: BinnedTables, stream: Stream): readonly RulerMark[] {
  const pairs = combinations(tables.columns.length, 2);
  if (pairs.length === 0) return [];
  const order = shuffledRows(tables.rowCounts.real ?? 0, stream);
  const sizes = SHARES.map((share) => Math.max(1, Math.round(order.length * share)));
  const shuffled = tables.columns.map((column) => gather(column.codes.real ?? new Int32Array(), order));
  const distances = new Float64Array(SHARES.length);
  for (const pair of pairs) {
    const [a, b] = pair as [number, number];
    const columns = [tables.columns[a], tables.columns[b]] as [BinnedColumn, BinnedColumn];
    const cells = cellCount(columns);
    const whole = countCells(columns, 'real', order.length);
    const counts = new Float64Array(cells);
    sizes.forEach((to, mark) => {
      const added = { size: columns[1].size, cells, from: sizes[mark - 1] ?? 0, to };
      countJoint(shuffled[a] as Int32Array, shuffled[b] as Int32Array, added).forEach((count, cell) => {
        counts[cell]! += count;
      });
      distances[mark]! += totalVariation({ left: whole, right: counts }).value;
    });
  }
  return SHARES.map((share, mark) => ({ share, score: K_MARGINAL_MAX * (1 - distances[mark]! / pairs.length) }));
}

function gather(codes: Int32Array, rows: Int32Array): Int32Array {
  const out = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) out[at] = codes[rows[at]!]!;
  return out;
}

/**
 * Share of the real table whose subsample scores the same, linear between marks; below the first mark in proportion to
 * it, above the last mark 0.9.
 */
export function readRuler(marks: readonly RulerMark[], score: number): number | null {
  const [first] = marks;
  const last = marks.at(-1);
  if (!first || !last) return null;
  if (score <= first.score) return first.score > 0 ? (first.share * Math.max(score, 0)) / first.score : 0;
  if (score >= last.score) return last.share;
  const above = marks.findIndex((mark) => mark.score > score);
  const high = marks[above] ?? last;
  const low = marks[above - 1] ?? first;
  return low.share + ((high.share - low.share) * (score - low.score)) / (high.score - low.score || 1);
}
