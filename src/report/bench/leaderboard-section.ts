import type { RunMean, Standing } from '../../evaluation/benchmark/leaderboard.ts';
import type { TableLine } from '../../evaluation/benchmark/lines.ts';
import type { ScoreName } from '../../evaluation/benchmark/scores.ts';
import type { ChartRenderer } from '../chart.ts';
import { formatValue } from '../format.ts';
import { type Html, html } from '../html.ts';
import { intervalChart } from '../interval-chart.ts';
import type { BenchFindings } from './bench-page.ts';
import { listEpsilons, mainEpsilon, nameForChart, standingsOf } from './places.ts';

/** Who is how good where: a picture and a table for every table and epsilon. */
export function leaderboardSection(found: BenchFindings, charts: ChartRenderer): Html | false {
  const { standings, tables } = found;
  if (standings.length === 0) return false;
  return html`<section id="leaderboard"><h2>Leaderboard</h2><p>Least 3-way distance first; the hollow dot and the last line are the held-out rows: what other people of the same population score.</p>${tables.map(
    (table) => tablePart(table, found, charts),
  )}</section>`;
}

function tablePart(table: TableLine, { standings }: BenchFindings, charts: ChartRenderer): Html {
  const own = standingsOf(standings, table);
  const main = mainEpsilon(own);
  const budgets: readonly number[] = [...listEpsilons(own).toReversed(), 0];
  return html`<h3>${table.table}: ${formatValue(table.rows)} rows, ${table.columns} columns</h3>
${main !== undefined && charts.draw(distancePicture(table, own, main))}
${budgets.map((epsilon) => budgetTable(table, own, epsilon))}`;
}

function distancePicture(table: TableLine, standings: readonly Standing[], epsilon: number) {
  const shown = standings.filter((standing) => standing.epsilon === epsilon && standing.scores.tvd3 !== undefined);
  return intervalChart(
    {
      name: nameForChart('leaderboard', table.table),
      title: `3-way distance on ${table.table} at epsilon ${epsilon}`,
      alternative: `Mean over runs with 95 % intervals, least first: ${shown.map(({ system }) => system).join(', ')}. Hollow dots are held-out rows.`,
    },
    {
      rows: shown.map(({ system, scores }) => ({
        label: system,
        value: scores.tvd3?.mean ?? 0,
        interval: scores.tvd3?.interval ?? null,
        baseline: table.heldOut.tvd3,
      })),
      unit: 'total variation distance (less is better)',
    },
  );
}

const COLUMNS: readonly { readonly name: ScoreName; readonly title: string; readonly decimals: number }[] = [
  { name: 'tvd1', title: '1-way', decimals: 4 },
  { name: 'tvd2', title: '2-way', decimals: 4 },
  { name: 'tvd3', title: '3-way', decimals: 4 },
  { name: 'tvd3_max', title: 'worst 3-way', decimals: 3 },
  { name: 'cramer_mad', title: 'V error', decimals: 3 },
  { name: 'tstr_auc', title: 'AUC', decimals: 3 },
];

function budgetTable(table: TableLine, standings: readonly Standing[], epsilon: number): Html | false {
  const shown = standings.filter((standing) => standing.epsilon === epsilon);
  if (shown.length === 0) return false;
  const title = epsilon === 0 ? 'without privacy' : `epsilon ${epsilon}`;
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="${table.table}, ${title}"><table><caption>${table.table}, ${title}</caption><thead><tr><th scope="col">System</th><th scope="col" class="number">Runs</th>${COLUMNS.map(
    (column) => html`<th scope="col" class="number">${column.title}</th>`,
  )}<th scope="col" class="number">Like a subsample of</th><th scope="col" class="number">Fit CPU s</th><th scope="col" class="number">Peak MiB</th></tr></thead><tbody>${shown.map(
    (standing) =>
      html`<tr><th scope="row">${standing.system}</th><td class="number">${standing.runs}</td>${COLUMNS.map(
        ({ name, decimals }) => html`<td class="number">${formatMean(standing.scores[name], decimals)}</td>`,
      )}<td class="number">${formatShare(standing.likeSubsample)}</td><td class="number">${standing.fitCpuSeconds?.mean.toFixed(1) ?? '–'}</td><td class="number">${standing.peakMiB?.mean.toFixed(0) ?? '–'}</td></tr>`,
  )}<tr class="quiet"><th scope="row">held-out rows</th><td></td>${COLUMNS.map(
    ({ name, decimals }) => html`<td class="number">${table.heldOut[name]?.toFixed(decimals) ?? '–'}</td>`,
  )}<td></td><td></td><td></td></tr></tbody></table></div>`;
}

function formatMean(value: RunMean | undefined, decimals: number): string {
  if (value === undefined) return '–';
  if (value.interval === null) return value.mean.toFixed(decimals);
  return `${value.mean.toFixed(decimals)} ± ${((value.interval[1] - value.interval[0]) / 2).toFixed(decimals)}`;
}

function formatShare(value: RunMean | null): string {
  return value === null ? '–' : `${(100 * value.mean).toFixed(value.mean < 0.1 ? 1 : 0)} %`;
}
