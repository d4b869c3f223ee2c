import { TabveilError } from '../errors.ts';
import type { PrivacyEvent } from './events.ts';
import type { PlannedEvent, PrivacyPlan } from './mechanisms.ts';

/** A planned event of one kind, with its place in the certificate. */
export interface PlannedEntry<E extends PrivacyEvent = PrivacyEvent> {
  readonly label: string;
  readonly event: E;
  /** Index of the event in the plan and in the certificate. */
  readonly entry: number;
}

/** Hands out each event of a plan at most once. */
export class PlanCursor {
  readonly #plan: PrivacyPlan;
  readonly #entries = new Map<string, number>();
  readonly #spent = new Set<number>();

  /** @throws TabveilError when two events share a label. */
  constructor(plan: PrivacyPlan) {
    this.#plan = plan;
    for (const [entry, { label }] of plan.entries()) {
      if (this.#entries.has(label)) throw refuse('duplicate', `two events are labelled "${label}"; labels are unique`);
      this.#entries.set(label, entry);
    }
  }

  /**
   * Spends the event with this label.
   * @throws TabveilError (bug) when there is none, it is of another kind, or it was spent before.
   */
  spend<K extends PrivacyEvent['kind']>(label: string, kind: K): PlannedEntry<Extract<PrivacyEvent, { kind: K }>> {
    const entry = this.#entries.get(label);
    const planned = entry === undefined ? undefined : this.#plan[entry];
    if (entry === undefined || planned === undefined) throw refuse('unplanned', `no event is labelled "${label}"`);
    const { event } = planned;
    if (!isOfKind(event, kind)) throw refuse('kind', `"${label}" plans ${event.kind}, but ${kind} was asked for`);
    if (this.#spent.has(entry)) throw refuse('spent-twice', `"${label}" was spent before; plan one event per release`);
    this.#spent.add(entry);
    return { label, event, entry };
  }

  /** Planned events that were not spent, in plan order; they are paid for all the same. */
  get unspent(): readonly PlannedEvent[] {
    return this.#plan.filter((_, entry) => !this.#spent.has(entry));
  }
}

function isOfKind<K extends PrivacyEvent['kind']>(
  event: PrivacyEvent,
  kind: K,
): event is Extract<PrivacyEvent, { kind: K }> {
  return event.kind === kind;
}

function refuse(code: string, what: string): TabveilError {
  return new TabveilError('bug', `plan.${code}`, `privacy plan: ${what}. No private value was read.`);
}
