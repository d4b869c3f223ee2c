import { TabveilError } from '../errors.ts';
import type { Domain } from '../marginals/domain.ts';
import type { CellCondition } from './synthesizer.ts';

/** Probability of the conditions below which a model of a finite table has nothing to say about them. */
export const LEAST_CONDITION_PROBABILITY = 1e-9;

/** The error of conditions that no row, or hardly any, can meet. */
export function impossibleConditions(finding: string): TabveilError {
  return new TabveilError('usage', 'conditions.impossible', `conditions: ${finding} in this model; loosen them.`);
}

/**
 * Checks that conditions name each column at most once and give every code a weight in [0, 1].
 * @throws TabveilError (bug)
 */
export function checkConditions(domain: Domain, conditions: readonly CellCondition[]): void {
  const distinct = new Set(conditions.map(({ attribute }) => attribute));
  const fits = conditions.every(
    ({ attribute, weights }) =>
      domain.sizes[attribute] === weights.length && weights.every((weight) => weight >= 0 && weight <= 1),
  );
  if (fits && distinct.size === conditions.length) return;
  throw new TabveilError(
    'bug',
    'conditions.shape',
    'conditions: each column is named once at most, with a weight from 0 to 1 for each of its codes.',
  );
}
