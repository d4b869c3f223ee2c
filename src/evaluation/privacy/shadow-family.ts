import { createStream } from '../../random/stream.ts';
import type { Table } from '../../table/columns.ts';
import { mean } from '../average.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import type { Interval } from '../intervals.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { sampleRows } from '../sampling.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { attackWithShadows, type ShadowFit, type ShadowResult, takeRows } from './shadow.ts';

/** The deep mode: what to refit and how often. */
export interface DeepAttack {
  /** The generator in words, such as `aim`. */
  readonly generator: string;
  /** What each fit claims. */
  readonly epsilon: number;
  readonly delta: number;
  readonly fit: ShadowFit;
  /** Number of fits, at least 20. */
  readonly shadows: number;
  /** Most isolated people to attack. */
  readonly targets: number;
  /** Rows of each shadow table besides the targets, at most. */
  readonly rows: number;
  readonly onShadow?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Shadow-model attack on the most isolated people; only in deep mode. */
export const shadowFamily: MetricFamily = {
  name: 'shadow models',
  definitions: [
    {
      id: 'shadow-auc',
      title: 'Shadow-model attack: AUC',
      section: 'privacy',
      better: 'near-half',
      definition:
        'The generator is fitted many times with each of the most isolated people in the training rows or not by a coin; the AUC of telling the two apart from fits that the attack has not learned from, mean over these people.',
      criticism:
        'Attacks the method at one size and budget, not the table at hand; needs hundreds of fits; half a signal per person is lost to learning.',
    },
    {
      id: 'shadow-epsilon-lower',
      title: 'Shadow-model attack: lower bound of epsilon',
      section: 'privacy',
      better: 'lower',
      definition:
        'Least epsilon that the shadow-model attack proves for the worst of the attacked people, with 95 % confidence for all of them together.',
      criticism: 'Zero means that this attack proves nothing; with few fits it can prove only little.',
    },
  ],
  compute: async (input) => {
    const found = input.deep && (await input.neighbours());
    return input.deep && found ? deepMetrics(input, input.deep, found) : [];
  },
};

async function deepMetrics(input: EvaluationInput, deep: DeepAttack, found: Neighbourhood): Promise<readonly Metric[]> {
  const { population, targets } = isolatePeople(input, deep, found);
  const { fit, shadows, signal, onShadow } = deep;
  const results = await attackWithShadows({
    schema: input.schema,
    population,
    targets,
    fit,
    shadows,
    rows: Math.min(deep.rows, Math.floor(population.rowCount / 2)),
    stream: input.stream('shadows'),
    ...(signal && { signal }),
    ...(onShadow && { onShadow }),
  });
  const details = {
    generator: deep.generator,
    epsilon: deep.epsilon,
    delta: deep.delta,
    shadows,
    targets: targets.length,
    rowsPerFit: Math.min(deep.rows, Math.floor(population.rowCount / 2)),
  };
  return [aucMetric(results, details), boundMetric(results, details)];
}

/** The training rows farthest from people who are not behind the table, first, and a sample of the others. */
function isolatePeople(input: EvaluationInput, deep: DeepAttack, { members }: Neighbourhood) {
  const { people, reference } = members;
  const order = [...reference.keys()].sort((a, b) => (reference[b] as number) - (reference[a] as number) || a - b);
  const isolated = order.slice(0, deep.targets).map((position) => people.rows[position] as number);
  const others = Int32Array.from({ length: input.population.rowCount }, (_, row) => row).filter(
    (row) => !isolated.includes(row),
  );
  const picked = sampleRows(others.length, 2 * deep.rows, createStream(input.settings.seed, 'shadow-population'));
  const rows = Int32Array.from([...isolated, ...[...picked].map((at) => others[at] as number)]);
  const population: Table = takeRows(input.population, rows);
  return { population, targets: isolated.map((_, at) => at) };
}

function aucMetric(results: readonly ShadowResult[], details: NonNullable<Metric['details']>): Metric {
  const aucs = results.flatMap(({ auc }) => auc ?? []);
  const intervals = results.flatMap(({ interval }) => (interval ? [interval] : []));
  const side = (at: 0 | 1) => mean(intervals.map((interval) => interval[at]));
  const interval: Interval | null = intervals.length > 0 ? [side(0), side(1)] : null;
  return privateMetric({
    id: 'shadow-auc',
    scope: null,
    value: aucs.length > 0 ? mean(aucs) : null,
    baseline: 0.5,
    interval,
    better: 'near-half',
    details: { ...details, largest: aucs.length > 0 ? Math.max(...aucs) : null },
    ...(aucs.length === 0 ? { note: 'undefined: no tested fit was with, or none without, a person' } : {}),
  });
}

function boundMetric(results: readonly ShadowResult[], details: NonNullable<Metric['details']>): Metric {
  return privateMetric({
    id: 'shadow-epsilon-lower',
    scope: null,
    value: Math.max(0, ...results.map(({ bound }) => bound.epsilonLower)),
    baseline: 0,
    intervalNote: 'a 95 % lower limit itself',
    better: 'lower',
    details,
  });
}
