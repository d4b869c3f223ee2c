import { TabveilError } from '../../errors.ts';
import type { PrivacyUnit } from '../certificate.ts';
import { type Chain, tampered } from './chain.ts';
import { applyPayment, costOfRun, type GrantState, unusedGrant } from './filter.ts';
import type { LedgerLine, LineOf } from './lines.ts';

/** One run: reserved, and committed once its model was written. Both count as spent. */
export interface RunState {
  readonly reserve: LineOf<'reserve'>;
  readonly outputHash?: string;
  /** By label, how many draws have begun; only runs with a checkpoint take that down. */
  readonly begun: ReadonlyMap<string, number>;
}

/** What a ledger says after its last line. */
export interface LedgerState {
  readonly dataset: string;
  readonly unit: PrivacyUnit;
  /** Dataset of an earlier ledger that was remembered at the same path and gone when this one was made. */
  readonly replaces?: string;
  readonly grants: readonly GrantState[];
  readonly runs: ReadonlyMap<string, RunState>;
  /** The latest policy line, if any. */
  readonly policy?: LineOf<'policy'>;
  /** Keyed fingerprints of the table contents seen so far. */
  readonly fingerprints: ReadonlySet<string>;
  /** Day of the last line: a clock that was set back does not revive a grant. */
  readonly day: string;
}

/**
 * Replays the lines of a chain and checks that each was allowed when it was written.
 * @throws TabveilError `ledger.tampered` when one was not, for example a payment beyond its grant.
 */
export function replayChain(chain: Chain, name: string): LedgerState {
  const [first, ...rest] = chain.lines;
  const opened = openState(first);
  if (opened === undefined) {
    throw new TabveilError(
      'input',
      'ledger.empty',
      `${name}: this is not a ledger; its first line must open a dataset. Check the path given with --ledger.`,
    );
  }
  return rest.reduce((state, line, index) => applyLine(state, line, `${name}: line ${index + 2}`), opened);
}

/** The state after the first line, or `undefined` when that line opens no dataset. */
export function openState(first: LedgerLine | undefined): LedgerState | undefined {
  if (first?.kind !== 'open') return undefined;
  const { dataset, unit, day, replaces } = first;
  const opened = { dataset, unit, day, grants: [], runs: new Map(), fingerprints: new Set<string>() };
  return replaces === undefined ? opened : { ...opened, replaces };
}

/** The state after one more line. */
export function applyLine(before: LedgerState, line: LedgerLine, where: string): LedgerState {
  if (line.day < before.day) throw tampered(`${where} is dated ${line.day}, before the line above it (${before.day})`);
  const state = { ...before, day: line.day };
  switch (line.kind) {
    case 'open':
      throw tampered(`${where} opens a second dataset ${line.dataset} beside ${state.dataset}`);
    case 'grant':
      if (state.grants.some(({ grant }) => grant.grant === line.grant))
        throw tampered(`${where} repeats grant ${line.grant}`);
      return { ...state, grants: [...state.grants, unusedGrant(line)] };
    case 'policy':
      return { ...state, policy: line };
    case 'content':
      return { ...state, fingerprints: new Set([...state.fingerprints, line.fingerprint]) };
    case 'reserve':
      return applyReserve(state, line, where);
    case 'begin':
      return applyBegin(state, line, where);
    case 'commit':
      return applyCommit(state, line, where);
    case 'recover':
      return state;
    default:
      return line satisfies never;
  }
}

function applyReserve(state: LedgerState, line: LineOf<'reserve'>, where: string): LedgerState {
  if (state.runs.has(line.entry)) throw tampered(`${where} repeats entry ${line.entry}`);
  const cost = costOfRun(
    line.events.map(({ event }) => event),
    line,
  );
  const payers = line.payment.rule === 'zcdp' ? [line.payment.grant] : line.payment.charges.map(({ grant }) => grant);
  const usable = usableGrants(state, line.purpose, line.day).map(({ grant }) => grant.grant);
  const paid = applyPayment(state.grants, line.payment, cost);
  if (paid === undefined || payers.some((payer) => !usable.includes(payer))) {
    throw tampered(`${where} spends epsilon ${line.epsilon}, more than the grants above it allow`);
  }
  return { ...state, grants: paid, runs: new Map([...state.runs, [line.entry, { reserve: line, begun: new Map() }]]) };
}

function applyBegin(state: LedgerState, line: LineOf<'begin'>, where: string): LedgerState {
  const run = state.runs.get(line.entry);
  if (run === undefined) throw tampered(`${where} begins a draw of run ${line.entry}, which was never reserved`);
  const left = drawsLeft(run, line.label);
  if (line.draws > left)
    throw tampered(`${where} begins ${line.draws} draws, more than the ${left} paid that are left`);
  const begun = new Map([...run.begun, [line.label, (run.begun.get(line.label) ?? 0) + line.draws]]);
  return { ...state, runs: new Map([...state.runs, [line.entry, { ...run, begun }]]) };
}

/**
 * How many draws of a label may still begin: a stepwise event has one per step, every other event one; none after commit, and
 * none of a run that does not note its draws.
 */
export function drawsLeft({ reserve, begun, outputHash }: RunState, label: string): number {
  const event = reserve.events.find((planned) => planned.label === label)?.event;
  if (event === undefined || outputHash !== undefined || reserve.resumeOn === undefined) return 0;
  return (event.kind === 'subsampled-gaussian' ? event.steps : 1) - (begun.get(label) ?? 0);
}

function applyCommit(state: LedgerState, line: LineOf<'commit'>, where: string): LedgerState {
  const run = state.runs.get(line.entry);
  if (run === undefined) throw tampered(`${where} commits run ${line.entry}, which was never reserved`);
  if (run.outputHash !== undefined) throw tampered(`${where} commits run ${line.entry} for the second time`);
  return { ...state, runs: new Map([...state.runs, [line.entry, { ...run, outputHash: line.outputHash }]]) };
}

/** Grants that may pay a run of this purpose on this day: those for the purpose first, then the soonest to expire. */
export function usableGrants(state: LedgerState, purpose: string, day: string): readonly GrantState[] {
  const order = ({ grant }: GrantState): string => `${grant.purpose === undefined ? 1 : 0}${grant.expires ?? '9999'}`;
  return state.grants
    .filter(({ grant }) => grant.purpose === undefined || grant.purpose === purpose)
    .filter(({ grant }) => grant.expires === undefined || grant.expires >= day)
    .map((grant, index) => ({ grant, index }))
    .sort((a, b) => order(a.grant).localeCompare(order(b.grant)) || a.index - b.index)
    .map(({ grant }) => grant);
}

/** How many grants cannot pay a run of this purpose on this day, by the first reason that applies. */
export function idleGrants(
  state: LedgerState,
  purpose: string,
  day: string,
): { readonly expired: number; readonly otherPurposes: number } {
  const others = state.grants.filter(({ grant }) => grant.purpose !== undefined && grant.purpose !== purpose);
  const usable = usableGrants(state, purpose, day);
  return { otherPurposes: others.length, expired: state.grants.length - others.length - usable.length };
}
