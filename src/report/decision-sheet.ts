import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { Metric } from '../evaluation/metric.ts';
import { nameScope } from '../evaluation/metric-name.ts';
import { formatInterval, formatValue } from './format.ts';
import { describeGuarantee } from './guarantee.ts';
import { type Html, html } from './html.ts';
import { findMetrics, titleOf } from './metric-query.ts';
import { firedRules, recipientsAdvice } from './rules-section.ts';

const MEANING = {
  HOLD: 'Do not release: a rule that forbids it has fired.',
  REVIEW: 'A person must look: a rule asks for review, or a number cannot tell yet.',
  RELEASE: 'No rule objects.',
} as const;

const LEAKAGE = {
  found: 'Training rows leak.',
  undetermined: 'Whether training rows leak is undetermined.',
  'not-found': 'No attack found that training rows leak.',
} as const;

/** Reasons and open points that find room on one printed page; the rest stands on the next. */
const MAX_REASONS = 3;
const MAX_NOT_TESTED = 5;
/** Longest sentence, name and purpose that find room. */
const MAX_SENTENCE = 115;
const MAX_FINDING = 170;
const MAX_NAME = 30;
const MAX_PURPOSE = 90;

/**
 * The first page, one side of paper: verdict and why, to whom, what was done, guarantee in words, the three risks, worst
 * group, usefulness for the purpose, what was not tested, hashes, signature.
 */
export function decisionSheet(result: EvaluationResult): Html {
  return html`<section class="sheet" id="decision"><h1>May this table be released?</h1>
${verdictBox(result)}
<div class="halves"><div><h2>What was done</h2><p>${whatWasDone(result)}</p></div>
<div><h2>Guarantee</h2><p>${guarantee(result)}</p></div></div>
<h2>Three risks</h2>${risks(result)}
<div class="halves"><div><h2>Worst group</h2><p>${worstGroup(result)}</p></div>
<div><h2>Usefulness for the purpose</h2><p>${usefulness(result)}</p></div></div>
<h2>What was not tested</h2><ul>${notTested(result).map((sentence) => html`<li>${sentence}</li>`)}</ul>
${hashes(result)}
${signature(result)}</section>`;
}

