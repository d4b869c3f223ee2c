import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import { METRIC_DEFINITIONS } from '../evaluation/registry.ts';
import { type ChartRenderer, openChartRenderer } from './chart.ts';
import { decisionSheet } from './decision-sheet.ts';
import { fairnessSection } from './fairness-section.ts';
import { fidelitySection } from './fidelity-section.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './page.ts';
import { privacySection } from './privacy-section.ts';
import { rulesSection } from './rules-section.ts';
import { usefulnessSection } from './usefulness-section.ts';

/** Stands on every page of the internal dossier. */
export const PRIVATE_BANNER =
  'PRIVATE: computed from real rows without protection. Do not share, publish or choose a table by it.';

/**
 * The internal dossier as one self-contained HTML text: everything that was measured.
 *
 * **Privacy**: private; says so on every page. **Cost**: loads the chart library, about a second.
 */
export async function renderInternalDossier(result: EvaluationResult): Promise<string> {
  const shown = parts(result, await openChartRenderer());
  return renderPage({
    title: 'Tabveil evaluation, internal dossier',
    banner: PRIVATE_BANNER,
    isPrivate: true,
    body: html`${decisionSheet(result)}${contents(shown)}${shown.map((part) => part.body)}`,
  });
}

/** A titled part of the dossier; `body` is false when there is nothing to show. */
interface Part {
  readonly id: string;
  readonly title: string;
  readonly body: Html | false;
}

function parts(result: EvaluationResult, charts: ChartRenderer): readonly Part[] {
  const all: readonly Part[] = [
    { id: 'rules', title: 'Rules of the policy', body: rulesSection(result) },
    { id: 'privacy', title: 'Re-identification risk', body: privacySection(result, charts) },
    { id: 'usefulness', title: 'Usefulness', body: usefulnessSection(result, charts) },
    { id: 'fairness', title: 'Groups of people', body: fairnessSection(result, charts) },
    { id: 'fidelity', title: 'Fidelity', body: fidelitySection(result, charts) },
    { id: 'definitions', title: 'What the numbers mean', body: definitions(result) },
  ];
  return all.filter((part) => part.body !== false);
}

function contents(shown: readonly Part[]): Html {
  return html`<nav aria-label="Contents"><h2>Contents</h2><ul>${shown.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;
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
