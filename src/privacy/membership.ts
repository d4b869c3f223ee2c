/** What an (epsilon, delta) guarantee means against someone who tries to tell whether a unit was in the table. */
export interface MembershipMeaning {
  /** Number of units that act together, for example the members of a household. */
  readonly units: number;
  /** The guarantee for all of them at once. */
  readonly epsilon: number;
  readonly delta: number;
  /** The highest share of members any attack can recognise while it accuses 1 % of non-members wrongly. */
  readonly truePositiveRate: number;
  /** The highest certainty that any attack can reach about membership, starting from 50 %, apart from delta. */
  readonly posterior: number;
}

/** False-positive rate at which attacks are compared. */
const FALSE_POSITIVE_RATE = 0.01;

/**
 * The meaning of (epsilon, delta)-DP for `units` units that act together.
 *
 * Group privacy: (k·epsilon, delta·(e^(k·epsilon) − 1)/(e^epsilon − 1)). Attack: any test with false-positive rate f has
 * true-positive rate at most min(e^epsilon·f + delta, 1 − e^−epsilon·(1 − delta − f)).
 * @source Kairouz, Oh, Viswanath 2015, Theorem 2.1 (tests); Vadhan 2017, Lemma 2.2 (groups).
 * @example membershipMeaning(1, 0, 1).truePositiveRate // 0.02718
 */
export function membershipMeaning(epsilon: number, delta: number, units: number): MembershipMeaning {
  const total = epsilon * units;
  const growth = epsilon === 0 ? units : Math.expm1(total) / Math.expm1(epsilon);
  const groupDelta = Math.min(1, delta * growth);
  const byRatio = Math.exp(total) * FALSE_POSITIVE_RATE + groupDelta;
  const byComplement = 1 - Math.exp(-total) * (1 - groupDelta - FALSE_POSITIVE_RATE);
  return {
    units,
    epsilon: total,
    delta: groupDelta,
    truePositiveRate: Math.min(1, byRatio, byComplement),
    posterior: 1 / (1 + Math.exp(-total)),
  };
}
