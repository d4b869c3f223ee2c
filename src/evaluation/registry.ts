import { associationFamily } from './association-family.ts';
import type { MetricDefinition, MetricFamily } from './families.ts';
import { marginalFamily } from './marginal-family.ts';

/** Every family of metrics, in report order. A new metric is its file, one line here and its test. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [marginalFamily, associationFamily];

/** Definitions of every metric by identifier. */
export const METRIC_DEFINITIONS: ReadonlyMap<string, MetricDefinition> = new Map(
  METRIC_FAMILIES.flatMap((family) => family.definitions.map((definition) => [definition.id, definition] as const)),
);
