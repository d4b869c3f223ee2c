import { type Interval, wilsonRate, Z_95 } from '../intervals.ts';

/** How often an attack succeeded against the training rows and against people who were not in them. */
export interface AttackCounts {
  readonly attacks: number;
  readonly successes: number;
  readonly controlAttacks: number;
  readonly controlSuccesses: number;
}

/** Excess success of an attack over its control, as a share of what the control leaves. */
export interface AttackRisk extends AttackCounts {
  readonly attackRate: number;
  readonly controlRate: number;
  /** (attack − control) / (1 − control), within [0, 1]. */
  readonly risk: number;
  readonly interval: Interval;
  /** The same before clipping: a negative value says that the control did better than the attack. */
  readonly unclippedRisk: number;
  readonly unclippedInterval: Interval;
}

/**
 * Risk R = (a − c)/(1 − c) with Wilson-centred rates and a delta-method interval.
 * @source Giomi, Boenisch, Wehmeyer, Tasnádi, "A unified framework for quantifying privacy risk in synthetic data",
 * PoPETs 2023, equations 3-5. The estimate is kept unclipped beside the clipped one.
 */
export function attackRisk(counts: AttackCounts, z = Z_95): AttackRisk {
  const attack = wilsonRate(counts.successes, counts.attacks, z);
  const control = wilsonRate(counts.controlSuccesses, counts.controlAttacks, z);
  const rest = 1 - control.rate;
  const unclippedRisk = (attack.rate - control.rate) / rest;
  const error = Math.hypot(attack.error / rest, (control.error * (attack.rate - 1)) / rest ** 2);
  const unclippedInterval: Interval = [unclippedRisk - error, unclippedRisk + error];
  const clip = (value: number) => Math.min(Math.max(value, 0), 1);
  return {
    ...counts,
    attackRate: attack.rate,
    controlRate: control.rate,
    risk: clip(unclippedRisk),
    interval: [clip(unclippedInterval[0]), clip(unclippedInterval[1])],
    unclippedRisk,
    unclippedInterval,
  };
}

/**
 * Attacks needed for a half width of `halfWidth` of the risk at a control success rate, when attack and control succeed
 * alike: 1.96² · 2c / ((1 − c) · width²).
 */
export function attacksNeeded(controlRate: number, halfWidth: number): number {
  const c = Math.min(Math.max(controlRate, 0.01), 0.99);
  return Math.ceil((Z_95 ** 2 * 2 * c) / ((1 - c) * halfWidth ** 2));
}
