import type { Stream } from '../../random/stream.ts';
import type { BinnedTables } from '../bins.ts';
import { shuffledRows } from '../sampling.ts';
import { kMarginalScore } from './k-marginal.ts';

/** Shares of the real table on the ruler. */
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

/** One mark of the ruler: what a random part of the real table scores against the whole. */
export interface RulerMark {
  readonly share: number;
  readonly score: number;
}

/**
 * k-marginal scores of nested random subsamples of the real table.
 * **Cost**: five passes over the real rows per pair of columns in all.
 * @source NIST SDNist 2.5, sampling-error comparison; ours is seeded and its samples are nested.
 */
export function subsampleRuler(tables: BinnedTables, stream: Stream): readonly RulerMark[] {
  const rows = shuffledRows(tables.rowCounts.real ?? 0, stream);
  return SHARES.flatMap((share) => {
    const part = rows.subarray(0, Math.max(1, Math.round(rows.length * share)));
    const score = kMarginalScore(withSubsample(tables, part), 'synthetic');
    return score === null ? [] : [{ share, score }];
  });
}

/** The tables with these real rows in place of the synthetic ones. */
function withSubsample(tables: BinnedTables, rows: Int32Array): BinnedTables {
  const columns = tables.columns.map((column) => {
    const real = column.codes.real ?? new Int32Array();
    const synthetic = new Int32Array(rows.length);
    for (let at = 0; at < rows.length; at += 1) synthetic[at] = real[rows[at]!]!;
    return { ...column, codes: { real, synthetic } };
  });
  const real = tables.rowCounts.real ?? 0;
  return { columns, rowCounts: { real, synthetic: rows.length }, roles: ['real', 'synthetic'] };
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
