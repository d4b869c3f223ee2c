import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { Metric } from '../evaluation/metric.ts';
import { nameScope } from '../evaluation/metric-name.ts';
import type { JudgedRule } from '../evaluation/verdict/verdict.ts';
import { formatInterval, formatValue } from './format.ts';
import { type Html, html } from './html.ts';
import { findMetrics } from './metric-query.ts';

const MEANING = {
  HOLD: 'Do not release: a rule that forbids it has fired.',
  REVIEW: 'A person must look: a rule asks for review, or a number cannot tell yet.',
  RELEASE: 'No rule objects.',
} as const;

const STATES = { fired: 'fired', passed: 'passed', undetermined: 'undetermined', 'not-tested': 'not tested' } as const;

/** The first page: verdict, guarantee, the three questions, worst group, usefulness, what was not tested, hashes, signature. */
export function decisionSheet(result: EvaluationResult): Html {
  return html`<section class="sheet" id="decision"><h1>May this table be released?</h1>
${verdictBox(result)}
<h2>What was done</h2><p>${whatWasDone(result)}</p>
<h2>Guarantee</h2><p>${guarantee(result)}</p>
<h2>The three questions of the Article 29 Working Party</h2>${questions(result)}
<h2>Worst group, and usefulness</h2><p>${worstGroup(result)} ${usefulness(result)}</p>
<h2>What was not tested</h2><ul>${notTested(result).map((sentence) => html`<li>${sentence}</li>`)}</ul>
${hashes(result)}
<h2>Signature</h2><table class="signature"><tbody><tr><th scope="row">Decision</th><td></td></tr><tr><th scope="row">Purpose and recipients</th><td></td></tr><tr><th scope="row">Name, date</th><td></td></tr><tr><th scope="row">Review again by</th><td></td></tr></tbody></table></section>`;
}

function verdictBox({ verdict }: EvaluationResult): Html {
  return html`<div class="verdict ${verdict.word}"><strong class="word">${verdict.word}</strong> <span>${MEANING[verdict.word]}</span></div>
<div class="table-scroll" tabindex="0" role="group" aria-label="Rules"><table><caption>Rules of the policy</caption><thead><tr><th scope="col">Rule</th><th scope="col">If it fires</th><th scope="col">State</th><th scope="col">Finding</th></tr></thead><tbody>${verdict.rules.map(ruleRow)}</tbody></table></div>
<p class="quiet">Thresholds belong to the controller and come from the policy file; the verdict is advice. Choosing or retrying tables by it leaks outside the guarantee.</p>`;
}

function ruleRow(rule: JudgedRule): Html {
  return html`<tr><th scope="row">${rule.title}</th><td>${rule.gate}</td><td>${rule.state === 'fired' || rule.state === 'undetermined' ? html`<strong>${STATES[rule.state]}</strong>` : STATES[rule.state]}</td><td>${rule.finding}</td></tr>`;
}

function whatWasDone(result: EvaluationResult): string {
  const rows = Object.entries(result.rows).map(([role, count]) => `${count?.toLocaleString('en-GB')} ${role}`);
  const { target, protectedColumns, secrets } = result.settings;
  const parts = [
    `Rows: ${rows.join(', ')}; ${result.columns.length} columns.`,
    target === undefined ? '' : `Target: ${target}.`,
    protectedColumns.length > 0 ? `Protected: ${protectedColumns.join(', ')}.` : '',
    secrets.length > 0 ? `Secrets: ${secrets.join(', ')}.` : '',
  ];
  return parts.filter(Boolean).join(' ');
}

function guarantee({ claim }: EvaluationResult): string {
  if (!claim)
    return 'No certificate was given. Nothing bounds what can be learned from this table; the attacks below show only what was tried.';
  const certainty = Math.round(100 / (1 + Math.exp(-claim.epsilon)));
  return `The model that made this table is certified: epsilon ${claim.epsilon}, delta ${claim.delta}, for adding or removing one unit. Somebody who starts from an even guess whether a person was in the training table can become at most ${certainty} % sure, except with probability delta. Evaluations like this one are not covered by it.`;
}

