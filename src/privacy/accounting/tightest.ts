import { TabveilError } from '../../errors.ts';
import type { PrivacyEvent } from '../events.ts';
import {
  type Accountant,
  type AccountedDelta,
  type AccountedEpsilon,
  requireDelta,
  requireEpsilon,
} from './accountant.ts';
import { pldAccountant } from './pld-accountant.ts';
import { pureAccountant } from './pure-accountant.ts';
import { renyiAccountant } from './renyi-accountant.ts';
import { zcdpAccountant } from './zcdp-accountant.ts';

/** Every accountant, cheapest first; adding one is its file, its test and a line here. */
export const ACCOUNTANTS: readonly Accountant[] = [pureAccountant, zcdpAccountant, renyiAccountant, pldAccountant];

/**
 * What each accountant that supports all events proves at `delta`, cheapest to compute first.
 * @throws TabveilError when no accountant supports all events.
 */
export function everyEpsilon(events: readonly PrivacyEvent[], delta: number): readonly AccountedEpsilon[] {
  requireDelta(delta);
  return supporting(events).map((accountant) => ({
    epsilon: accountant.epsilon(events, delta),
    accountant: accountant.name,
  }));
}

/** The smallest of some proven epsilons, the first of equal ones. */
export function smallestEpsilon(proven: readonly AccountedEpsilon[]): AccountedEpsilon {
  return proven.reduce((best, next) => (next.epsilon < best.epsilon || Number.isNaN(best.epsilon) ? next : best));
}

/**
 * The smallest epsilon any accountant proves for a composition of events with fixed parameters, and which one did.
 *
 * **Privacy**: parameters of later events must not depend on earlier outputs, except through a plan fixed in advance.
 * Across runs whose parameters were chosen after seeing earlier outputs use `zcdpAccountant` under a fixed cap.
 * @throws TabveilError when no accountant supports all events.
 */
export function tightestEpsilon(events: readonly PrivacyEvent[], delta: number): AccountedEpsilon {
  return smallestEpsilon(everyEpsilon(events, delta));
}

/**
 * The smallest delta any accountant proves at `epsilon`, and which one did; see `tightestEpsilon`.
 * @throws TabveilError when no accountant supports all events.
 */
export function tightestDelta(events: readonly PrivacyEvent[], epsilon: number): AccountedDelta {
  requireEpsilon(epsilon);
  return supporting(events)
    .map((accountant) => ({ delta: accountant.delta(events, epsilon), accountant: accountant.name }))
    .reduce((best, next) => (next.delta < best.delta || Number.isNaN(best.delta) ? next : best));
}

function supporting(events: readonly PrivacyEvent[]): readonly Accountant[] {
  const able = ACCOUNTANTS.filter((accountant) => events.every((event) => accountant.supports(event)));
  if (able.length > 0) return able;
  throw new TabveilError(
    'input',
    'accounting.no-accountant',
    `no accountant supports this composition of ${[...new Set(events.map((event) => event.kind))].join(', ')}; account the groups separately.`,
  );
}
