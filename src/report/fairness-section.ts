import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { Metric } from '../evaluation/metric.ts';
import { nameScope } from '../evaluation/metric-name.ts';
import type { ChartRenderer } from './chart.ts';
import { formatInterval, formatValue } from './format.ts';
import { type Html, html } from './html.ts';
import { intervalChart } from './interval-chart.ts';
import { criticismOf, findMetrics, titleOf } from './metric-query.ts';
import { metricTable } from './metric-table.ts';

/** Ratios above this are drawn at the edge, so that one tiny group does not hide the rest. */
const LARGEST_RATIO = 4;
/** More groups than this do not fit a page. */
const MOST_DRAWN = 40;
const GAPS = [
  'demographic-parity-difference',
  'demographic-parity-ratio',
  'equal-opportunity-difference',
  'equalized-odds-difference',
] as const;

/** Fairness: how groups of people are represented and how models of the data treat them, next to usefulness. */
export function fairnessSection(result: EvaluationResult, charts: ChartRenderer): Html | false {
  const groups = findMetrics(result, 'representation-ratio');
  if (groups.length === 0) return false;
  return html`<section id="fairness"><h2>Groups of people</h2>
<p>Does the synthetic table treat some people worse? Small groups are uncertain: read the intervals.</p>
${charts.draw(representationPicture(result))}
<details><summary>Representation of every group</summary>${metricTable('Share in the synthetic table divided by share in the real one', groups)}</details>
${groupTable(result, 'base-rate-drift', 'Change of the share of the positive class within a group')}
${groupTable(result, 'group-fidelity-excess', 'Distance within a group beyond that of holdout people of the same group')}
${groupTable(result, 'group-k-marginal', 'k-marginal score within a group')}
${decisionPart(result)}</section>`;
}

/** Groups of single columns first, then intersections farthest from 1, in the order they were measured. */
function drawnGroups(result: EvaluationResult): readonly Metric[] {
  const known = findMetrics(result, 'representation-ratio').filter((metric) => metric.value !== null);
  const columns = ({ scope }: Metric) => (scope && 'group' in scope ? Object.keys(scope.group).length : 0);
  const certainty = ({ interval }: Metric) => (interval ? Math.max(interval[0] - 1, 1 - interval[1]) : 0);
  const chosen = new Set(
    known.toSorted((a, b) => columns(a) - columns(b) || certainty(b) - certainty(a)).slice(0, MOST_DRAWN),
  );
  return known.filter((metric) => chosen.has(metric));
}

function representationPicture(result: EvaluationResult) {
  const groups = drawnGroups(result);
  const all = findMetrics(result, 'representation-ratio').length;
  const more = all > groups.length ? ` ${groups.length} of ${all} groups are drawn; the table below has all.` : '';
  return intervalChart(
    {
      name: 'representation',
      title: 'Representation of groups',
      alternative: `Share of each group in the synthetic table divided by its share in the real one, with 95 % intervals; 1 is equal, hollow dots are the holdout. Values above ${LARGEST_RATIO} stand at the edge.${more}`,
    },
    {
      rows: groups.map((metric) => ({
        label: nameScope(metric.scope),
        value: metric.value ?? 0,
        interval: metric.interval,
        baseline: metric.baseline,
      })),
      unit: 'representation ratio',
      reference: 1,
      limit: LARGEST_RATIO,
    },
  );
}

function groupTable(result: EvaluationResult, id: string, caption: string): Html | false {
  const metrics = findMetrics(result, id).filter((metric) => metric.value !== null);
  return (
    metrics.length > 0 &&
    html`<details><summary>${caption}</summary>${metricTable(caption, metrics)}<p class="quiet">${criticismOf(id)}</p></details>`
  );
}

/** Decisions of models, never without what the models are worth. */
function decisionPart(result: EvaluationResult): Html | false {
  const usefulness = findMetrics(result, 'tstr-auc');
  const gaps = GAPS.flatMap((id) => findMetrics(result, id));
  if (usefulness.length === 0 || gaps.length === 0) return false;
  return html`<h3>Decisions of models trained on the table</h3>
<p>First what these models are worth: ${usefulness.map((metric) => `${metric.variant} AUC ${formatValue(metric.value)} (trained on real rows ${formatValue(metric.baseline)})`).join('; ')}. A useless model looks perfectly fair.</p>
<div class="table-scroll" tabindex="0" role="group" aria-label="Gaps between groups"><table><caption>Gaps between groups on the real test rows</caption><thead><tr><th scope="col">Gap</th><th scope="col">Groups by</th><th scope="col" class="number">Trained on synthetic</th><th scope="col" class="number">Trained on real</th><th scope="col">95 % interval (synthetic)</th></tr></thead><tbody>${gaps.map(
    (metric) =>
      html`<tr><th scope="row">${titleOf(metric)}</th><td>${nameScope(metric.scope)}</td><td class="number">${metric.value === null ? 'undefined' : formatValue(metric.value)}</td><td class="number">${metric.baseline === null ? 'undefined' : formatValue(metric.baseline)}</td><td>${formatInterval(metric.interval)}</td></tr>`,
  )}</tbody></table></div>
<p class="quiet">${criticismOf('demographic-parity-difference')} A ratio below 0.8 is called adverse impact by the four-fifths heuristic of US employment screening; it is no proof either way.</p>
<details><summary>Models within each group</summary>${metricTable('AUC within a group', findMetrics(result, 'group-auc'), { baseline: 'Trained on real' })}${metricTable('AUC that a group loses against training on real rows', findMetrics(result, 'group-auc-drop'))}${metricTable('Calibration error within a group', findMetrics(result, 'calibration-error'), { baseline: 'Trained on real' })}</details>`;
}
