/** Largest statistic that leaves room for noise within the safe integers. */
const LARGEST_STATISTIC = 2 ** 52;

/**
 * An integer statistic that a sampler can take, whatever the caller computed.
 *
 * **Privacy**: works cell by cell without looking at other cells, never throws, leaves integers within ±2^52 untouched and
 * never moves two of them further apart. So a declared sensitivity over integers survives; NaN, infinities and fractions
 * are defects of the caller, which the record/replay tests report and which must not become an error that depends on data.
 */
export function sanitiseInteger(value: number): number {
  if (!Number.isFinite(value)) return 0;
  return Math.max(-LARGEST_STATISTIC, Math.min(LARGEST_STATISTIC, Math.round(value)));
}

/** A vector of exactly `length` sanitised integers: cut off or padded with zeros. */
export function sanitiseVector(values: ArrayLike<number>, length: number): Float64Array {
  const result = new Float64Array(length);
  const shared = Math.min(length, values.length);
  for (let cell = 0; cell < shared; cell++) result[cell] = sanitiseInteger(values[cell]!);
  return result;
}
