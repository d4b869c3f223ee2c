import { randomBytes } from 'node:crypto';
import { TabveilError } from '../../errors.ts';
import { readVersion } from '../../version.ts';
import type { PrivacyUnit } from '../certificate.ts';
import { choosePayment, costOfRun } from './filter.ts';
import { describeLedger, type LedgerHistory, type Remaining, remainingFor } from './history.ts';
import type { LineBody } from './lines.ts';
import { checkPolicy } from './policy.ts';
import {
  checkClaim,
  type GrantRequest,
  grantBody,
  overspend,
  type PolicyRequest,
  policyBody,
  type ReserveRequest,
  requireFuture,
  requireSameUnit,
} from './requests.ts';
import { drawsLeft, idleGrants, type LedgerState, usableGrants } from './state.ts';
import { appendLines, type LedgerStore, requireSnapshot, today, whileLocked } from './store.ts';

/** A paid run: the claim is spent from now on, whatever happens. */
export interface Reservation {
  readonly dataset: string;
  readonly entry: string;
  readonly software: string;
  /** Day of the reservation (UTC). */
  readonly day: string;
}

/** A resumable run that is not committed, as the ledger knows it. */
export interface OpenRun {
  readonly reservation: Reservation;
  /** What was paid for: whoever goes on may ask for nothing else. */
  readonly paid: Pick<ReserveRequest, 'purpose' | 'synthesizer' | 'epsilon' | 'delta' | 'schemaHash' | 'plan'>;
  /** Keyed fingerprint of the table it was paid for. */
  readonly fingerprint: string;
  /** By label, how many draws have begun. */
  readonly begun: ReadonlyMap<string, number>;
}

/**
 * The budget of one dataset: an append-only, hash-chained file that remembers every run across processes and months.
 *
 * Each call reads the file anew, so several instances and processes can use one ledger; writers take turns by a lock file.
 *
 * **Privacy**: `reserve` is on disk (file and folder) before it returns, and refuses before any noise is drawn; a run
 * without commit counts as spent. The guarantee of everything spent is at most the sum of the grants, for runs chosen in
 * any way from earlier outputs.
 */
export class Ledger {
  readonly path: string;
  readonly dataset: string;
  readonly unit: PrivacyUnit;
  readonly #store: LedgerStore;

  /** @internal Use `openLedger` or `openOrCreateLedger`. */
  constructor(store: LedgerStore, opened: { readonly dataset: string; readonly unit: PrivacyUnit }) {
    this.path = store.path;
    this.dataset = opened.dataset;
    this.unit = opened.unit;
    this.#store = store;
  }

