import type { ChartRenderer } from '../chart.ts';
import { type Html, html } from '../html.ts';
import type { BenchFindings } from './bench-page.ts';
import { mainEpsilon, nameForChart, orderSystems, standingsOf } from './places.ts';
import { type Series, seriesChart } from './series-chart.ts';

/** "Like an x % subsample": which random part of the training rows errs as much as each system. */
export function rulerSection(found: BenchFindings, charts: ChartRenderer): Html | false {
  const { standings, tables, runs } = found;
  const places = orderSystems(runs);
  const pictures = tables.flatMap((table) => {
    const own = standingsOf(standings, table);
    const epsilon = mainEpsilon(own);
    if (table.ruler.length === 0 || epsilon === undefined) return [];
    const ruler: Series = {
      label: 'random part of the training rows',
      place: 0,
      isReference: true,
      points: table.ruler.map(({ share, score }) => [100 * share, score]),
    };
    const systems = own
      .filter((standing) => standing.epsilon === epsilon && standing.likeSubsample !== null)
      .map(({ system, likeSubsample }): Series => {
        const share = likeSubsample?.mean ?? 0;
        const scores = runs.filter(
          (run) => run.system === system && run.table === table.table && run.epsilon === epsilon,
        );
        const mean = scores.reduce((sum, run) => sum + (run.kMarginal ?? 0), 0) / scores.length;
        return {
          label: `${system} ${formatShare(share)}`,
          place: places.get(system) ?? 0,
          points: [[100 * share, mean]],
        };
      });
    return [
      seriesChart(
        {
          name: nameForChart('ruler', table.table),
          title: `${table.table}, epsilon ${epsilon}`,
          alternative: `NIST k-marginal score of random parts of the training rows (dashed) and of each system: ${systems.map(({ label }) => label).join(', ')}.`,
        },
        {
          series: [ruler, ...systems],
          x: { name: 'share of the training rows, %', type: 'value', min: 0 },
          y: { name: 'k-marginal score', type: 'value' },
          isLine: true,
        },
      ),
    ];
  });
  return (
    pictures.length > 0 &&
    html`<section id="ruler"><h2>Like which subsample?</h2><p>A random part of the training rows errs too. The ruler says which part errs as much as each system; it compares the size of errors, not their kind.</p><div class="grid">${pictures.map((chart) => charts.draw(chart))}</div></section>`
  );
}

function formatShare(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
