import type { Section } from '../families.ts';
import type { Metric } from '../metric.ts';
import type { Policy } from './policy.ts';
import type { Rule, RuleResult, RuleSubject } from './rule.ts';
import { RULES } from './rules.ts';

/** What the numbers say about a release. The officer decides. */
export type VerdictWord = 'HOLD' | 'REVIEW' | 'RELEASE';

/** A guarantee that comes with the table. */
export interface Claim {
  readonly epsilon: number;
  readonly delta: number;
  /** What is added or removed, in words, such as `one row`. */
  readonly unit?: string;
  readonly synthesizer?: string;
}

/** A direct identifier or a reversible pseudonym that stands in the synthetic table. */
export interface IdentifierFinding {
  readonly column: string;
  /** One sentence that quotes no cell. */
  readonly finding: string;
}

/** What a verdict is made of. */
export interface VerdictInput {
  readonly metrics: readonly Metric[];
  readonly policy: Policy;
  readonly hasHoldout: boolean;
  /** Parts that were measured; all when absent. */
  readonly sections?: readonly Section[];
  /** From the certificate of the model that made the table. */
  readonly claim?: Claim;
  /** Direct identifiers and reversible pseudonyms in the synthetic table; absent when nobody looked for them. */
  readonly identifiers?: readonly IdentifierFinding[];
}

/** A rule with what it found. */
export interface JudgedRule extends RuleResult {
  readonly id: string;
  readonly title: string;
  readonly about: RuleSubject;
  readonly gate: 'HOLD' | 'REVIEW';
}

/** The verdict with every rule, fired or not. */
export interface Verdict {
  readonly word: VerdictWord;
  /** What the rules about leakage say by themselves, whatever the guarantee, usefulness and groups are. */
  readonly leakage: 'found' | 'undetermined' | 'not-found';
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
  return { word, leakage: judgeLeakage(rules), rules, policy: input.policy };
}

function judgeLeakage(rules: readonly JudgedRule[]): Verdict['leakage'] {
  const about = rules.filter((rule) => rule.about === 'leakage');
  if (about.some((rule) => rule.gate === 'HOLD' && rule.state === 'fired')) return 'found';
  return about.some((rule) => rule.state === 'fired' || rule.state === 'undetermined') ? 'undetermined' : 'not-found';
}

function judgeRule(rule: Rule, input: VerdictInput): JudgedRule {
  const gate = typeof rule.gate === 'function' ? rule.gate(input.policy) : rule.gate;
  return { id: rule.id, title: rule.title, about: rule.about, gate, ...rule.judge(input) };
}
