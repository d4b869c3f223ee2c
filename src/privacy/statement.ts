import type { Certificate, PrivacyUnit } from './certificate.ts';

/** What no certificate covers, in words for people. */
export const OUTSIDE_THE_GUARANTEE: readonly string[] = [
  'other releases from the same table (the ledger adds them up)',
  'facts declared public',
  'what can be learned about a group without any one member',
  'the machine, people and timing of the training itself',
];

/** The unit of privacy in words: `one row`, or `all rows of one entity (patient; at most 5 rows)`. */
export function describeUnit(unit: PrivacyUnit): string {
  if (unit.kind === 'row') return 'one row';
  const rows = unit.maxRows === 1 ? '1 row' : `${unit.maxRows} rows`;
  return `all rows of one entity (${unit.key.join(', ')}; at most ${rows})`;
}

/**
 * What is guaranteed to whom, in one line: unit, adjacency, epsilon, delta, what was public, what lies outside.
 * @param recomputed cost recomputed from the events.
 */
export function describeGuarantee(
  certificate: Certificate,
  recomputed: { readonly epsilon: number; readonly accountant: string },
): string {
  const { epsilon, delta, events, publicInputs } = certificate;
  const cost = Number(recomputed.epsilon.toPrecision(6));
  const facts = publicInputs.length === 1 ? '1 fact' : `${publicInputs.length} facts`;
  return [
    `(epsilon ${epsilon}, delta ${delta}) differential privacy for ${describeUnit(certificate.unit)} of the training table, added or removed`,
    `recomputed epsilon ${cost} (${recomputed.accountant}) from ${events.length} ${events.length === 1 ? 'event' : 'events'}`,
    `public by declaration: ${facts} of the schema`,
    `outside: ${OUTSIDE_THE_GUARANTEE.join(', ')}`,
  ].join('; ');
}
