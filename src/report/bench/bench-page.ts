import type { Standing } from '../../evaluation/benchmark/leaderboard.ts';
import type { CostLine, MachineFacts, RunLine, TableLine } from '../../evaluation/benchmark/lines.ts';
import { SCORE_DEFINITIONS } from '../../evaluation/benchmark/scores.ts';
import { openChartRenderer } from '../chart.ts';
import { formatValue } from '../format.ts';
import { type Html, html } from '../html.ts';
import { renderPage } from '../page.ts';
import { attackSection } from './attack-section.ts';
import { costSection } from './cost-section.ts';
import { epsilonSection } from './epsilon-section.ts';
import { groupSection } from './group-section.ts';
import { leaderboardSection } from './leaderboard-section.ts';
import { rulerSection } from './ruler-section.ts';
import { timeSection } from './time-section.ts';

/** Everything a benchmark found, for its page. */
export interface BenchFindings {
  readonly standings: readonly Standing[];
  readonly tables: readonly TableLine[];
  readonly runs: readonly RunLine[];
  readonly costs: readonly CostLine[];
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  readonly failed: readonly { readonly what: string; readonly why: string }[];
  readonly machine: MachineFacts;
  readonly version: string;
  /** How the benchmark was started. */
  readonly command?: string;
  /** True when a table is neither public nor simulated: then every number is a function of private rows. */
  readonly isPrivate: boolean;
}

const PUBLIC_BANNER = 'Benchmark on public and simulated tables: this page holds nothing private.';
const PRIVATE_BANNER =
  'PRIVATE: computed from real rows without protection. Do not share, publish or choose a table by it.';

/**
 * A benchmark as one self-contained page: leaderboards, pictures, what was left out, and how it was measured.
 *
 * **Privacy**: private when a table is; the banner says which. **Cost**: loads the chart library, about a second.
 */
export async function renderBenchPage(found: BenchFindings): Promise<string> {
  const charts = await openChartRenderer();
  const sections = [
    leaderboardSection(found, charts),
    epsilonSection(found, charts),
    timeSection(found, charts),
    costSection(found, charts),
    rulerSection(found, charts),
    groupSection(found, charts),
    attackSection(found, charts),
  ];
  return renderPage({
    title: 'Tabveil benchmark',
    banner: found.isPrivate ? PRIVATE_BANNER : PUBLIC_BANNER,
    isPrivate: found.isPrivate,
    body: html`<h1>Tabveil benchmark</h1>
<p>Every system gets the same rows, the same split, the same public bins and categories, the same epsilon and delta. Each fit is a process of its own. Intervals are 95 % intervals of the mean over runs (Student's t); without one there was a single run.</p>
${omissions('Left out', found.skipped)}${omissions('Failed', found.failed)}
${sections}${recordSection(found)}${definitions()}`,
  });
}

function omissions(title: string, list: BenchFindings['skipped']): Html | false {
  return (
    list.length > 0 &&
    html`<details ${title === 'Failed' && html`open`}><summary>${title}: ${list.length}</summary><ul>${list.map(({ what, why }) => html`<li><strong>${what}</strong>: ${why}</li>`)}</ul></details>`
  );
}

/** Machine, versions, commands and tables: what another needs to measure it again. */
function recordSection({ machine, version, command, tables, runs }: BenchFindings): Html {
  const loads = runs.map((run) => run.machine.loadAverage).sort((a, b) => a - b);
  const versions = new Map(runs.flatMap((run) => (run.versions ? [[run.system, run.versions] as const] : [])));
  const leaks = new Map(runs.flatMap((run) => (run.leaks ? [[run.system, run.leaks] as const] : [])));
  return html`<section id="record"><h2>How it was measured</h2><table><tbody>
<tr><th scope="row">Machine</th><td>${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.runtime}</td></tr>
<tr><th scope="row">Load while measuring</th><td>${loads.length === 0 ? '–' : `${formatValue(loads[0] ?? null)} to ${formatValue(loads.at(-1) ?? null)} processes; read CPU seconds when it exceeds the cores`}</td></tr>
<tr><th scope="row">Version</th><td>${version}</td></tr>
${command !== undefined && html`<tr><th scope="row">Command</th><td><code>${command}</code></td></tr>`}
</tbody></table>
<h3>Tables</h3><div class="table-scroll" tabindex="0" role="group" aria-label="Tables"><table><thead><tr><th scope="col">Table</th><th scope="col">Kind</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Held out</th><th scope="col" class="number">Columns</th><th scope="col" class="number">AUC of real rows</th><th scope="col">SHA-256</th></tr></thead><tbody>${tables.map(
    (table) =>
      html`<tr><th scope="row">${table.table}</th><td>${table.origin}</td><td class="number">${formatValue(table.rows)}</td><td class="number">${formatValue(table.heldOutRows)}</td><td class="number">${table.columns}</td><td class="number">${formatValue(table.realAuc)}</td><td><code>${table.sha256.slice(0, 16)}…</code></td></tr>`,
  )}</tbody></table></div>
${
  leaks.size > 0 &&
  html`<h3>What rivals let through beside their noise</h3><ul>${[...leaks].map(
    ([system, text]) => html`<li><strong>${system}</strong>: ${text}</li>`,
  )}</ul>`
}
${
  versions.size > 0 &&
  html`<h3>Versions of rivals</h3><ul>${[...versions].map(
    ([system, list]) =>
      html`<li><strong>${system}</strong>: ${Object.entries(list)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}</li>`,
  )}</ul>`
}</section>`;
}

function definitions(): Html {
  return html`<section id="definitions"><h2>What the numbers mean</h2><ul>${Object.entries(SCORE_DEFINITIONS).map(
    ([name, { title, better, definition }]) =>
      html`<li><strong>${title}</strong> <span class="quiet">(${name})</span>: ${definition}; ${better} is better.</li>`,
  )}</ul></section>`;
}
