import type { Policy } from './policy.ts';
import type { VerdictInput } from './verdict.ts';

/** What a rule is about: the guarantee, leakage of training rows, usefulness, groups of people, or the evaluation itself. */
export type RuleSubject = 'guarantee' | 'leakage' | 'usefulness' | 'groups' | 'evaluation';

/** What a rule found: `fired`, `passed`, `undetermined` (the numbers cannot tell) or `not-tested`. */
export interface RuleResult {
  readonly state: 'fired' | 'passed' | 'undetermined' | 'not-tested';
  /** One sentence with the numbers. */
  readonly finding: string;
  /** Attacks that would settle an undetermined rule. */
  readonly attacksNeeded?: number;
}

/** One rule of the verdict. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly about: RuleSubject;
  readonly gate: 'HOLD' | 'REVIEW' | ((policy: Policy) => 'HOLD' | 'REVIEW');
  readonly judge: (input: VerdictInput) => RuleResult;
}
