import { mean } from '../average.ts';
import type { MetricFamily } from '../families.ts';
import { type Interval, normalInterval, wilsonInterval, Z_95 } from '../intervals.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { excessMetric } from './excess.ts';
import type { Closest } from './nearest.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** Near duplicates are nearer than all but this share of holdout rows are to any synthetic row. */
const NEAR_QUANTILE = 0.01;

const NOT_A_TEST =
  'Informational. Tables that pass distance tests are highly vulnerable to membership inference (Yao et al. 2025, "The DCR Delusion").';

/** Distances from synthetic rows to their closest people. */
export const closestRecordFamily: MetricFamily = {
  name: 'closest records',
  definitions: [
    {
      id: 'dcr-share',
      title: 'Share closer to training than to holdout',
      section: 'privacy',
      better: 'near-half',
      definition:
        'Share of synthetic rows whose closest record is a training row rather than one of as many holdout rows; ties count half; Gower distance on one scale.',
      criticism: NOT_A_TEST,
    },
    {
      id: 'nndr',
      title: 'Nearest-neighbour distance ratio',
      section: 'privacy',
      better: 'near-baseline',
      definition:
        'Mean ratio of the distances from a synthetic row to its nearest and second-nearest training row; 1 where both are 0.',
      criticism: NOT_A_TEST,
    },
    {
      id: 'dcr-median',
      title: 'Median distance to the closest record',
      section: 'privacy',
      better: 'near-baseline',
      definition: 'Median over synthetic rows of the mean Gower distance to the closest training row.',
      criticism: NOT_A_TEST,
    },
    {
      id: 'near-duplicate-excess',
      title: 'Near-duplicate excess',
      section: 'privacy',
      better: 'near-zero',
      definition:
        'Share of training rows with a synthetic row nearer than all but 1 % of holdout rows have, minus the same share of holdout rows.',
      criticism: 'One threshold; people in dense regions have near neighbours without any copying.',
    },
  ],
  compute: async (input) => {
    const found = await input.neighbours();
    return found ? closestMetrics(found) : [];
  },
};

function closestMetrics(found: Neighbourhood): readonly Metric[] {
  const [toMembers, toOthers] = [found.members.fromSynthetic, found.others.fromSynthetic];
  const n = toMembers.first.length;
  let closer = 0;
  let tied = 0;
  toMembers.first.forEach((distance, row) => {
    closer += Number(distance < (toOthers.first[row] as number));
    tied += Number(distance === toOthers.first[row]);
  });
  const sampled = { sampled: found.isSampled, people: found.members.people.rows.length };
  return [
    privateMetric({
      id: 'dcr-share',
      scope: null,
      value: (closer + tied / 2) / n,
      baseline: 0.5,
      interval: wilsonInterval(closer + tied / 2, n),
      better: 'near-half',
      details: { closerToTraining: closer / n, tied: tied / n, closerToHoldout: (n - closer - tied) / n, ...sampled },
    }),
    ratioMetric(toMembers, toOthers),
    privateMetric({
      id: 'dcr-median',
      scope: null,
      value: median(toMembers.first) / found.width,
      baseline: median(toOthers.first) / found.width,
      interval: medianInterval(toMembers.first, found.width),
      better: 'near-baseline',
      details: sampled,
    }),
    nearDuplicates(found),
  ];
}

function ratioMetric(toMembers: Closest, toOthers: Closest): Metric {
  const ratios = ratiosOf(toMembers);
  const value = mean(ratios);
  const variance = mean(ratios.map((ratio) => (ratio - value) ** 2));
  return privateMetric({
    id: 'nndr',
    scope: null,
    value,
    baseline: mean(ratiosOf(toOthers)),
    interval: normalInterval(value, Math.sqrt(variance / ratios.length)),
    better: 'near-baseline',
  });
}

function ratiosOf({ first, second }: Closest): Float64Array {
  return first.map((distance, row) => ((second[row] as number) > 0 ? distance / (second[row] as number) : 1));
}

/** Median of values; the mean of the middle two for an even count. */
function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/**
 * 95 % interval of a median, divided by `width`: the order statistics whose ranks a binomial of chance one half leaves out
 * with 2.5 % on each side.
 */
function medianInterval(values: Float64Array, width: number): Interval {
  const sorted = values.slice().sort();
  const reach = (Z_95 * Math.sqrt(sorted.length)) / 2;
  const at = (rank: number) => sorted[Math.min(Math.max(rank, 0), sorted.length - 1)] as number;
  return [at(Math.floor(sorted.length / 2 - reach)) / width, at(Math.ceil(sorted.length / 2 + reach)) / width];
}

function nearDuplicates(found: Neighbourhood): Metric {
  const others = found.others.all.distance;
  const limit = others.slice().sort()[Math.floor(others.length * NEAR_QUANTILE)] ?? 0;
  // Strictly nearer, so that the many exact ties of coarse tables are not counted as near.
  const count = (distances: Float64Array) => distances.reduce((n, distance) => n + Number(distance < limit), 0);
  const members = found.members.all.distance;
  return excessMetric(
    { id: 'near-duplicate-excess', scope: null },
    {
      members: { successes: count(members), trials: members.length },
      others: { successes: count(others), trials: others.length },
    },
    { limit: limit / found.width },
  );
}
