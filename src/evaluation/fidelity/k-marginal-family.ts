import type { EvaluationInput, MetricFamily } from '../families.ts';
import { type Interval, normalInterval } from '../intervals.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { K_MARGINAL_MAX } from './k-marginal.ts';
import { marginalDistances, meanDistance } from './marginal-distance.ts';
import { readRuler, subsampleRuler } from './subsample-ruler.ts';

/** The NIST k-marginal score of the whole table, and the ruler that gives it a scale. */
export const kMarginalFamily: MetricFamily = {
  name: 'k-marginal',
  definitions: [
    {
      id: 'k-marginal',
      title: 'k-marginal score (0 to 1000)',
      section: 'fidelity',
      better: 'higher',
      definition:
        '1000 · (1 − mean total variation distance over all pairs of columns), numbers in declared bins or 20-quantiles of the real column.',
      criticism: 'A mean over pairs: small groups and single bad pairs disappear in it.',
    },
    {
      id: 'like-subsample',
      title: 'As close as a sample of this share of the real rows',
      section: 'fidelity',
      better: 'higher',
      definition: 'Share of the real rows of which a random sample has the same k-marginal score.',
      criticism: 'Compares error sizes only: bias from a generator is not sampling error. The ruler ends at 90 %.',
    },
  ],
  compute: kMarginalMetrics,
};

/** The ends of the score's interval on the ruler. */
function likeInterval(low: number | null, high: number | null): Interval | null {
  return low === null || high === null ? null : [low, high];
}

function kMarginalMetrics(input: EvaluationInput): readonly Metric[] {
  const tables = input.quantileBinned;
  const mean = meanDistance(marginalDistances(tables, 2, ['real', 'synthetic']));
  if (!mean) return [];
  const score = (distance: number) => K_MARGINAL_MAX * (1 - distance);
  const value = score(mean.value);
  const holdout = input.hasHoldout ? meanDistance(marginalDistances(tables, 2, ['real', 'holdout'])) : null;
  const [low, high] = normalInterval(mean.value, mean.standardError);
  const names = mean.worst.clique.map((index) => tables.columns[index]?.name ?? '');
  const marks = subsampleRuler(tables, input.stream('subsample-ruler'));
  const ruler = Object.fromEntries(marks.map((mark) => [`score at ${Math.round(mark.share * 100)} %`, mark.score]));
  const like = (scored: number) => readRuler(marks, scored);
  return [
    privateMetric({
      id: 'k-marginal',
      scope: null,
      value,
      baseline: holdout ? score(holdout.value) : null,
      interval: [score(high), score(low)],
      better: 'higher',
      worst: { scope: { columns: names }, value: score(mean.worst.value) },
      details: { marginals: mean.marginals.length },
    }),
    privateMetric({
      id: 'like-subsample',
      scope: null,
      value: like(value),
      baseline: holdout ? like(score(holdout.value)) : null,
      interval: likeInterval(like(score(high)), like(score(low))),
      better: 'higher',
      details: ruler,
    }),
  ];
}
