import type { MetricFamily } from '../families.ts';
import { declaredMetrics } from './declared-metrics.ts';

/** What the synthetic table says of itself against the public schema: the only numbers that are free to leave. */
export const declaredFamily: MetricFamily = {
  name: 'declared schema',
  definitions: [
    {
      id: 'declared-boundary-adherence',
      title: 'Values within the declared bounds',
      section: 'fidelity',
      better: 'higher',
      definition:
        'Share of synthetic values within the public bounds of the schema; a missing one counts as outside where the schema allows none.',
      criticism: 'Says that the table is well formed, not that it resembles the real one.',
    },
    {
      id: 'declared-category-adherence',
      title: 'Categories that the schema lists',
      section: 'fidelity',
      better: 'higher',
      definition:
        'Share of synthetic values that the public schema lists; a missing one counts where the schema allows it.',
      criticism: 'Says that the table is well formed, not that it resembles the real one.',
    },
    {
      id: 'synthetic-group-share',
      title: 'Share of a group in the synthetic table',
      section: 'fairness',
      better: 'near-baseline',
      definition: 'Rows of a declared group as a share of the synthetic rows.',
      criticism: 'Whether the group is as large among the real people cannot be told without them.',
    },
    {
      id: 'synthetic-base-rate',
      title: 'Positive share of a group in the synthetic table',
      section: 'fairness',
      better: 'near-baseline',
      definition: 'Share of the second of two declared target classes within a declared group of the synthetic table.',
      criticism: 'A gap between groups may be true, made by noise, or smoothed away: the synthetic table cannot tell.',
    },
  ],
  compute: ({ schema, aligned, settings }) => declaredMetrics(schema, aligned, settings),
};
