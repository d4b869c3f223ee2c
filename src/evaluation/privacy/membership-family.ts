import type { EvaluationInput, MetricFamily } from '../families.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { empiricalEpsilon, type MembershipScores, membershipAdvantage } from './membership.ts';
import type { Neighbourhood, SideNeighbours } from './neighbourhood.ts';

/** The most isolated people: the tenth farthest from their reference people. */
const ISOLATED_SHARE = 0.1;
/** Fewer isolated rows than this on a side give no useful interval. */
const MIN_ISOLATED = 10;

/** Membership inference by calibrated Gower distances. */
export const membershipFamily: MetricFamily = {
  name: 'membership',
  definitions: [
    {
      id: 'membership-auc',
      title: 'Membership inference AUC',
      section: 'privacy',
      better: 'near-half',
      definition:
        'AUC of the score "distance to the nearest of half the holdout − distance to the nearest synthetic row" between training rows and holdout rows; over all rows and over the 10 % most isolated ones.',
      criticism:
        'An average over people; one attack of many. An AUC of ½ proves nothing, a differential-privacy bound does.',
    },
    {
      id: 'membership-epsilon-lower',
      title: 'Empirical lower bound of epsilon',
      section: 'privacy',
      better: 'lower',
      definition:
        'Least epsilon that the membership attack proves with 95 % confidence: threshold chosen on half of the rows, Clopper–Pearson limits on the other half.',
      criticism: 'Zero means that this attack proves nothing. Above the certified epsilon it means a bug.',
    },
  ],
  compute: async (input) => {
    const found = await input.neighbours();
    return found ? membershipMetrics(input, found) : [];
  },
};

function membershipMetrics(input: EvaluationInput, found: Neighbourhood): readonly Metric[] {
  const all = { members: scoresOf(found.members), others: scoresOf(found.others) };
  const isolated = isolatedScores(found, all);
  const mixed = shuffle(input, all);
  const bound = empiricalEpsilon(mixed);
  const hasIsolated = Math.min(isolated.members.length, isolated.others.length) >= MIN_ISOLATED;
  return [
    aucMetric('all', all, found.isSampled),
    ...(hasIsolated ? [aucMetric('isolated', isolated, found.isSampled)] : []),
    privateMetric({
      id: 'membership-epsilon-lower',
      scope: null,
      value: bound.epsilonLower,
      // The same attack where nobody was in training: two halves of the holdout people against each other.
      baseline: empiricalEpsilon(splitScores(mixed.others)).epsilonLower,
      intervalNote: 'a 95 % lower limit itself',
      better: 'lower',
      details: { ...bound, sampled: found.isSampled },
    }),
  ];
}

/** Higher: nearer to the synthetic table than to people who are not behind it. */
function scoresOf(side: SideNeighbours): Float64Array {
  return side.reference.map((distance, position) => distance - (side.all.distance[position] as number));
}

/** Every second score as if it were a member's; they are in random order. */
function splitScores(scores: Float64Array): MembershipScores {
  return { members: scores.filter((_, at) => at % 2 === 0), others: scores.filter((_, at) => at % 2 === 1) };
}

function isolatedScores(found: Neighbourhood, all: MembershipScores): MembershipScores {
  const joined = Float64Array.from([...found.members.reference, ...found.others.reference]).sort();
  const limit = joined[Math.floor(joined.length * (1 - ISOLATED_SHARE))] ?? 0;
  return {
    members: all.members.filter((_, at) => (found.members.reference[at] as number) >= limit),
    others: all.others.filter((_, at) => (found.others.reference[at] as number) >= limit),
  };
}

/** The choice of a threshold takes every second row, so their order must not carry meaning. */
function shuffle(input: EvaluationInput, scores: MembershipScores): MembershipScores {
  const stream = input.stream('membership');
  const mixed = (values: Float64Array) => {
    const keys = values.map(() => stream.nextFloat());
    const order = [...values.keys()].sort((a, b) => (keys[a] as number) - (keys[b] as number));
    return Float64Array.from(order, (at) => values[at] as number);
  };
  return { members: mixed(scores.members), others: mixed(scores.others) };
}

function aucMetric(variant: string, scores: MembershipScores, sampled: boolean): Metric {
  const { auc, interval, advantage, truePositiveRates } = membershipAdvantage(scores);
  const [tpr01, tpr1, tpr10] = truePositiveRates;
  return privateMetric({
    id: 'membership-auc',
    variant,
    scope: null,
    value: auc,
    baseline: 0.5,
    interval,
    better: 'near-half',
    details: {
      members: scores.members.length,
      others: scores.others.length,
      advantage,
      'TPR at FPR 0.1 %': tpr01,
      'TPR at FPR 1 %': tpr1,
      'TPR at FPR 10 %': tpr10,
      sampled,
    },
    ...(auc === null ? { note: 'no rows on one side' } : {}),
  });
}
