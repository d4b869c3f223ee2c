import { formatRational, parseRational, type Rational } from '../../math/rational.ts';
import { eventRho, failureDelta } from '../accounting/costs/event-cost.ts';
import { zcdpEpsilon } from '../accounting/costs/zcdp.ts';
import type { PrivacyEvent } from '../events.ts';
import { addAmounts, compareAmounts, exactDecimal, smallerAmount, subtractAmounts, ZERO } from './amount.ts';
import type { LineOf, Payment } from './lines.ts';

/** What one run costs in both currencies: the claimed (epsilon, delta), and approximate concentrated privacy. */
export interface RunCost {
  readonly epsilon: Rational;
  readonly delta: Rational;
  /** Concentrated cost, rounded up. */
  readonly rho: number;
  /** Probability outside the concentrated analysis, rounded up. */
  readonly failure: number;
}

/**
 * One grant as a privacy filter. Its rule is fixed by the first run it pays, before any output of that run exists:
 * `basic` adds claims, `zcdp` adds concentrated costs and converts the sum at the grant's delta.
 */
export interface GrantState {
  readonly grant: LineOf<'grant'>;
  readonly rule: 'unused' | 'basic' | 'zcdp';
  /** Claims paid so far (basic). */
  readonly spent: { readonly epsilon: Rational; readonly delta: Rational };
  /** Runs paid so far (zcdp). */
  readonly costs: readonly RunCost[];
}

/** Two versions of a formula may differ in their last digits; a ledger must stay readable across versions. */
const REPLAY_SLACK = 1 + 1e-6;

/** Covers the roundings of a sum of at most 2^20 costs. */
const SUM_ROUND_UP = 1 + 2 ** -32;

/** A grant that has paid nothing yet. */
export function unusedGrant(grant: LineOf<'grant'>): GrantState {
  return { grant, rule: 'unused', spent: { epsilon: ZERO, delta: ZERO }, costs: [] };
}

/**
 * Cost of a run from its events and its claim.
 *
 * A run with an event that has no concentrated cost (subsampled Gaussian) is charged by its claim: every
 * (epsilon, delta)-DP mechanism is delta-approximately epsilon²/2-zCDP.
 * @source Bun, Steinke 2016 (epsilon-DP is epsilon²/2-zCDP), with the decomposition of any (epsilon, delta)-DP mechanism
 * into a delta-likely failure and randomised response of Kairouz, Oh, Viswanath 2015.
 */
export function costOfRun(events: readonly PrivacyEvent[], claim: { epsilon: number; delta: number }): RunCost {
  const rhos = events.map(eventRho);
  const isConcentrated = rhos.every((rho) => rho !== undefined);
  return {
    epsilon: exactDecimal(claim.epsilon),
    delta: exactDecimal(claim.delta),
    rho: (isConcentrated ? rhos.reduce((sum, rho) => sum + rho, 0) : claim.epsilon ** 2 / 2) * SUM_ROUND_UP,
    failure: isConcentrated ? failureDelta(events) : claim.delta,
  };
}

/** Share of a grant's delta for what lies outside the concentrated analysis; the rest is for the conversion to epsilon. */
const FAILURE_SHARE = 0.5;

/**
 * Epsilon at `delta` of runs composed adaptively by concentrated cost; `Infinity` when their failure probabilities are more
 * than half of delta. Rounded up.
 *
 * The split of delta is fixed in advance: if failure could be traded against rho run by run, an analyst could choose the
 * trade after seeing outputs, and no filter theorem covers that.
 */
export function concentratedEpsilon(costs: readonly RunCost[], delta: number): number {
  const rho = costs.reduce((sum, cost) => sum + cost.rho, 0) * SUM_ROUND_UP;
  const failure = costs.reduce((sum, cost) => sum + cost.failure, 0) * SUM_ROUND_UP;
  return failure <= delta * FAILURE_SHARE ? zcdpEpsilon(rho, delta * (1 - FAILURE_SHARE)) : Number.POSITIVE_INFINITY;
}

/** What a basic or unused grant can still pay. */
export function claimsLeft(state: GrantState): { readonly epsilon: Rational; readonly delta: Rational } {
  return {
    epsilon: subtractAmounts(exactDecimal(state.grant.epsilon), state.spent.epsilon),
    delta: subtractAmounts(exactDecimal(state.grant.delta), state.spent.delta),
  };
}

/**
 * How the grants can pay a run, or `undefined` when they cannot.
 *
 * In order: a grant that adds concentrated costs and has room; a started grant that has room for the claim; an unused
 * grant that is to add concentrated costs; an unused grant with room for the claim; the claim split over several grants.
 * @param grants usable grants (not expired, right purpose), those to be used up first in front.
 */
