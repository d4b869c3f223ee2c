import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { Metric } from '../evaluation/metric.ts';
import type { ChartRenderer } from './chart.ts';
import { formatInterval, formatValue } from './format.ts';
import { type Html, html } from './html.ts';
import { intervalChart } from './interval-chart.ts';
import { criticismOf, findMetrics, titleOf } from './metric-query.ts';

/** Scores in the order shown, with the names people use. */
const SCORES = {
  auc: 'AUC (½ is guessing, 1 is perfect)',
  accuracy: 'Accuracy (higher is better)',
  f1: 'F1 (higher is better)',
  'log-loss': 'Log loss (lower is better)',
  brier: 'Brier score (lower is better)',
  'calibration-error': 'Calibration error (lower is better)',
  r2: 'R² (1 is perfect)',
  mae: 'Mean absolute error (lower is better)',
} as const;

/** Usefulness: models trained on synthetic rows against models trained on real ones. */
export function usefulnessSection(result: EvaluationResult, charts: ChartRenderer): Html | false {
  const scores = Object.entries(SCORES).flatMap(([score, name]) =>
    findMetrics(result, `tstr-${score}`).map((metric) => ({ name, metric })),
  );
  const queries = findMetrics(result, 'workload-error').filter((metric) => metric.variant !== undefined);
  if (scores.length === 0)
    return queries.length > 0 && html`<section id="usefulness"><h2>Usefulness</h2>${workloadTable(queries)}</section>`;
  const headline = [...findMetrics(result, 'tstr-auc'), ...findMetrics(result, 'tstr-r2')].filter(
    (metric) => metric.value !== null,
  );
  const picture = intervalChart(
    {
      name: 'usefulness',
      title: 'What a model trained on the synthetic table is worth',
      alternative:
        'Full dots: trained on synthetic rows, with 95 % intervals; hollow dots: trained on real rows. Both tested on real rows that neither has seen.',
    },
    {
      rows: headline.map((metric) => ({
        label: titleOf(metric),
        value: metric.value ?? 0,
        interval: metric.interval,
        baseline: metric.baseline,
      })),
      unit: 'score on the real test rows',
    },
  );
  return html`<section id="usefulness"><h2>Usefulness</h2>
<p>Models that predict <strong>${result.settings.target}</strong> are trained on the synthetic and on the real table and tested on the same real rows.</p>
${headline.length > 0 && charts.draw(picture)}
<div class="table-scroll" tabindex="0" role="group" aria-label="Scores"><table><caption>Scores of both models</caption><thead><tr><th scope="col">Score</th><th scope="col">Model</th><th scope="col" class="number">Trained on synthetic</th><th scope="col" class="number">Trained on real</th><th scope="col">95 % interval (synthetic)</th></tr></thead><tbody>${scores.map(
    ({ name, metric }) =>
      html`<tr><th scope="row">${name}</th><td>${metric.variant}</td><td class="number">${formatValue(metric.value)}</td><td class="number">${formatValue(metric.baseline)}</td><td>${formatInterval(metric.interval)}</td></tr>`,
  )}</tbody></table></div>
<p class="quiet">${criticismOf('tstr-auc')}</p>${queries.length > 0 && workloadTable(queries)}</section>`;
}

/** Errors of the user's own queries. */
function workloadTable(queries: readonly Metric[]): Html {
  return html`<h3>Your queries</h3><div class="table-scroll" tabindex="0" role="group" aria-label="Your queries"><table><caption>Mean relative error of the numbers of each answer; 0 is equal, 1 is wholly wrong</caption><thead><tr><th scope="col">Query</th><th scope="col" class="number">Synthetic</th><th scope="col" class="number">Holdout in its place</th></tr></thead><tbody>${queries.map(
    (metric) =>
      html`<tr><th scope="row"><code>${metric.variant}</code></th><td class="number">${formatValue(metric.value)}</td><td class="number">${formatValue(metric.baseline)}</td></tr>`,
  )}</tbody></table></div><p class="quiet">${criticismOf('workload-error')}</p>`;
}
