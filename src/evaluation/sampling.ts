import type { Stream } from '../random/stream.ts';

/** The row numbers 0 … count-1 in random order. */
export function shuffledRows(count: number, stream: Stream): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = stream.below(last + 1);
    const row = rows[last] as number;
    rows[last] = rows[other] as number;
    rows[other] = row;
  }
  return rows;
}

/** A uniform sample of `size` distinct row numbers, ascending; all rows when there are no more than that. */
export function sampleRows(count: number, size: number, stream: Stream): Int32Array {
  if (size >= count) return Int32Array.from({ length: count }, (_, row) => row);
  return shuffledRows(count, stream).slice(0, size).sort();
}