export function choosePayment(grants: readonly GrantState[], cost: RunCost): Payment | undefined {
  const concentrated = grants.find((state) => state.rule === 'zcdp' && acceptsConcentrated(state, cost));
  if (concentrated !== undefined) return { rule: 'zcdp', grant: concentrated.grant.grant };
  const started = grants.filter((state) => state.rule === 'basic');
  const single = started.map((state) => splitClaim([state], cost)).find((payment) => payment !== undefined);
  if (single !== undefined) return single;
  const unused = grants.filter((state) => state.rule === 'unused');
  const roomy = unused.find((state) => prefersConcentrated(state, cost));
  if (roomy !== undefined) return { rule: 'zcdp', grant: roomy.grant.grant };
  const whole = unused.map((state) => splitClaim([state], cost)).find((payment) => payment !== undefined);
  return whole ?? splitClaim([...started, ...unused], cost);
}

function acceptsConcentrated(state: GrantState, cost: RunCost, slack = 1): boolean {
  return concentratedEpsilon([...state.costs, cost], state.grant.delta) <= state.grant.epsilon * slack;
}

/**
 * Which rule an unused grant takes. An officer may fix it. Otherwise claims are added, as people do by hand, unless the
 * grant's delta would then pay only one such run while concentrated costs let two or more through.
 */
function prefersConcentrated(state: GrantState, cost: RunCost): boolean {
  if (state.grant.composition === 'basic') return false;
  if (state.grant.composition === 'zcdp') return acceptsConcentrated(state, cost);
  const twoDeltas = addAmounts(cost.delta, cost.delta);
  const paysOneByClaims = compareAmounts(twoDeltas, exactDecimal(state.grant.delta)) > 0;
  return paysOneByClaims && concentratedEpsilon([cost, cost], state.grant.delta) <= state.grant.epsilon;
}

function splitClaim(grants: readonly GrantState[], cost: RunCost): Payment | undefined {
  let { epsilon, delta } = cost;
  const charges = [];
  for (const state of grants) {
    const left = claimsLeft(state);
    const share = { epsilon: smallerAmount(left.epsilon, epsilon), delta: smallerAmount(left.delta, delta) };
    if (share.epsilon.numerator === 0n && share.delta.numerator === 0n) continue;
    epsilon = subtractAmounts(epsilon, share.epsilon);
    delta = subtractAmounts(delta, share.delta);
    charges.push({
      grant: state.grant.grant,
      epsilon: formatRational(share.epsilon),
      delta: formatRational(share.delta),
    });
  }
  return epsilon.numerator === 0n && delta.numerator === 0n && charges.length > 0
    ? { rule: 'basic', charges }
    : undefined;
}

/**
 * The grants after a payment that `choosePayment` made, now or long ago, or `undefined` when the filter rejects it: a wrong
 * sum, an unknown grant, too little left, or a grant that follows the other rule.
 *
 * **Privacy**: rejecting is decided from claims and events alone, never from outputs.
 * @source basic: Rogers, Roth, Ullman, Vadhan 2016; zcdp: Feldman, Zrnic 2021, and Whitehouse, Ramdas, Rogers, Wu 2023 for
 * approximate concentrated privacy; several grants: Haney et al. 2023. The argument is in docs/ledger.md.
 */
export function applyPayment(
  grants: readonly GrantState[],
  payment: Payment,
  cost: RunCost,
): readonly GrantState[] | undefined {
  if (payment.rule === 'zcdp') {
    const payer = grants.find((state) => state.grant.grant === payment.grant);
    const isOtherRule = payer?.rule === 'basic' || payer?.grant.composition === 'basic';
    if (payer === undefined || isOtherRule || !acceptsConcentrated(payer, cost, REPLAY_SLACK)) return undefined;
    const paid: GrantState = { ...payer, rule: 'zcdp', costs: [...payer.costs, cost] };
    return grants.map((state) => (state === payer ? paid : state));
  }
  return applyCharges(grants, payment, cost);
}

function applyCharges(
  grants: readonly GrantState[],
  payment: Extract<Payment, { rule: 'basic' }>,
  cost: RunCost,
): readonly GrantState[] | undefined {
  let after = grants;
  let total = { epsilon: ZERO, delta: ZERO };
  for (const charge of payment.charges) {
    const share = { epsilon: parseRational(charge.epsilon), delta: parseRational(charge.delta) };
    const payer = after.find((state) => state.grant.grant === charge.grant);
    if (payer === undefined || payer.rule === 'zcdp') return undefined;
    const left = claimsLeft(payer);
    if (compareAmounts(share.epsilon, left.epsilon) > 0 || compareAmounts(share.delta, left.delta) > 0)
      return undefined;
    total = { epsilon: addAmounts(total.epsilon, share.epsilon), delta: addAmounts(total.delta, share.delta) };
    const spent = {
      epsilon: addAmounts(payer.spent.epsilon, share.epsilon),
      delta: addAmounts(payer.spent.delta, share.delta),
    };
    after = after.map((state) => (state === payer ? { ...payer, rule: 'basic', spent } : state));
  }
  const isExact = compareAmounts(total.epsilon, cost.epsilon) === 0 && compareAmounts(total.delta, cost.delta) === 0;
  return isExact ? after : undefined;
}
