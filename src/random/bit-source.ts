/** A probability whose exact value is worked out only when an estimate cannot decide a draw. */
export interface ExactRatio {
  /** The exact value, between 0 and 1. */
  exact(): { readonly numerator: bigint; readonly denominator: bigint };
}

/**
 * Where privacy noise comes from: exactly uniform integers and exactly biased coins.
 *
 * The one implementation outside tests is `SecureBits`. Tests inject others (golden transcripts, fixed streams); whatever
 * they feed is then marked as test noise and refuses release.
 */
export interface BitSource {
  /** Fills `out` with uniform 32-bit words; the caller erases them once used. */
  fillWords(out: Uint32Array): void;
  /** A uniform integer in 0 … bound-1; `bound` is an integer from 1 to 2^53. */
  below(bound: number): number;
  /** A uniform integer in 0 … bound-1 for a positive integer of any size. */
  belowBig(bound: bigint): bigint;
  /** True with probability exactly `numerator / denominator`; both are safe integers, 0 ≤ numerator ≤ denominator ≠ 0. */
  bernoulli(numerator: number, denominator: number): boolean;
  /**
   * True with probability exactly `ratio.exact()`.
   * @param estimate the same probability as a double, wrong by less than 2^-34.
   */
  bernoulliLazy(estimate: number, ratio: ExactRatio): boolean;
}
