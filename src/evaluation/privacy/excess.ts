import { type Interval, wilsonInterval, Z_95 } from '../intervals.ts';
import { type Metric, privateMetric, type Scope } from '../metric.ts';

/** Successes of independent trials. */
export interface Trials {
  readonly successes: number;
  readonly trials: number;
}

/**
 * Interval of the difference of two proportions from their Wilson intervals.
 * @source Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.
 */
export function differenceInterval(a: Trials, b: Trials, z = Z_95): Interval | null {
  const [first, second] = [wilsonInterval(a.successes, a.trials, z), wilsonInterval(b.successes, b.trials, z)];
  if (!first || !second) return null;
  const [p, q] = [a.successes / a.trials, b.successes / b.trials];
  return [p - q - Math.hypot(p - first[0], second[1] - q), p - q + Math.hypot(first[1] - p, q - second[0])];
}

/** The difference of a share on the training side and on the holdout side, as a metric. */
export function excessMetric(
  what: { readonly id: string; readonly scope: Scope },
  { members, others }: { readonly members: Trials; readonly others: Trials },
  details: NonNullable<Metric['details']> = {},
): Metric<'private'> {
  const isDefined = members.trials > 0 && others.trials > 0;
  const share = ({ successes, trials }: Trials) => successes / trials;
  return privateMetric({
    ...what,
    value: isDefined ? share(members) - share(others) : null,
    // Holdout people against themselves.
    baseline: isDefined ? 0 : null,
    interval: isDefined ? differenceInterval(members, others) : null,
    better: 'near-zero',
    details: {
      training: members.trials > 0 ? share(members) : null,
      holdout: others.trials > 0 ? share(others) : null,
      trainingTrials: members.trials,
      holdoutTrials: others.trials,
      ...details,
    },
    ...(isDefined ? {} : { note: 'nothing to compare on one side' }),
  });
}
