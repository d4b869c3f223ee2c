import { TabveilError } from '../../errors.ts';
import type { PrivacyEvent } from '../events.ts';

/**
 * Turns events into a guarantee. All results are upper bounds, rounded up, for add/remove of one unit and both
 * directions; the composition of no events costs nothing.
 */
export interface Accountant {
  /** Short stable name, as written into certificates. */
  readonly name: string;
  /** Whether the accountant has a proven cost for this event; compositions need support for every event. */
  supports(event: PrivacyEvent): boolean;
  /**
   * The smallest epsilon this accountant can prove at `delta`; `Infinity` when it can prove none.
   * @throws TabveilError when an event is not supported or delta is not in (0, 1).
   */
  epsilon(events: readonly PrivacyEvent[], delta: number): number;
  /**
   * The smallest delta this accountant can prove at `epsilon`.
   * @throws TabveilError when an event is not supported or epsilon is negative.
   */
  delta(events: readonly PrivacyEvent[], epsilon: number): number;
}

/** An epsilon and the accountant that proved it. */
export interface AccountedEpsilon {
  readonly epsilon: number;
  readonly accountant: string;
}

/** A delta and the accountant that proved it. */
export interface AccountedDelta {
  readonly delta: number;
  readonly accountant: string;
}

/**
 * Refuses a composition an accountant cannot price.
 * @throws TabveilError `accounting.unsupported-event`.
 */
export function requireSupport(accountant: Accountant, events: readonly PrivacyEvent[]): void {
  const stranger = events.findIndex((event) => !accountant.supports(event));
  if (stranger < 0) return;
  throw new TabveilError(
    'input',
    'accounting.unsupported-event',
    `event ${stranger}: the ${accountant.name} accountant has no proven cost for "${String(events[stranger]?.kind)}"; use an accountant that supports it.`,
    { event: stranger, accountant: accountant.name },
  );
}

/** @throws TabveilError unless 0 < delta < 1. */
export function requireDelta(delta: number): void {
  if (delta > 0 && delta < 1) return;
  throw new TabveilError('usage', 'accounting.delta', `delta is ${delta}; it must lie strictly between 0 and 1.`);
}

/** @throws TabveilError unless epsilon is a finite number ≥ 0. */
export function requireEpsilon(epsilon: number): void {
  if (epsilon >= 0 && Number.isFinite(epsilon)) return;
  throw new TabveilError(
    'usage',
    'accounting.epsilon',
    `epsilon is ${epsilon}; it must be a finite number, 0 or more.`,
  );
}
