import { type Metric, privateMetric, type Scope } from '../metric.ts';
import { type AttackCounts, type AttackRisk, attackRisk, attacksNeeded } from './risk.ts';

/** Half width of a risk that would settle a verdict either way. */
const SETTLING_HALF_WIDTH = 0.05;

/**
 * A risk as a metric: value R, baseline the success rate against people who were not in the training table.
 * @returns a metric without value when no attack could be made.
 */
export function riskMetric(
  what: { readonly id: string; readonly variant?: string; readonly scope: Scope; readonly note?: string },
  counts: AttackCounts,
  details: NonNullable<Metric['details']> = {},
): Metric<'private'> {
  if (counts.attacks === 0 || counts.controlAttacks === 0) {
    return privateMetric({
      ...what,
      value: null,
      better: 'lower',
      note: 'no attack could be made',
      details: { ...counts, ...details },
    });
  }
  const risk = attackRisk(counts);
  return privateMetric({
    ...what,
    value: risk.risk,
    baseline: risk.controlRate,
    interval: risk.interval,
    better: 'lower',
    details: { ...plain(risk), attacksNeeded: attacksNeeded(risk.controlRate, SETTLING_HALF_WIDTH), ...details },
  });
}

/** The numbers behind a risk, without the pairs. */
function plain(risk: AttackRisk): Readonly<Record<string, number>> {
  const { attacks, successes, controlAttacks, controlSuccesses, attackRate, controlRate, unclippedRisk } = risk;
  const [unclippedLow, unclippedHigh] = risk.unclippedInterval;
  return {
    attacks,
    successes,
    controlAttacks,
    controlSuccesses,
    attackRate,
    controlRate,
    unclippedRisk,
    unclippedLow,
    unclippedHigh,
  };
}
