import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { Metric } from '../evaluation/metric.ts';
import { nameScope } from '../evaluation/metric-name.ts';
import type { ChartRenderer } from './chart.ts';
import { formatInterval, formatValue } from './format.ts';
import { type Html, html } from './html.ts';
import { intervalChart } from './interval-chart.ts';
import { criticismOf, findMetrics, titleOf } from './metric-query.ts';
import { metricTable } from './metric-table.ts';

/** Heading of the control column. */
const PEOPLE = 'People not in training';
const ATTACKS = ['singling-out', 'linkability', 'inference'] as const;
const COPIES = ['exact-match', 'duplicate-excess', 'near-duplicate-excess', 'unique-row-replay'] as const;
const INFORMATIONAL = ['dcr-share', 'nndr', 'dcr-median', 'disco', 'rep-u', 'linkage-claims'] as const;

/** Re-identification: attacks with their control groups, membership, copies, and what is informational only. */
export function privacySection(result: EvaluationResult, charts: ChartRenderer): Html | false {
  const attacks = ATTACKS.flatMap((id) => findMetrics(result, id));
  if (attacks.length === 0) return false;
  return html`<section id="privacy"><h2>Re-identification risk</h2>
<p>Every attack is tried on people who were in the training table and on as many people who were not. The risk is what the attack gains on the first over the second. A weak attack proves nothing; only the differential-privacy bound does.</p>
${charts.draw(riskPicture(attacks))}
${attackTable(attacks)}
${membershipPart(result)}
${shadowPart(result)}
<h3>Copies</h3>${metricTable(
    'Rows and values that reappear. The baseline is the same share of people who were not in the training table',
    [
      ...COPIES.flatMap((id) => findMetrics(result, id)),
      ...findMetrics(result, 'unique-value-replay', { kind: 'whole' }),
    ],
    { name: 'title', baseline: PEOPLE },
  )}
<details><summary>Values of one person that reappear, by column</summary>${metricTable(
    'Share of the values that occur once and appear in the synthetic table',
    findMetrics(result, 'unique-value-replay', { kind: 'column' }).filter((metric) => metric.value !== null),
    { baseline: PEOPLE },
  )}</details>
<h3>Informational</h3><p>These numbers decide nothing; their weakness stands beside them.</p>${informationalTable(result)}</section>`;
}

function riskPicture(attacks: readonly Metric[]) {
  const rows = attacks
    .filter((metric) => metric.value !== null)
    .map((metric) => ({ label: labelOf(metric), value: metric.value ?? 0, interval: metric.interval, baseline: null }));
  return intervalChart(
    {
      name: 'attack-risk',
      title: 'Risk of each attack',
      alternative:
        'Excess success on training rows over people who were not in the table, as a share of what the control leaves, with 95 % intervals. 0 is no gain, 1 is certain.',
    },
    { rows, unit: 'risk (0 to 1)' },
  );
}

function labelOf(metric: Metric): string {
  return metric.scope === null ? titleOf(metric) : `${titleOf(metric)}: ${nameScope(metric.scope)}`;
}

function attackTable(attacks: readonly Metric[]): Html {
  const detail = (metric: Metric, name: string) => {
    const value = metric.details?.[name];
    return typeof value === 'number' ? formatValue(value) : '–';
  };
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="Attacks"><table><caption>Attacks with their control group</caption><thead><tr><th scope="col">Attack</th><th scope="col" class="number">Risk</th><th scope="col">95 % interval</th><th scope="col" class="number">Attacks</th><th scope="col" class="number">Successes</th><th scope="col" class="number">Control successes</th><th scope="col">Before clipping</th></tr></thead><tbody>${attacks.map(
    (metric) =>
      html`<tr><th scope="row">${labelOf(metric)}</th><td class="number">${formatValue(metric.value)}</td><td>${formatInterval(metric.interval)}</td><td class="number">${detail(metric, 'attacks')}</td><td class="number">${detail(metric, 'successes')}</td><td class="number">${detail(metric, 'controlSuccesses')}</td><td>${metric.value === null ? metric.note : `${detail(metric, 'unclippedLow')} to ${detail(metric, 'unclippedHigh')}`}</td></tr>`,
  )}</tbody></table></div>`;
}

function membershipPart(result: EvaluationResult): Html {
  const metrics = findMetrics(result, 'membership-auc');
  const [epsilon] = findMetrics(result, 'membership-epsilon-lower');
  const claim = result.claim
    ? `The certificate claims epsilon ${result.claim.epsilon}.`
    : 'There is no certificate to compare it with.';
  return html`<h3>Membership</h3><p>Can one tell who was in the training table? An AUC of ½ is guessing. ${epsilon && `The attack proves an epsilon of at least ${formatValue(epsilon.value)} (95 %). ${claim}`}</p>${metricTable('Calibrated distance attack', metrics, { name: 'title', baseline: PEOPLE })}<p class="quiet">${criticismOf('membership-auc')}</p>`;
}

/** Deep mode. */
function shadowPart(result: EvaluationResult): Html | false {
  const [auc] = findMetrics(result, 'shadow-auc');
  const [bound] = findMetrics(result, 'shadow-epsilon-lower');
  if (!auc || !bound) return false;
  const { generator, epsilon, shadows, targets, rowsPerFit } = auc.details ?? {};
  return html`<h3>Shadow models</h3><p>The model ${String(generator)} was fitted ${String(shadows)} times at epsilon ${String(epsilon)} on ${String(rowsPerFit)} rows, each time with every one of the ${String(targets)} most isolated people in or out by a coin. The attack proves an epsilon of at least ${formatValue(bound.value)} for the worst of them.</p>${metricTable('Telling fits with a person from fits without, mean over these people', [auc], { name: 'title', baseline: 'Guessing' })}<p class="quiet">${criticismOf('shadow-auc')}</p>`;
}

function informationalTable(result: EvaluationResult): Html {
  const metrics = INFORMATIONAL.flatMap((id) => findMetrics(result, id));
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="Informational"><table><thead><tr><th scope="col">Number</th><th scope="col" class="number">Value</th><th scope="col" class="number">Holdout people</th><th scope="col">What it misses</th></tr></thead><tbody>${metrics.map(
    (metric) =>
      html`<tr><th scope="row">${labelOf(metric)}</th><td class="number">${formatValue(metric.value)}</td><td class="number">${formatValue(metric.baseline)}</td><td>${criticismOf(metric.id)}</td></tr>`,
  )}</tbody></table></div>`;
}
