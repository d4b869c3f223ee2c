import type { BinnedTables } from '../bins.ts';
import type { EvaluationInput, MetricDefinition, MetricFamily } from '../families.ts';
import { normalInterval } from '../intervals.ts';
import { type Metric, privateMetric, type Scope } from '../metric.ts';
import { type MarginalDistance, marginalDistances, meanDistance } from './marginal-distance.ts';

const WAYS = [1, 2, 3] as const;

/** Above this many columns three-way marginals are left out: their number grows with the cube. */
const MAX_COLUMNS_THREE_WAY = 60;

const DEFINITIONS: readonly MetricDefinition[] = WAYS.map((way) => ({
  id: `marginal-tvd-${way}`,
  title: `${way}-way marginal distance`,
  section: 'fidelity',
  better: 'lower',
  definition: `Total variation distance between the real and the synthetic ${way}-way marginal on the schema's bins; missing is a bin of its own. Over the whole table: the mean over all ${way}-way marginals.`,
  criticism:
    way === 1
      ? 'Blind to every relation between columns: a table of independent columns scores perfectly.'
      : 'Sampling error alone gives a positive distance in sparse marginals; read it against the holdout column.',
}));

/** Marginal distances: means over all 1-, 2- and 3-way marginals, every column, every pair. */
export const marginalFamily: MetricFamily = {
  name: 'marginal distances',
  definitions: DEFINITIONS,
  compute: (input) => WAYS.flatMap((way) => marginalMetrics(input, way)),
};

function marginalMetrics(input: EvaluationInput, way: 1 | 2 | 3): readonly Metric[] {
  const tables = input.binned;
  if (way === 3 && tables.columns.length > MAX_COLUMNS_THREE_WAY) return [];
  const synthetic = marginalDistances(tables, way, ['real', 'synthetic']);
  const holdout = input.hasHoldout ? marginalDistances(tables, way, ['real', 'holdout']) : [];
  const mean = meanDistance(synthetic);
  if (!mean) return [];
  const whole = privateMetric({
    id: `marginal-tvd-${way}`,
    scope: null,
    value: mean.value,
    baseline: meanDistance(holdout)?.value ?? null,
    interval: normalInterval(mean.value, mean.standardError),
    better: 'lower',
    worst: { scope: scopeOf(tables, mean.worst.clique), value: mean.worst.value },
    details: { marginals: synthetic.length },
  });
  const members = way === 3 ? [] : synthetic.map((marginal, index) => memberMetric(tables, marginal, holdout[index]));
  return [whole, ...members];
}

function memberMetric(tables: BinnedTables, marginal: MarginalDistance, baseline?: MarginalDistance): Metric {
  return privateMetric({
    id: `marginal-tvd-${marginal.clique.length}`,
    scope: scopeOf(tables, marginal.clique),
    value: marginal.value,
    baseline: baseline?.value ?? null,
    interval: normalInterval(marginal.value, marginal.standardError),
    better: 'lower',
  });
}

/** Scope of a set of columns: a column, or several. */
export function scopeOf(tables: BinnedTables, clique: readonly number[]): Scope {
  const names = clique.map((index) => tables.columns[index]?.name ?? '');
  return names.length === 1 ? { column: names[0] ?? '' } : { columns: names };
}
