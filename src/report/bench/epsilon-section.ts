import type { Standing } from '../../evaluation/benchmark/leaderboard.ts';
import type { TableLine } from '../../evaluation/benchmark/lines.ts';
import type { ScoreName } from '../../evaluation/benchmark/scores.ts';
import type { ChartRenderer } from '../chart.ts';
import { type Html, html } from '../html.ts';
import type { BenchFindings } from './bench-page.ts';
import { listEpsilons, nameForChart, orderSystems, standingsOf } from './places.ts';
import { type Series, seriesChart } from './series-chart.ts';

const SHOWN: readonly { readonly name: ScoreName; readonly title: string }[] = [
  { name: 'tvd2', title: '2-way distance (less is better)' },
  { name: 'tvd3', title: '3-way distance (less is better)' },
  { name: 'cramer_mad', title: 'association error (less is better)' },
  { name: 'tstr_auc', title: 'AUC (more is better)' },
];

/** Quality against epsilon: one small picture per table and score. */
export function epsilonSection(found: BenchFindings, charts: ChartRenderer): Html | false {
  const { standings, tables, runs } = found;
  if (listEpsilons(standings).length < 2) return false;
  const places = orderSystems(runs);
  return html`<section id="epsilon"><h2>Quality against epsilon</h2>${tables.map(
    (table) =>
      html`<h3>${table.table}</h3><div class="grid">${SHOWN.map((score) => {
        const chart = epsilonChart(table, standingsOf(standings, table), { score, places });
        return chart === undefined ? false : charts.draw(chart);
      })}</div>`,
  )}</section>`;
}

function epsilonChart(
  table: TableLine,
  standings: readonly Standing[],
  { score, places }: { readonly score: (typeof SHOWN)[number]; readonly places: ReadonlyMap<string, number> },
) {
  const systems = [...places].filter(([system]) => standings.some((one) => one.system === system && one.isPrivate));
  const series = systems.flatMap(([system, place]): Series[] => {
    const points = standings
      .filter((standing) => standing.system === system && standing.epsilon > 0)
      .flatMap(({ epsilon, scores }) => {
        const value = scores[score.name]?.mean;
        return value === undefined ? [] : [[epsilon, value] as const];
      })
      .sort(([a], [b]) => a - b);
    return points.length === 0 ? [] : [{ label: system, place, points }];
  });
  if (series.length === 0) return undefined;
  return seriesChart(
    {
      name: nameForChart('epsilon', table.table, score.name),
      title: score.title,
      alternative: `Mean over runs on ${table.table} for ${series.map(({ label }) => label).join(', ')}; the numbers are in the leaderboard.`,
    },
    {
      series,
      x: { name: 'epsilon', type: 'log' },
      y: { name: '', type: 'value' },
      isLine: true,
      width: 420,
    },
  );
}
