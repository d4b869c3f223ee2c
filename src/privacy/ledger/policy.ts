import { TabveilError } from '../../errors.ts';
import type { Rational } from '../../math/rational.ts';
import {
  addAmounts,
  amountToNumber,
  compareAmounts,
  exactDecimal,
  formatAmount,
  subtractAmounts,
  ZERO,
} from './amount.ts';
import type { LedgerState } from './state.ts';

/** What a run asks for, as far as policy cares. */
export interface PolicyQuestion {
  readonly purpose: string;
  readonly epsilon: number;
  readonly delta: number;
  /** Population declared in the schema, if any; the ledger's own policy may declare one too. */
  readonly population?: number;
}

/** Sum of the claims of all runs with this purpose. */
export function claimedFor(state: LedgerState, purpose: string): Rational {
  return [...state.runs.values()]
    .filter(({ reserve }) => reserve.purpose === purpose)
    .reduce((sum, { reserve }) => addAmounts(sum, exactDecimal(reserve.epsilon)), ZERO);
}

/**
 * Refuses a run that the officer's policy forbids: more than the highest total epsilon of its purpose, or a delta above
 * one over the declared population (where publishing whole records at random would be allowed).
 * @throws TabveilError `ledger.policy` (kind budget).
 */
export function checkPolicy(state: LedgerState, question: PolicyQuestion): void {
  const populations = [question.population, state.policy?.population].filter((size) => size !== undefined);
  const population = Math.max(0, ...populations.map((size) => size));
  if (population > 0 && question.delta * population > 1) {
    throw refusal(
      `delta ${question.delta} is above 1/${population}, one over the declared population, which policy forbids. Lower --delta.`,
    );
  }
  const limits = state.policy?.maxEpsilon ?? {};
  const most = Object.hasOwn(limits, question.purpose) ? limits[question.purpose] : undefined;
  if (most === undefined) return;
  const claimed = claimedFor(state, question.purpose);
  if (compareAmounts(addAmounts(claimed, exactDecimal(question.epsilon)), exactDecimal(most)) <= 0) return;
  const left = amountToNumber(subtractAmounts(exactDecimal(most), claimed), 'down');
  throw refusal(
    `this run needs epsilon ${formatAmount(question.epsilon)}, but policy leaves ${formatAmount(left)} of ${formatAmount(most)} for purpose "${question.purpose}". Lower --epsilon or change the policy.`,
  );
}

function refusal(message: string): TabveilError {
  return new TabveilError('budget', 'ledger.policy', `ledger: ${message}`);
}
