import { TabveilError } from '../errors.ts';
import type { PrivacyEvent, SubsampledGaussianEvent } from './events.ts';
import type { PlannedEvent, PrivacyPlan } from './mechanisms.ts';

/** A planned event of one kind, with its place in the certificate. */
export interface PlannedEntry<E extends PrivacyEvent = PrivacyEvent> {
  readonly label: string;
  readonly event: E;
  /** Index of the event in the plan and in the certificate. */
  readonly entry: number;
}

/** Hands out each event of a plan at most once, and the steps of a stepwise event one by one. */
export class PlanCursor {
  readonly #plan: PrivacyPlan;
  readonly #entries = new Map<string, number>();
  readonly #spent = new Set<number>();
  readonly #steps = new Map<number, number>();

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
   * @throws TabveilError (bug) when there is none, it is of none of these kinds, or it was spent before.
   */
  spend<K extends PrivacyEvent['kind']>(
    label: string,
    ...kinds: readonly K[]
  ): PlannedEntry<Extract<PrivacyEvent, { kind: K }>> {
    const found = this.find(label, ...kinds);
    const { entry } = found;
    if (this.#spent.has(entry)) throw refuse('spent-twice', `"${label}" was spent before; plan one event per release`);
    this.#spent.add(entry);
    return found;
  }

  /**
   * Spends one step of the stepwise event with this label.
   * @throws TabveilError (bug) when there is none, it is of another kind, or all its steps were spent before.
   */
  spendStep(label: string): PlannedEntry<SubsampledGaussianEvent> {
    const found = this.find(label, 'subsampled-gaussian');
    const taken = this.#steps.get(found.entry) ?? 0;
    if (taken >= found.event.steps) throw refuse('spent-twice', `all ${taken} steps of "${label}" were spent before`);
    this.#steps.set(found.entry, taken + 1);
    this.#spent.add(found.entry);
    return found;
  }

  /**
   * The event with this label, without spending it.
   * @throws TabveilError (bug) when there is none or it is of none of these kinds.
   */
  find<K extends PrivacyEvent['kind']>(
    label: string,
    ...kinds: readonly K[]
  ): PlannedEntry<Extract<PrivacyEvent, { kind: K }>> {
    const entry = this.#entries.get(label);
    const planned = entry === undefined ? undefined : this.#plan[entry];
    if (entry === undefined || planned === undefined) throw refuse('unplanned', `no event is labelled "${label}"`);
    const { event } = planned;
    if (!isOfKind(event, kinds))
      throw refuse('kind', `"${label}" plans ${event.kind}, but ${kinds.join(' or ')} was asked for`);
    return { label, event, entry };
  }

  /** Planned events that were not spent, in plan order; they are paid for all the same. */
  get unspent(): readonly PlannedEvent[] {
    return this.#plan.filter((_, entry) => !this.#spent.has(entry));
  }
}

function isOfKind<K extends PrivacyEvent['kind']>(
  event: PrivacyEvent,
  kinds: readonly K[],
): event is Extract<PrivacyEvent, { kind: K }> {
  return (kinds as readonly string[]).includes(event.kind);
}

function refuse(code: string, what: string): TabveilError {
  return new TabveilError('bug', `plan.${code}`, `privacy plan: ${what}. No private value was read.`);
}