  /**
   * Adds budget.
   * @returns the id of the grant.
   * @throws TabveilError when an amount or a date is not one.
   */
  async grant(request: GrantRequest): Promise<string> {
    const body = grantBody(request);
    await this.#append((_, day) => {
      requireFuture(body, day);
      return [body];
    });
    return body.grant;
  }

  /** Replaces the policy. */
  async setPolicy(request: PolicyRequest): Promise<void> {
    const body = policyBody(request);
    await this.#append(() => [body]);
  }

  /**
   * Pays for a run before it starts.
   * @throws TabveilError kind `budget` when grants or policy do not allow it; the file is then unchanged.
   */
  async reserve(request: ReserveRequest): Promise<Reservation> {
    const claim = checkClaim(request);
    const entry = randomBytes(16).toString('hex');
    const software = request.software ?? `tabveil ${readVersion()}`;
    const events = request.plan.map(({ event }) => event);
    const written = await this.#append((state, day) => {
      requireSameUnit(this.path, state.unit, request.unit);
      checkPolicy(state, request);
      const usable = usableGrants(state, request.purpose, day);
      const payment = choosePayment(usable, costOfRun(events, claim));
      if (payment === undefined) {
        const idle = idleGrants(state, request.purpose, day);
        throw overspend(this.path, request, { remaining: remainingFor(usable), idle });
      }
      const { purpose, synthesizer, epsilon, delta, schemaHash, fingerprint } = request;
      const isNew = fingerprint !== undefined && !state.fingerprints.has(fingerprint);
      return [
        ...(isNew ? [{ kind: 'content', fingerprint } as const] : []),
        {
          kind: 'reserve',
          entry,
          purpose,
          synthesizer,
          epsilon,
          delta,
          payment,
          schemaHash,
          software,
          events: [...request.plan],
          ...(request.resumable === true && fingerprint !== undefined && { resumeOn: fingerprint }),
        } as const,
      ];
    });
    return { dataset: this.dataset, entry, software, day: written.day };
  }

  /**
   * Notes that draws of a paid run begin, before they do: each can begin once, in whatever process, so that a run may be taken
   * up again, even from two copies of a checkpoint, and still draws no more than was paid.
   * @throws TabveilError (input, `ledger.begun`) when fewer draws of this label are left, none for a run that was not reserved as
   * resumable: nobody knows what it drew; the file is then unchanged.
   */
  async begin(
    { entry }: Pick<Reservation, 'entry'>,
    { label, draws }: { readonly label: string; readonly draws: number },
  ): Promise<void> {
    await this.#append((state) => {
      const run = state.runs.get(entry);
      const left = run === undefined ? 0 : drawsLeft(run, label);
      if (draws <= left) return [{ kind: 'begin', entry, label, draws }];
      throw new TabveilError(
        'input',
        'ledger.begun',
        `ledger: of "${label}", ${left} draws have not begun, and ${draws} are asked for; none is drawn twice. Remove the checkpoint and train again with fresh budget.`,
      );
    });
  }

  /** A resumable run as this ledger knows it; undefined when there is none of this entry, or it is committed. */
  async openRun(entry: string): Promise<OpenRun | undefined> {
    const { state } = await requireSnapshot(this.#store);
    const run = state.runs.get(entry);
    if (run?.reserve.resumeOn === undefined || run.outputHash !== undefined) return undefined;
    const { reserve, begun } = run;
    const { software, day, purpose, synthesizer, epsilon, delta, schemaHash } = reserve;
    return {
      reservation: { dataset: this.dataset, entry, software, day },
      paid: { purpose, synthesizer, epsilon, delta, schemaHash, plan: reserve.events },
      fingerprint: run.reserve.resumeOn,
      begun,
    };
  }

  /**
   * Notes what a paid run produced.
   * @param output.outputHash SHA-256 of the certificate, which holds the hashes of all artefacts.
   * @throws TabveilError when the run was never reserved here, or is committed already.
   */
  async commit(reservation: Pick<Reservation, 'entry'>, output: { readonly outputHash: string }): Promise<void> {
    await this.#append((state) => {
      const run = state.runs.get(reservation.entry);
      if (run === undefined || run.outputHash !== undefined) {
        const found = run === undefined ? 'was never reserved here' : 'is committed already';
        throw new TabveilError(
          'bug',
          'ledger.commit',
          `ledger: entry ${reservation.entry} ${found}; reserve a new one.`,
        );
      }
      return [{ kind: 'commit', entry: reservation.entry, outputHash: output.outputHash }];
    });
  }

  /** Grants, runs and totals. */
  async history(): Promise<LedgerHistory> {
    const { chain, state } = await requireSnapshot(this.#store);
    const described = describeLedger(state, today(this.#store, state.day));
    return { ...described, lines: chain.lines.length, head: chain.head.hash };
  }

  /** What runs of a purpose can still spend today. */
  async remaining(purpose = ''): Promise<Remaining> {
    const { state } = await requireSnapshot(this.#store);
    return remainingFor(usableGrants(state, purpose, today(this.#store, state.day)));
  }

  async #append(decide: (state: LedgerState, day: string) => readonly LineBody[]): Promise<{ readonly day: string }> {
    return whileLocked(this.#store, async () => {
      const snapshot = await requireSnapshot(this.#store);
      const day = today(this.#store, snapshot.state.day);
      await appendLines(this.#store, snapshot, { bodies: decide(snapshot.state, day), day });
      return { day };
    });
  }
}
