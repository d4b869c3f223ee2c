/** 97.5 % quantile of the standard normal distribution: two-sided 95 % intervals. */
export const Z_95 = 1.959963984540054;

/** value ± z · standardError, clipped to [low, high]. */
export function normalInterval(
  value: number,
  standardError: number,
  { low = 0, high = 1 }: { readonly low?: number; readonly high?: number } = {},
): readonly [number, number] {
  return [Math.max(low, value - Z_95 * standardError), Math.min(high, value + Z_95 * standardError)];
}
