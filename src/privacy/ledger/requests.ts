import { randomBytes } from 'node:crypto';
import { TabveilError } from '../../errors.ts';
import { tightestEpsilon } from '../accounting/tightest.ts';
import type { PrivacyUnit } from '../certificate.ts';
import type { PrivacyPlan } from '../mechanisms.ts';
import { day } from '../shapes.ts';
import { compareAmounts, exactDecimal, formatAmount } from './amount.ts';
import type { Remaining } from './history.ts';
import type { LineBody } from './lines.ts';
import { datasetName } from './store.ts';

/** Budget an officer gives a dataset. */
export interface GrantRequest {
  readonly epsilon: number;
  /** May be 0 when earlier grants hold enough delta. */
  readonly delta: number;
  readonly officer?: string;
  /** Only runs of this purpose may use it; absent: every run. */
  readonly purpose?: string;
  /** Last day of use (UTC), `YYYY-MM-DD`. */
  readonly expires?: string;
  /**
   * How the runs of this grant are added up: `basic` adds claims, `zcdp` adds concentrated costs and converts the sum at
   * the grant's delta, which lets many small runs through. Absent: the first run decides, see `choosePayment`.
   */
  readonly composition?: 'basic' | 'zcdp';
}

/** What an officer forbids; replaces the policy before it. */
export interface PolicyRequest {
  /** Highest total epsilon of all runs with a purpose. */
  readonly maxEpsilon?: Readonly<Record<string, number>>;
  /** Size of the population: delta above one over it is refused. */
  readonly population?: number;
  readonly officer?: string;
}

/** A run that asks to spend, before anything private is read. */
export interface ReserveRequest {
  readonly purpose: string;
  readonly synthesizer: string;
  /** The claim: what the certificate will state. */
  readonly epsilon: number;
  readonly delta: number;
  /** Every event the run may spend. */
  readonly plan: PrivacyPlan;
  /** SHA-256 of the schema's canonical JSON. */
  readonly schemaHash: string;
  readonly unit: PrivacyUnit;
  /** Population declared in the schema, if any. */
  readonly population?: number;
  /** Keyed fingerprint of the table's content; see `fingerprintFile`. */
  readonly fingerprint?: string;
  /** Name and version of the software; Tabveil's own by default. */
  readonly software?: string;
  /**
   * The run notes every draw with `begin` before it happens, so it may be taken up again, on a table of the same
   * `fingerprint`, which must be given; false by default.
   */
  readonly resumable?: boolean;
}

type BodyOf<K extends LineBody['kind']> = Extract<LineBody, { kind: K }>;

function usage(code: string, message: string): TabveilError {
  return new TabveilError('usage', code, message);
}

/**
 * The grant line of a request, with a fresh id.
 * @throws TabveilError when an amount, a date or a text is not allowed.
 */
export function grantBody(request: GrantRequest): BodyOf<'grant'> {
  const { epsilon, delta, expires } = request;
  if (!(epsilon > 0 && epsilon < 1e6)) {
    throw usage('ledger.grant-epsilon', `grant: epsilon is ${epsilon}; it must be a positive number below 1000000.`);
  }
  if (!(delta >= 0 && delta < 1)) {
    throw usage('ledger.grant-delta', `grant: delta is ${delta}; it must be at least 0 and below 1.`);
  }
  if (expires !== undefined && !day.safeParse(expires).success) {
    throw usage('ledger.grant-expires', `grant: expiry is "${expires}"; write the last day of use as YYYY-MM-DD.`);
  }
  for (const name of ['officer', 'purpose'] as const) requireText(`grant: ${name}`, request[name]);
  return { kind: 'grant', grant: randomBytes(8).toString('hex'), ...request };
}

/**
 * Refuses a grant that nobody could use.
 * @param day today (UTC).
 * @throws TabveilError kind `usage`.
 */
export function requireFuture({ expires }: { readonly expires?: string | undefined }, day: string): void {
  if (expires === undefined || expires >= day) return;
  throw usage(
    'ledger.grant-expired',
    `grant: its last day of use ${expires} is over (today is ${day}); name a later day.`,
  );
}

/** Texts in a ledger are short and on one line, so that a line stays readable. */
function requireText(what: string, text: string | undefined): void {
  if (text === undefined || /^[^\p{Cc}]{1,200}$/u.test(text)) return;
  throw usage('ledger.text', `${what} is ${JSON.stringify(text.slice(0, 40))}; write 1 to 200 characters on one line.`);
}

/**
 * The policy line of a request.
 * @throws TabveilError when a limit or the population is not a number.
 */
