import { type AlignedColumn, codesOf, valuesOf } from '../aligned-tables.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import { wilsonInterval, Z_95 } from '../intervals.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { differenceInterval, excessMetric, type Trials } from './excess.ts';
import type { RowsOf } from './inference.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { countKeys, rowKeys } from './row-keys.ts';

/** A column with fewer values of one person on a side is too small to judge. */
const MIN_UNIQUE_VALUES = 20;

/** Exact copies: of whole rows, of rows that are unique, of values that occur once. */
export const replayFamily: MetricFamily = {
  name: 'replay',
  definitions: [
    {
      id: 'exact-match',
      title: 'Synthetic rows equal to a training row',
      section: 'privacy',
      better: 'near-baseline',
      definition:
        'Share of synthetic rows that equal a training row in every cell; baseline: that equal one of as many holdout rows.',
      criticism:
        'Misses near copies, and condemns coarse tables in which everybody has a twin: only the excess means anything.',
    },
    {
      id: 'duplicate-excess',
      title: 'Duplicate excess over holdout',
      section: 'privacy',
      better: 'near-zero',
      definition: 'Share of synthetic rows equal to a training row minus the share equal to a holdout row.',
      criticism: 'Misses near copies.',
    },
    {
      id: 'unique-row-replay',
      title: 'Unique training rows that reappear',
      section: 'privacy',
      better: 'near-baseline',
      definition:
        'Share of the rows that are unique in the training table and occur in the synthetic one; baseline: the same for holdout.',
      criticism: 'Coarse tables replay by chance; compare with the holdout.',
    },
    {
      id: 'unique-value-replay',
      title: 'Values of one person that reappear',
      section: 'privacy',
      better: 'near-baseline',
      definition:
        'Per column: share of the values that occur once in the training table and appear in the synthetic one; baseline: the same for holdout values; whole table: the column with the largest excess.',
      criticism: 'High-cardinality numbers, identifiers and free text leak this way even from independent columns.',
    },
    {
      id: 'holdout-overlap',
      title: 'Holdout rows equal to a training row',
      section: 'privacy',
      better: 'near-baseline',
      definition:
        'Share of holdout rows that equal a training row in every cell; baseline: share of training rows that equal another one, which is what coincidence makes.',
      criticism: 'Sees the same people only where their rows are the same.',
    },
  ],
  compute: async (input) => {
    const found = await input.neighbours();
    return found ? [...rowMetrics(input, found), ...valueMetrics(input, found)] : [];
  },
};

function rowMetrics(input: EvaluationInput, found: Neighbourhood): readonly Metric[] {
  const synthetic = rowKeys(input.aligned, found.synthetic);
  const synthesised = new Set(synthetic);
  const side = (people: RowsOf) => {
    const keys = rowKeys(input.aligned, people);
    const counts = countKeys(keys);
    const unique = [...counts].filter(([, count]) => count === 1).map(([key]) => key);
    return {
      keys,
      counts,
      equal: { successes: synthetic.filter((key) => counts.has(key)).length, trials: synthetic.length },
      unique: { successes: unique.filter((key) => synthesised.has(key)).length, trials: unique.length },
    };
  };
  const [members, others] = [side(found.members.people), side(found.others.people)];
  return [
    shareMetric('exact-match', members.equal, others.equal),
    excessMetric({ id: 'duplicate-excess', scope: null }, { members: members.equal, others: others.equal }),
    shareMetric('unique-row-replay', members.unique, others.unique),
    overlapMetric(members, others.keys),
  ];
}

/** Do training and holdout share people? More equal rows than coincidence makes say so. */
function overlapMetric(
  training: { readonly keys: readonly string[]; readonly counts: ReadonlyMap<string, number> },
  holdout: readonly string[],
): Metric {
  const { keys, counts } = training;
  const shared: Trials = { successes: holdout.filter((key) => counts.has(key)).length, trials: holdout.length };
  const twins: Trials = { successes: keys.filter((key) => (counts.get(key) ?? 0) > 1).length, trials: keys.length };
  const metric = shareMetric('holdout-overlap', shared, twins);
  const excess = differenceInterval(shared, twins);
  return {
    ...metric,
    details: { rows: holdout.length, excessLow: excess?.[0] ?? null, excessHigh: excess?.[1] ?? null },
  };
}

