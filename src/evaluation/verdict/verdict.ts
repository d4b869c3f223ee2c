import type { Metric } from '../metric.ts';
import type { Policy } from './policy.ts';
import { RULES, type Rule, type RuleResult } from './rules.ts';

/** What the numbers say about a release. The officer decides. */
export type VerdictWord = 'HOLD' | 'REVIEW' | 'RELEASE';

/** A guarantee that comes with the table. */
export interface Claim {
  readonly epsilon: number;
  readonly delta: number;
}

/** What a verdict is made of. */
export interface VerdictInput {
  readonly metrics: readonly Metric[];
  readonly policy: Policy;
  readonly hasHoldout: boolean;
  /** From the certificate of the model that made the table. */
  readonly claim?: Claim;
}

/** A rule with what it found. */
export interface JudgedRule extends RuleResult {
  readonly id: string;
  readonly title: string;
  readonly gate: 'HOLD' | 'REVIEW';
}

/** The verdict with every rule, fired or not. */
export interface Verdict {
  readonly word: VerdictWord;
  readonly rules: readonly JudgedRule[];
  readonly policy: Policy;
}

/**
 * HOLD when a hold rule fires; otherwise REVIEW when a review rule fires or a rule cannot tell; otherwise RELEASE.
 * **Privacy**: a function of private numbers: choosing or retrying tables by it leaks outside every guarantee.
 */
export function judge(input: VerdictInput): Verdict {
  const rules = RULES.map((rule) => judgeRule(rule, input));
  const fired = (gate: 'HOLD' | 'REVIEW') => rules.some((rule) => rule.gate === gate && rule.state === 'fired');
  const isOpen = rules.some((rule) => rule.state === 'undetermined');
  const word = fired('HOLD') ? 'HOLD' : fired('REVIEW') || isOpen ? 'REVIEW' : 'RELEASE';
  return { word, rules, policy: input.policy };
}

function judgeRule(rule: Rule, input: VerdictInput): JudgedRule {
  const gate = typeof rule.gate === 'function' ? rule.gate(input.policy) : rule.gate;
  return { id: rule.id, title: rule.title, gate, ...rule.judge(input) };
}
