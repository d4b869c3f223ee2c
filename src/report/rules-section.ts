import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { JudgedRule } from '../evaluation/verdict/verdict.ts';
import { type Html, html } from './html.ts';

const STATES = { fired: 'fired', passed: 'passed', undetermined: 'undetermined', 'not-tested': 'not tested' } as const;

/** Rules that fired or cannot tell, the strictest first. */
export function firedRules({ verdict }: Pick<EvaluationResult, 'verdict'>): readonly JudgedRule[] {
  const rank = (rule: JudgedRule) => (rule.state === 'fired' ? 0 : 2) + (rule.gate === 'HOLD' ? 0 : 1);
  return verdict.rules
    .filter(({ state }) => state === 'fired' || state === 'undetermined')
    .toSorted((a, b) => rank(a) - rank(b));
}

/** To whom the table may go, as far as numbers can say. */
export function recipientsAdvice({ verdict, claim }: Pick<EvaluationResult, 'verdict' | 'claim'>): string {
  if (verdict.word === 'HOLD') return 'Only to people who may see the real rows.';
  if (verdict.word === 'REVIEW') return 'Until the points above are settled, only to people who may see the real rows.';
  return claim
    ? 'The guarantee does not depend on who receives the table or what they know; the purpose decides.'
    : 'Only to recipients bound by contract: no guarantee holds against what was not tried.';
}

/** Every rule of the policy with what it found, and the notes of the evaluation. */
export function rulesSection({ verdict, notes, spent = [] }: EvaluationResult): Html {
  const sentences = [...notes, ...spent];
  return html`<section id="rules"><h2>Rules of the policy</h2>
<p>Thresholds belong to the controller and come from the policy file; the verdict is advice. Choosing or retrying tables by it leaks outside the guarantee.</p>
<div class="table-scroll" tabindex="0" role="group" aria-label="Rules"><table class="rules"><caption>Hold and review rules with what they found</caption><thead><tr><th scope="col">Rule</th><th scope="col">About</th><th scope="col">If it fires</th><th scope="col">State</th><th scope="col">Finding</th></tr></thead><tbody>${verdict.rules.map(ruleRow)}</tbody></table></div>
${sentences.length > 0 && html`<h3>Notes</h3><ul>${sentences.map((note) => html`<li>${note}</li>`)}</ul>`}</section>`;
}

function ruleRow(rule: JudgedRule): Html {
  const state = STATES[rule.state];
  return html`<tr><th scope="row">${rule.title}</th><td>${rule.about}</td><td>${rule.gate}</td><td>${rule.state === 'fired' || rule.state === 'undetermined' ? html`<strong>${state}</strong>` : state}</td><td>${rule.finding}</td></tr>`;
}
