import type { Metric } from '../evaluation/metric.ts';
import { nameScope } from '../evaluation/metric-name.ts';
import { formatInterval, formatValue } from './format.ts';
import { type Html, html } from './html.ts';
import { titleOf } from './metric-query.ts';

/** A table of metrics: what, value, holdout in its place, interval. */
export function metricTable(
  caption: string,
  metrics: readonly Metric[],
  options: {
    readonly name?: 'scope' | 'title';
    readonly baseline?: string;
    /** One more column at the end. */
    readonly extra?: { readonly title: string; readonly read: (metric: Metric) => string };
  } = {},
): Html {
  const nameOf = (metric: Metric) => (options.name === 'title' ? titleOf(metric) : nameScope(metric.scope));
  const hasVariant = options.name !== 'title' && metrics.some((metric) => metric.variant !== undefined);
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr><th scope="col">What</th>${
    hasVariant && html`<th scope="col">Kind</th>`
  }<th scope="col" class="number">Synthetic</th><th scope="col" class="number">${options.baseline ?? 'Holdout in its place'}</th><th scope="col">95 % interval</th>${options.extra && html`<th scope="col" class="number">${options.extra.title}</th>`}</tr></thead><tbody>${metrics.map(
    (metric) =>
      html`<tr><th scope="row">${nameOf(metric)}</th>${
        hasVariant && html`<td>${metric.variant}</td>`
      }<td class="number">${formatValue(metric.value)}</td><td class="number">${formatValue(metric.baseline)}</td><td>${metric.interval || metric.value === null ? formatInterval(metric.interval) : metric.intervalNote}</td>${options.extra && html`<td class="number">${options.extra.read(metric)}</td>`}</tr>`,
  )}</tbody></table></div>`;
}

/** A card with one headline number, its baseline and its worst member. */
export function metricCard(title: string, metric: Metric): Html {
  return html`<li class="card"><div class="name">${title}</div><div class="value">${formatValue(metric.value)}</div><div class="rest">holdout ${formatValue(metric.baseline)}${
    metric.interval && html`<br>95 %: ${formatInterval(metric.interval)}`
  }${metric.worst && html`<br>worst: ${nameScope(metric.worst.scope)} ${formatValue(metric.worst.value)}`}</div></li>`;
}
