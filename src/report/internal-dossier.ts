import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import { METRIC_DEFINITIONS } from '../evaluation/registry.ts';
import { type ChartRenderer, openChartRenderer } from './chart.ts';
import { fidelitySection } from './fidelity-section.ts';
import { type Html, html } from './html.ts';
import { metricCard } from './metric-table.ts';
import { renderPage } from './page.ts';

/** Stands on every page of the internal dossier. */
export const PRIVATE_BANNER =
  'PRIVATE: computed from real rows without protection. Do not share, publish or choose a table by it.';

/**
 * The internal dossier as one self-contained HTML text: everything that was measured.
 *
 * **Privacy**: private; says so on every page. **Cost**: loads the chart library, about a second.
 */
export async function renderInternalDossier(result: EvaluationResult): Promise<string> {
  const charts = await openChartRenderer();
  return renderPage({
    title: 'Tabveil evaluation, internal dossier',
    banner: PRIVATE_BANNER,
    isPrivate: true,
    body: html`${head(result)}${sections(result, charts)}${definitions(result)}`,
  });
}

function sections(result: EvaluationResult, charts: ChartRenderer): Html {
  return html`${fidelitySection(result, charts)}`;
}

function head(result: EvaluationResult): Html {
  const rows = Object.entries(result.rows).map(([role, count]) => `${count?.toLocaleString('en-GB')} ${role}`);
  const whole = result.metrics.filter((metric) => metric.scope === null);
  return html`<header><h1>Evaluation of a synthetic table</h1>
<p class="quiet">Internal dossier. Rows: ${rows.join(', ')}. ${result.columns.length} columns.</p>
${result.notes.map((note) => html`<p><strong>${note}</strong></p>`)}
<ul class="cards">${whole.map((metric) => metricCard(METRIC_DEFINITIONS.get(metric.id)?.title ?? metric.id, metric))}</ul></header>`;
}

function definitions(result: EvaluationResult): Html {
  const used = [...new Set(result.metrics.map((metric) => metric.id))].flatMap(
    (id) => METRIC_DEFINITIONS.get(id) ?? [],
  );
  return html`<section id="definitions"><h2>What the numbers mean</h2>${used.map(
    (definition) =>
      html`<h3>${definition.title} <span class="quiet">(${definition.id})</span></h3><p>${definition.definition} <em>What it misses:</em> ${definition.criticism}</p>`,
  )}</section>`;
}