const QUESTIONS = [
  ['singling-out', 'Can a person be singled out?'],
  ['linkability', 'Can two records of a person be linked?'],
  ['inference', 'Can a secret be inferred?'],
] as const;

function questions(result: EvaluationResult): Html {
  const rows = QUESTIONS.flatMap(([id, question]) => {
    const worst = findMetrics(result, id).reduce<Metric | undefined>(
      (a, b) => ((b.interval?.[1] ?? -1) > (a?.interval?.[1] ?? -1) ? b : a),
      undefined,
    );
    return [{ question, metric: worst }];
  });
  return html`<table><thead><tr><th scope="col">Question</th><th scope="col" class="number">Risk</th><th scope="col">95 % interval</th><th scope="col" class="number">Attacks</th></tr></thead><tbody>${rows.map(
    ({ question, metric }) =>
      html`<tr><th scope="row">${question}</th>${
        metric && metric.value !== null
          ? html`<td class="number">${formatValue(metric.value)}</td><td>${formatInterval(metric.interval)}</td><td class="number">${formatValue(Number(metric.details?.attacks ?? 0))}</td>`
          : html`<td colspan="3">undetermined: ${result.rows.holdout === undefined ? 'no holdout' : 'no attack could be made'}</td>`
      }</tr>`,
  )}</tbody></table>`;
}

function worstGroup(result: EvaluationResult): string {
  const groups = findMetrics(result, 'representation-ratio').filter((metric) => metric.value !== null);
  const worst = groups.reduce<Metric | undefined>(
    (a, b) => (distanceFromOne(b) > distanceFromOne(a) ? b : a),
    undefined,
  );
  if (!worst) return 'Groups of people were not compared.';
  return `Farthest from its real share: ${nameScope(worst.scope)}, ratio ${formatValue(worst.value)} (${formatInterval(worst.interval)}).`;
}

function distanceFromOne(metric: Metric | undefined): number {
  return metric?.value == null ? -1 : Math.abs(Math.log(Math.max(metric.value, 0.01)));
}

function usefulness(result: EvaluationResult): string {
  const [ratio] = findMetrics(result, 'tstr-ratio');
  const [score] = [...findMetrics(result, 'tstr-auc'), ...findMetrics(result, 'tstr-r2')];
  if (!ratio || !score) return 'Usefulness was not measured.';
  return `Predicting ${result.settings.target}: ${formatValue(score.value)} trained on synthetic rows against ${formatValue(score.baseline)} on real ones (ratio ${formatValue(ratio.value)}).`;
}

function notTested(result: EvaluationResult): readonly string[] {
  const sampled = result.metrics.some((metric) => metric.details?.sampled === true);
  return [
    ...result.notes,
    ...(sampled ? ['Attacks used a random sample of each table, because a table is larger than the cap.'] : []),
    'What follows from facts about the population, for people who were never in the table.',
    'Other releases from the same people: guarantees add up.',
    'Motivated intruders with other knowledge than these attacks use.',
  ];
}

function hashes({ origin, settings }: EvaluationResult): Html | false {
  if (!origin) return false;
  return html`<h2>Inputs</h2><div class="table-scroll" tabindex="0" role="group" aria-label="Inputs"><table><thead><tr><th scope="col">File</th><th scope="col">Name</th><th scope="col">SHA-256</th></tr></thead><tbody>${origin.files.map(
    (file) => html`<tr><th scope="row">${file.role}</th><td>${file.name}</td><td><code>${file.sha256}</code></td></tr>`,
  )}</tbody></table></div><p class="quiet">Measured with Tabveil ${origin.software} on ${origin.day}, seed ${settings.seed}.</p>`;
}
