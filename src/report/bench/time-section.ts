import type { ChartRenderer } from '../chart.ts';
import { type Html, html } from '../html.ts';
import type { BenchFindings } from './bench-page.ts';
import { mainEpsilon, nameForChart, orderSystems, standingsOf } from './places.ts';
import { type Series, seriesChart } from './series-chart.ts';

/** Least CPU seconds on the logarithmic axis: what the clock can tell from nothing. */
const LEAST_SECONDS = 0.01;

/** Quality against time: what a better table costs. */
export function timeSection(found: BenchFindings, charts: ChartRenderer): Html | false {
  const { standings, tables, runs } = found;
  const places = orderSystems(runs);
  const pictures = tables.flatMap((table) => {
    const own = standingsOf(standings, table);
    const epsilon = mainEpsilon(own);
    const series = own
      .filter((standing) => standing.epsilon === epsilon)
      .flatMap(({ system, scores, fitCpuSeconds }): Series[] =>
        scores.tvd3 === undefined || fitCpuSeconds === null
          ? []
          : [
              {
                label: system,
                place: places.get(system) ?? 0,
                points: [[Math.max(fitCpuSeconds.mean, LEAST_SECONDS), scores.tvd3.mean]],
              },
            ],
      );
    if (series.length === 0) return [];
    const words = {
      name: nameForChart('time', table.table),
      title: `${table.table}, epsilon ${epsilon}`,
      alternative: `3-way distance against CPU seconds of the fit, start-up apart. Lower and more to the left is better.`,
    };
    const axes = {
      x: { name: 'CPU seconds of the fit', type: 'log' },
      y: { name: '3-way distance', type: 'value' },
    } as const;
    return [seriesChart(words, { series, ...axes, isLine: false, width: 420 })];
  });
  return (
    pictures.length > 0 &&
    html`<section id="time"><h2>Quality against time</h2><div class="grid">${pictures.map((chart) => charts.draw(chart))}</div></section>`
  );
}