function shareMetric(id: string, members: Trials, others: Trials): Metric {
  const share = ({ successes, trials }: Trials) => (trials > 0 ? successes / trials : null);
  const value = share(members);
  return privateMetric({
    id,
    scope: null,
    value,
    baseline: share(others),
    interval: wilsonInterval(members.successes, members.trials),
    better: 'near-baseline',
    details: {
      matched: members.successes,
      of: members.trials,
      matchedHoldout: others.successes,
      ofHoldout: others.trials,
    },
    ...(value === null ? { note: 'no unique rows' } : {}),
  });
}

function valueMetrics(input: EvaluationInput, found: Neighbourhood): readonly Metric[] {
  const columns = input.aligned.columns;
  // One column out of many exceeds by chance: each excess interval holds with 95 % for all columns together.
  const z = Z_95 + Math.sqrt(2 * Math.log(Math.max(columns.length, 1)));
  const members = columns.map((column) => valueMetric(column, found, z));
  const worst = largestExcess(members);
  if (worst?.value == null) return members;
  const whole = privateMetric({
    id: 'unique-value-replay',
    scope: null,
    value: worst.value,
    baseline: worst.baseline,
    interval: worst.interval,
    better: 'near-baseline',
    worst: { scope: worst.scope, value: worst.value },
    ...(worst.details ? { details: worst.details } : {}),
  });
  return [whole, ...members];
}

/** The column with the largest excess among those with enough values of one person on both sides. */
function largestExcess(metrics: readonly Metric[]): Metric | undefined {
  const count = (metric: Metric, name: string) => Number(metric.details?.[name] ?? 0);
  const usable = metrics.filter(
    (metric) => Math.min(count(metric, 'uniqueValues'), count(metric, 'uniqueHoldoutValues')) >= MIN_UNIQUE_VALUES,
  );
  return usable.reduce<Metric | undefined>(
    (worst, metric) => (worst === undefined || count(metric, 'excess') > count(worst, 'excess') ? metric : worst),
    undefined,
  );
}

function valueMetric(column: AlignedColumn, found: Neighbourhood, z: number): Metric {
  const synthetic = new Set(presentValues(column, found.synthetic));
  const replay = (people: RowsOf): Trials => {
    const once = [...countKeys(presentValues(column, people))].filter(([, count]) => count === 1);
    return { successes: once.filter(([value]) => synthetic.has(value)).length, trials: once.length };
  };
  const [members, others] = [replay(found.members.people), replay(found.others.people)];
  const interval = differenceInterval(members, others, z);
  const value = members.trials > 0 ? members.successes / members.trials : null;
  const baseline = others.trials > 0 ? others.successes / others.trials : null;
  return privateMetric({
    id: 'unique-value-replay',
    scope: { column: column.field.name },
    value,
    baseline,
    interval: wilsonInterval(members.successes, members.trials),
    better: 'near-baseline',
    details: {
      uniqueValues: members.trials,
      uniqueHoldoutValues: others.trials,
      excess: value !== null && baseline !== null ? value - baseline : null,
      excessLow: interval?.[0] ?? null,
      excessHigh: interval?.[1] ?? null,
    },
    ...(value === null ? { note: 'no value occurs once' } : {}),
  });
}

function presentValues(column: AlignedColumn, { role, rows }: RowsOf): readonly number[] {
  const values = column.kind === 'number' ? valuesOf(column, role) : codesOf(column, role);
  const isPresent = column.kind === 'number' ? (value: number) => !Number.isNaN(value) : (value: number) => value >= 0;
  return Array.from(rows, (row) => values[row] as number).filter(isPresent);
}
