import { mean } from './average.ts';
import type { Interval } from './intervals.ts';
import { type Metric, privateMetric } from './metric.ts';

/**
 * The mean of members of one metric (all columns, all pairs) with its worst member. Members without a value are left out
 * and counted in `details.notApplicable`.
 *
 * The interval is the mean of the members' intervals: whatever the correlation between members of one table, the mean is
 * at least that certain. It is absent when a member lacks one.
 */
export function wholeTableMetric(members: readonly Metric[]): readonly Metric<'private'>[] {
  const [first] = members;
  if (!first) return [];
  const valid = members.filter((member) => member.value !== null);
  const values = valid.map((member) => member.value as number);
  const baselines = valid.flatMap((member) => member.baseline ?? []);
  const worst = worstOf(valid);
  const interval = meanInterval(valid);
  const intervalNote = valid.find((member) => member.intervalNote !== undefined)?.intervalNote;
  const metric = privateMetric({
    id: first.id,
    ...(first.variant === undefined ? {} : { variant: first.variant }),
    scope: null,
    value: values.length > 0 ? mean(values) : null,
    baseline: baselines.length > 0 ? mean(baselines) : null,
    interval,
    better: first.better,
    details: { members: values.length, notApplicable: members.length - values.length },
    ...(interval === null && intervalNote !== undefined ? { intervalNote } : {}),
    ...(values.length === 0 ? { note: 'not applicable: no column or pair has a value' } : {}),
  });
  return [worst ? { ...metric, worst: { scope: worst.scope, value: worst.value as number } } : metric];
}

/** The member whose value is farthest from good. */
export function worstOf(members: readonly Metric[]): Metric | undefined {
  return members.reduce<Metric | undefined>((worst, member) => {
    if (member.value === null) return worst;
    return worst === undefined || badness(member) > badness(worst) ? member : worst;
  }, undefined);
}

/** Larger is worse. */
function badness(metric: Metric): number {
  const value = metric.value ?? 0;
  if (metric.better === 'higher') return -value;
  if (metric.better === 'lower') return value;
  if (metric.better === 'near-baseline') return Math.abs(value - (metric.baseline ?? value));
  return Math.abs(value - { 'near-one': 1, 'near-half': 0.5, 'near-zero': 0 }[metric.better]);
}

function meanInterval(members: readonly Metric[]): Interval | null {
  const intervals = members.flatMap((member) => (member.interval ? [member.interval] : []));
  if (intervals.length === 0 || intervals.length < members.length) return null;
  return [mean(intervals.map(([low]) => low)), mean(intervals.map(([, high]) => high))];
}