function verdictBox(result: EvaluationResult): Html {
  const { word } = result.verdict;
  const fired = firedRules(result);
  const more = fired.length - MAX_REASONS;
  return html`<div class="verdict ${word}"><p><strong class="word">${word}</strong> ${MEANING[word]} ${LEAKAGE[result.verdict.leakage]}</p>
${
  fired.length > 0 &&
  html`<ul>${fired.slice(0, MAX_REASONS).map((rule) => html`<li><strong>${rule.title}: ${rule.state === 'fired' ? 'no' : 'undetermined'}.</strong> ${clip(rule.finding, MAX_FINDING)}</li>`)}${more > 0 && html`<li>${more} more: see <a href="#rules">the rules</a>.</li>`}</ul>`
}<p><strong>To whom?</strong> ${recipientsAdvice(result)}</p></div>`;
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function whatWasDone(result: EvaluationResult): string {
  const rows = Object.entries(result.rows).map(([role, count]) => `${count?.toLocaleString('en-GB')} ${role}`);
  const { target, protectedColumns, secrets } = result.settings;
  const list = (names: readonly string[]) =>
    clip(names.slice(0, 6).join(', ') + (names.length > 6 ? ' …' : ''), MAX_PURPOSE);
  const parts = [
    `A synthetic table was compared with the real one${result.rows.holdout === undefined ? '' : ' and with people who were not in training'}. Rows: ${rows.join(', ')}; ${result.columns.length} columns, ${result.metrics.length.toLocaleString('en-GB')} numbers.`,
    target === undefined ? '' : `Target: ${clip(target, MAX_NAME)}.`,
    protectedColumns.length > 0 ? `Groups by: ${list(protectedColumns)}.` : '',
    secrets.length > 0 ? `Secrets: ${list(secrets)}.` : '',
  ];
  return parts.filter(Boolean).join(' ');
}

function guarantee({ claim }: EvaluationResult): string {
  if (!claim)
    return 'No certificate was given. Nothing bounds what can be learned from this table; the attacks show only what was tried.';
  return `${describeGuarantee(claim)} Evaluations like this one are not covered by it.`;
}

const QUESTIONS = [
  ['singling-out', 'Can a person be singled out?'],
  ['linkability', 'Can two records of a person be linked?'],
  ['inference', 'Can a secret be inferred?'],
] as const;

/** The questions of the Article 29 Working Party, and membership. */
function risks(result: EvaluationResult): Html {
  const { holdRisk, reviewRisk } = result.verdict.policy;
  const rows = QUESTIONS.map(([id, question]) => ({
    question,
    metric: findMetrics(result, id).reduce<Metric | undefined>(
      (a, b) => ((b.interval?.[1] ?? -1) > (a?.interval?.[1] ?? -1) ? b : a),
      undefined,
    ),
  }));
  return html`<table class="risks"><caption>The questions of the Article 29 Working Party. 0: no more than for people who were not in training; 1: certain. Hold when certainly above ${holdRisk}, review when not certainly below ${reviewRisk}.</caption><thead><tr><th scope="col">Question</th><th scope="col" class="number">Risk</th><th scope="col">95 % interval</th><th scope="col" class="number">Attacks</th></tr></thead><tbody>${rows.map(
    ({ question, metric }) =>
      html`<tr><th scope="row">${question}</th>${
        metric && metric.value !== null
          ? html`<td class="number">${formatValue(metric.value)}</td><td>${formatInterval(metric.interval)}</td><td class="number">${formatValue(Number(metric.details?.attacks ?? 0))}</td>`
          : html`<td colspan="3">undetermined: ${result.rows.holdout === undefined ? 'no holdout' : 'no attack could be made'}</td>`
      }</tr>`,
  )}</tbody></table>${membership(result)}`;
}

function membership(result: EvaluationResult): Html | false {
  const [all] = findMetrics(result, 'membership-auc', { variant: 'all' });
  const [epsilon] = findMetrics(result, 'membership-epsilon-lower');
  if (!all || all.value === null) return false;
  const against = result.claim ? ` (certified: ${result.claim.epsilon})` : '';
  return html`<p>Who was in training is told with AUC ${formatValue(all.value)} (${formatInterval(all.interval)}; ½ is guessing), which proves an epsilon of at least ${formatValue(epsilon?.value ?? 0)}${against}.</p>`;
}

function worstGroup(result: EvaluationResult): string {
  const known = findMetrics(result, 'representation-ratio').filter((metric) => metric.value !== null);
  const worst = known.reduce<Metric | undefined>(
    (a, b) => (distanceFromOne(b) > distanceFromOne(a) ? b : a),
    undefined,
  );
  if (!worst) return 'Groups of people were not compared.';
  const drop = findMetrics(result, 'group-auc-drop').reduce<Metric | undefined>(
    (a, b) => ((b.value ?? 0) > (a?.value ?? 0) ? b : a),
    undefined,
  );
  const name = clip(nameScope(worst.scope), MAX_PURPOSE);
  const share =
    worst.value === 0
      ? `Lost: no synthetic row has ${name}.`
      : `Farthest from its real share: ${name}, ${formatValue(worst.value)} times as many (${formatInterval(worst.interval)}).`;
  if (!drop) return share;
  return `${share} Served worst by a model: ${clip(nameScope(drop.scope), MAX_PURPOSE)}, AUC lower by ${formatValue(drop.value)} (${formatInterval(drop.interval)}) than with real rows.`;
}

function distanceFromOne(metric: Metric | undefined): number {
  return metric?.value == null ? -1 : Math.abs(Math.log(Math.max(metric.value, 0.01)));
}

function usefulness(result: EvaluationResult): string {
  const purpose = result.origin?.purpose === undefined ? '' : `${clip(result.origin.purpose, MAX_PURPOSE)}. `;
  const [ratio] = findMetrics(result, 'tstr-ratio');
  const [score] = [...findMetrics(result, 'tstr-auc'), ...findMetrics(result, 'tstr-r2')];
  const [queries] = findMetrics(result, 'workload-error').filter((metric) => metric.variant === undefined);
  const [distance] = findMetrics(result, 'marginal-tvd-2', { kind: 'whole' });
  const parts = [
    ratio && score
      ? `Predicting ${clip(result.settings.target ?? '', MAX_NAME)} (${titleOf(score)}): ${formatValue(score.value)} trained on synthetic rows, ${formatValue(score.baseline)} on real ones.`
      : 'No target was named: no model was tried.',
    queries && queries.value !== null
      ? `Your queries are wrong by ${formatValue(queries.value)} on average (${formatValue(queries.baseline)} for real rows of other people).`
      : '',
    distance && distance.value !== null
      ? `Pairs of columns differ by ${formatValue(distance.value)}${distance.baseline === null ? '' : ` (${formatValue(distance.baseline)} for other real people)`}.`
      : '',
  ];
  return purpose + parts.filter(Boolean).join(' ');
}

function notTested(result: EvaluationResult): readonly string[] {
  const isSampled = result.metrics.some((metric) => metric.details?.sampled === true);
  const rules = result.verdict.rules.filter(({ state }) => state === 'not-tested').map(({ title }) => title);
  const open = [
    ...result.notes.map((note) => clip(note, MAX_SENTENCE)),
    ...(rules.length > 0 ? [clip(`Rules without a number: ${rules.join('; ')}.`, MAX_SENTENCE)] : []),
    ...(isSampled ? ['Attacks used a random sample, because a table is larger than the cap.'] : []),
  ];
  const always = [
    'What follows from facts about the population, also for people who were never in the table.',
    'Other releases from the same people: guarantees add up. Intruders who know or try more than these attacks do.',
  ];
  const room = MAX_NOT_TESTED - always.length;
  return [
    ...open.slice(0, room),
    ...(open.length > room ? [`${open.length - room} more points: see the notes on the next page.`] : []),
    ...always,
  ];
}

function hashes({ origin, settings }: EvaluationResult): Html | false {
  if (!origin) return false;
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="Inputs"><table class="hashes"><caption>Measured with Tabveil ${origin.software} on ${origin.day}, seed ${settings.seed}.</caption><thead><tr><th scope="col">File</th><th scope="col">Name</th><th scope="col">SHA-256</th></tr></thead><tbody>${origin.files.map(
    (file) =>
      html`<tr><th scope="row">${file.role}</th><td>${clip(file.name, MAX_NAME)}</td><td><code>${file.sha256}</code></td></tr>`,
  )}</tbody></table></div>`;
}

function signature({ origin }: EvaluationResult): Html {
  const { purpose = '', recipients = '' } = origin ?? {};
  const fields = [
    ['Decision', '', 'Purpose', clip(purpose, MAX_PURPOSE)],
    ['Name, date', '', 'Recipients', clip(recipients, MAX_PURPOSE)],
    ['Signature', '', 'Review again by', ''],
  ] as const;
  return html`<h2>Signature</h2><table class="signature"><tbody>${fields.map(
    ([a, first, b, second]) =>
      html`<tr><th scope="row">${a}</th><td>${first}</td><th scope="row">${b}</th><td>${second}</td></tr>`,
  )}</tbody></table>`;
}
