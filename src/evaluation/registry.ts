import { declaredFamily } from './declared/declared-family.ts';
import { decisionFamily } from './fairness/decision-family.ts';
import { representationFamily } from './fairness/representation-family.ts';
import type { MetricDefinition, MetricFamily } from './families.ts';
import { associationFamily } from './fidelity/association-family.ts';
import { columnFamily } from './fidelity/column-family.ts';
import { discriminatorFamily } from './fidelity/discriminator-family.ts';
import { kMarginalFamily } from './fidelity/k-marginal-family.ts';
import { marginalFamily } from './fidelity/marginal-family.ts';
import { missingPatternFamily } from './fidelity/missing-pattern-family.ts';
import { pairFamily } from './fidelity/pair-family.ts';
import { inferenceFamily, linkabilityFamily, singlingOutFamily } from './privacy/attack-families.ts';
import { closestRecordFamily } from './privacy/closest-record-family.ts';
import { disclosureFamily } from './privacy/disclosure-family.ts';
import { linkageFamily } from './privacy/linkage-family.ts';
import { membershipFamily } from './privacy/membership-family.ts';
import { replayFamily } from './privacy/replay-family.ts';
import { shadowFamily } from './privacy/shadow-family.ts';
import { tstrFamily } from './usefulness/tstr-family.ts';
import { workloadFamily } from './usefulness/workload.ts';

/** Every family of metrics, in report order. A new metric is its file, one line here and its test. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [
  marginalFamily,
  kMarginalFamily,
  columnFamily,
  pairFamily,
  associationFamily,
  missingPatternFamily,
  declaredFamily,
  discriminatorFamily,
  tstrFamily,
  workloadFamily,
  singlingOutFamily,
  linkabilityFamily,
  inferenceFamily,
  membershipFamily,
  shadowFamily,
  replayFamily,
  closestRecordFamily,
  disclosureFamily,
  linkageFamily,
  representationFamily,
  decisionFamily,
];

/** Definitions of every metric by identifier. */
export const METRIC_DEFINITIONS: ReadonlyMap<string, MetricDefinition> = new Map(
  METRIC_FAMILIES.flatMap((family) => family.definitions.map((definition) => [definition.id, definition] as const)),
);
