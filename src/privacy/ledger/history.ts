import type { PrivacyUnit } from '../certificate.ts';
import { addAmounts, amountToNumber, compareAmounts, exactDecimal, roundDecimal, ZERO } from './amount.ts';
import { claimsLeft, concentratedEpsilon, type GrantState } from './filter.ts';
import { type LedgerState, usableGrants } from './state.ts';

/** One grant and how much of it is used. */
export interface GrantSummary {
  readonly grant: string;
  readonly day: string;
  readonly epsilon: number;
  readonly delta: number;
  readonly officer?: string;
  readonly purpose?: string;
  readonly expires?: string;
  readonly isExpired: boolean;
  /** Rule the officer fixed, if any. */
  readonly composition?: 'basic' | 'zcdp';
  /** How its runs are added up; `unused` until its first run. */
  readonly rule: 'unused' | 'basic' | 'zcdp';
  /** Spent, rounded up. Under `zcdp` the epsilon is at the grant's delta, which is then spent whole. */
  readonly spentEpsilon: number;
  readonly spentDelta: number;
}

/** One run; both states count as spent. */
export interface RunSummary {
  readonly entry: string;
  readonly day: string;
  readonly status: 'reserved' | 'committed';
  readonly purpose: string;
  readonly synthesizer: string;
  readonly epsilon: number;
  readonly delta: number;
  readonly rule: 'basic' | 'zcdp';
  readonly grants: readonly string[];
  readonly events: number;
  readonly schemaHash: string;
  readonly software: string;
  readonly outputHash?: string;
}

/** What is left for a purpose today, rounded down, and out of what. */
export interface Remaining {
  readonly epsilon: number;
  readonly delta: number;
  readonly grantedEpsilon: number;
  readonly grantedDelta: number;
}

/** A ledger for people and programs. */
export interface LedgerHistory {
  readonly dataset: string;
  readonly unit: PrivacyUnit;
  readonly adjacency: 'add-remove';
  /** Dataset of an earlier ledger at the same path that was gone when this one was made: its spending is not counted here. */
  readonly replaces?: string;
  /** Guarantee of everything spent so far, over all grants, rounded up. */
  readonly spent: { readonly epsilon: number; readonly delta: number };
  /** For runs whose purpose no grant names. */
  readonly remaining: Remaining;
  readonly grants: readonly GrantSummary[];
  readonly runs: readonly RunSummary[];
  readonly policy?: { readonly maxEpsilon?: Readonly<Record<string, number>>; readonly population?: number };
  readonly lines: number;
  /** Hash of the last line: noted elsewhere, it proves later that no line was removed. */
  readonly head: string;
}

/** Spent part of a grant, rounded up. */
function spentOf(state: GrantState): { readonly epsilon: number; readonly delta: number } {
  if (state.rule === 'zcdp') {
    const epsilon = concentratedEpsilon(state.costs, state.grant.delta);
    return { epsilon: roundDecimal(epsilon, 'up'), delta: state.grant.delta };
  }
  return { epsilon: amountToNumber(state.spent.epsilon, 'up'), delta: amountToNumber(state.spent.delta, 'up') };
}

/** The history of a ledger. */
export function describeLedger(state: LedgerState, day: string): Omit<LedgerHistory, 'lines' | 'head'> {
  const spent = state.grants.map(spentOf);
  const total = (pick: (part: { epsilon: number; delta: number }) => number) =>
    amountToNumber(
      spent.map((part) => exactDecimal(pick(part))).reduce((sum, part) => addAmounts(sum, part), ZERO),
      'up',
    );
  const { maxEpsilon, population } = state.policy ?? {};
  return {
    dataset: state.dataset,
    unit: state.unit,
    adjacency: 'add-remove',
    ...(state.replaces === undefined ? {} : { replaces: state.replaces }),
    spent: { epsilon: total((part) => part.epsilon), delta: total((part) => part.delta) },
    remaining: remainingFor(usableGrants(state, '', day)),
    grants: state.grants.map((grant) => summariseGrant(grant, day)),
    runs: [...state.runs.values()].map(summariseRun),
    ...(state.policy === undefined
      ? {}
      : {
          policy: {
            ...(maxEpsilon === undefined ? {} : { maxEpsilon }),
            ...(population === undefined ? {} : { population }),
          },
        }),
  };
}

function summariseGrant(state: GrantState, day: string): GrantSummary {
  const { grant, day: granted, epsilon, delta, officer, purpose, expires, composition } = state.grant;
  const spent = spentOf(state);
  return {
    grant,
    day: granted,
    epsilon,
    delta,
    ...(officer === undefined ? {} : { officer }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(expires === undefined ? {} : { expires }),
    ...(composition === undefined ? {} : { composition }),
    isExpired: expires !== undefined && expires < day,
    rule: state.rule,
    spentEpsilon: spent.epsilon,
    spentDelta: spent.delta,
  };
}

function summariseRun({ reserve, outputHash }: { reserve: RunLine; outputHash?: string }): RunSummary {
  const { entry, day, purpose, synthesizer, epsilon, delta, payment, schemaHash, software, events } = reserve;
  return {
    entry,
    day,
    status: outputHash === undefined ? 'reserved' : 'committed',
    purpose,
    synthesizer,
    epsilon,
    delta,
    rule: payment.rule,
    grants: payment.rule === 'zcdp' ? [payment.grant] : payment.charges.map(({ grant }) => grant),
    events: events.length,
    schemaHash,
    software,
    ...(outputHash === undefined ? {} : { outputHash }),
  };
}

type RunLine = LedgerState['runs'] extends ReadonlyMap<string, { readonly reserve: infer R }> ? R : never;

/**
 * What usable grants can still pay, rounded down: the claims left in grants that add claims, or the room of one grant that
 * adds concentrated costs, whichever is larger.
 */
export function remainingFor(usable: readonly GrantState[]): Remaining {
  const sum = (amounts: readonly ReturnType<typeof exactDecimal>[]) => amounts.reduce(addAmounts, ZERO);
  const claims = usable.filter(({ rule }) => rule !== 'zcdp').map(claimsLeft);
  const epsilon = sum(claims.map((left) => left.epsilon));
  const delta = sum(claims.map((left) => left.delta));
  const rooms = usable
    .filter(({ rule }) => rule === 'zcdp')
    .map((state) => ({
      epsilon: Math.max(0, state.grant.epsilon - concentratedEpsilon(state.costs, state.grant.delta)),
      delta: state.grant.delta,
    }))
    .sort((a, b) => b.epsilon - a.epsilon);
  const room = rooms[0];
  const isRoomLarger = room !== undefined && compareAmounts(exactDecimal(room.epsilon), epsilon) > 0;
  const granted = (pick: (grant: GrantState['grant']) => number) =>
    amountToNumber(sum(usable.map(({ grant }) => exactDecimal(pick(grant)))), 'down');
  return {
    epsilon: isRoomLarger ? roundDecimal(room.epsilon, 'down') : amountToNumber(epsilon, 'down'),
    delta: isRoomLarger ? room.delta : amountToNumber(delta, 'down'),
    grantedEpsilon: granted((grant) => grant.epsilon),
    grantedDelta: granted((grant) => grant.delta),
  };
}
