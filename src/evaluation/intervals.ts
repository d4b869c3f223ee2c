/** 97.5 % quantile of the standard normal distribution: two-sided 95 % intervals. */
export const Z_95 = 1.959963984540054;

/** A closed interval. */
export type Interval = readonly [low: number, high: number];

/** value ± z · standardError, clipped to [low, high]. */
export function normalInterval(
  value: number,
  standardError: number,
  { low = 0, high = 1 }: { readonly low?: number; readonly high?: number } = {},
): Interval {
  return [Math.max(low, value - Z_95 * standardError), Math.min(high, value + Z_95 * standardError)];
}

/** A success rate with the half width of its interval. */
export interface Rate {
  readonly rate: number;
  readonly error: number;
}

/**
 * Wilson score: centre (k + z²/2)/(n + z²) and half width z/(n + z²) · √(k(n − k)/n + z²/4).
 * @param successes - k; may be fractional (expected successes under random ties).
 * @param z - quantile; 95 % two-sided by default.
 * @returns NaN for no trials.
 * @source Wilson, JASA 22 (1927) 209-212.
 */
export function wilsonRate(successes: number, trials: number, z = Z_95): Rate {
  const square = z * z;
  const rate = (successes + square / 2) / (trials + square);
  const error = (z / (trials + square)) * Math.sqrt((successes * (trials - successes)) / trials + square / 4);
  return { rate, error };
}

/** Wilson interval of a proportion; `null` for no trials. */
export function wilsonInterval(successes: number, trials: number, z = Z_95): Interval | null {
  if (trials === 0) return null;
  const { rate, error } = wilsonRate(successes, trials, z);
  return [Math.max(0, rate - error), Math.min(1, rate + error)];
}