export function policyBody(request: PolicyRequest): BodyOf<'policy'> {
  const { population } = request;
  for (const [purpose, limit] of Object.entries(request.maxEpsilon ?? {})) {
    requireText('policy: purpose', purpose);
    if (limit >= 0 && Number.isFinite(limit)) continue;
    throw usage(
      'ledger.policy-limit',
      `policy: the highest epsilon for "${purpose}" is ${limit}; it must be a number ≥ 0.`,
    );
  }
  if (population !== undefined && !(Number.isSafeInteger(population) && population >= 1)) {
    throw usage('ledger.population', `policy: population is ${population}; it must be a positive whole number.`);
  }
  requireText('policy: officer', request.officer);
  return { kind: 'policy', ...request };
}

/**
 * Checks a run's claim: real numbers, and events that cost no more than claimed.
 * @throws TabveilError kind `usage`.
 */
export function checkClaim(request: ReserveRequest): { readonly epsilon: number; readonly delta: number } {
  const { epsilon, delta, plan } = request;
  if (!(epsilon > 0 && Number.isFinite(epsilon))) {
    throw usage('ledger.epsilon', `epsilon is ${epsilon}; it must be a positive number.`);
  }
  if (!(delta > 0 && delta < 1)) {
    throw usage('ledger.delta', `delta is ${delta}; it must lie strictly between 0 and 1.`);
  }
  if (plan.length === 0)
    throw usage('ledger.empty-plan', 'the plan has no events; a run that spends nothing needs no ledger.');
  requireText('purpose', request.purpose);
  const cost = tightestEpsilon(
    plan.map(({ event }) => event),
    delta,
  );
  if (cost.epsilon <= epsilon) return { epsilon, delta };
  throw usage(
    'ledger.claim-too-small',
    `the planned events cost epsilon ${cost.epsilon} at delta ${delta} (${cost.accountant}), more than the claimed ${epsilon}. Plan more noise or claim more.`,
  );
}

/**
 * Refuses a run whose unit of privacy is not the ledger's: guarantees for rows and for entities cannot be added.
 * @throws TabveilError kind `input`.
 */
export function requireSameUnit(path: string, ledger: PrivacyUnit, run: PrivacyUnit): void {
  const shown = (unit: PrivacyUnit) =>
    unit.kind === 'row' ? 'row' : `entity (${unit.key.join(', ')}; at most ${unit.maxRows} rows)`;
  if (shown(ledger) === shown(run)) return;
  throw new TabveilError(
    'input',
    'ledger.unit',
    `ledger: dataset "${datasetName(path)}" is accounted per ${shown(ledger)}, this run per ${shown(run)}. Use the same unit in the schema, or another ledger (--ledger).`,
  );
}

/** Why grants that exist do not pay a run. */
export interface IdleGrants {
  readonly expired: number;
  readonly otherPurposes: number;
}

function describeIdle({ expired, otherPurposes }: IdleGrants, purpose: string): string {
  const parts = [
    ...(otherPurposes === 0 ? [] : [`${otherPurposes} for another purpose than "${purpose}"`]),
    ...(expired === 0 ? [] : [`${expired} expired`]),
  ];
  return parts.length === 0 ? '' : ` (of its grants, not counted: ${parts.join(', ')})`;
}

/** The refusal of a run that the grants cannot pay. */
export function overspend(
  path: string,
  request: ReserveRequest,
  { remaining, idle }: { readonly remaining: Remaining; readonly idle: IdleGrants },
): TabveilError {
  const dataset = `dataset "${datasetName(path)}"`;
  const isShort = (left: number, needed: number) => compareAmounts(exactDecimal(left), exactDecimal(needed)) < 0;
  for (const what of ['epsilon', 'delta'] as const) {
    const granted = what === 'epsilon' ? remaining.grantedEpsilon : remaining.grantedDelta;
    if (!isShort(remaining[what], request[what])) continue;
    const shown = `${formatAmount(remaining[what])} of ${formatAmount(granted)} remains`;
    const others = describeIdle(idle, request.purpose);
    return refusal(
      `this training needs ${what} ${formatAmount(request[what])}, but ${shown} for ${dataset}${others}. Lower --${what} or raise the grant.`,
      { needed: request[what], remaining: remaining[what], granted },
    );
  }
  return refusal(
    `the events of this training do not fit into the grant for ${dataset} that adds concentrated costs, although about epsilon ${formatAmount(remaining.epsilon)} remains. Lower --epsilon or raise the grant.`,
    { needed: request.epsilon, remaining: remaining.epsilon, granted: remaining.grantedEpsilon },
  );
}

function refusal(message: string, fields: { needed: number; remaining: number; granted: number }): TabveilError {
  return new TabveilError('budget', 'ledger.overspend', `ledger: ${message}`, fields);
}
