import type { CostLine } from '../../evaluation/benchmark/lines.ts';
import type { ChartRenderer } from '../chart.ts';
import { formatValue } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { BenchFindings } from './bench-page.ts';
import { orderSystems } from './places.ts';
import { type Series, seriesChart } from './series-chart.ts';

const AXES: readonly { readonly axis: CostLine['axis']; readonly title: string; readonly others: string }[] = [
  { axis: 'rows', title: 'rows', others: 'columns and categories' },
  { axis: 'columns', title: 'columns', others: 'rows and categories' },
  { axis: 'categories', title: 'categories of every column', others: 'rows and columns' },
];

/** What a fit costs as the table grows in one direction. */
export function costSection(found: BenchFindings, charts: ChartRenderer): Html | false {
  const { costs } = found;
  if (costs.length === 0) return false;
  const places = orderSystems([...found.runs, ...costs.map(({ system }) => ({ system, isRival: false }))]);
  const measures = [
    {
      name: 'seconds',
      title: 'CPU seconds of the fit',
      read: (line: CostLine) => Math.max(line.cost.steps.fit?.cpuSeconds ?? 0, 0.01),
    },
    { name: 'memory', title: 'peak MiB', read: (line: CostLine) => line.cost.peakBytes / 2 ** 20 },
  ];
  const pictures = AXES.flatMap(({ axis, title, others }) =>
    measures.flatMap((measure) => {
      const lines = costs.filter((line) => line.axis === axis);
      const [first] = lines;
      if (first === undefined) return [];
      const words = {
        name: `cost-${axis}-${measure.name}`,
        title: `${measure.title} against ${title}`,
        alternative: `Made-up tables with dependent columns, epsilon 1; ${others} stay at ${describeFixed(first)}.`,
      };
      const series = seriesOf(lines, places, measure.read);
      const y = { name: measure.title, type: measure.name === 'seconds' ? 'log' : 'value' } as const;
      return [seriesChart(words, { series, x: { name: title, type: 'log' }, y, isLine: true, width: 420 })];
    }),
  );
  return html`<section id="cost"><h2>What it costs</h2><div class="grid">${pictures.map((chart) => charts.draw(chart))}</div></section>`;
}

function describeFixed({ axis, rows, columns, categories }: CostLine): string {
  const sizes = { rows, columns, categories };
  return AXES.flatMap((other) => (other.axis === axis ? [] : [`${formatValue(sizes[other.axis])} ${other.axis}`])).join(
    ' and ',
  );
}

function seriesOf(
  lines: readonly CostLine[],
  places: ReadonlyMap<string, number>,
  read: (line: CostLine) => number,
): readonly Series[] {
  return [...new Set(lines.map(({ system }) => system))].map((system) => ({
    label: system,
    place: places.get(system) ?? 0,
    points: lines
      .filter((line) => line.system === system)
      .map((line) => [line[line.axis], read(line)] as const)
      .sort(([a], [b]) => a - b),
  }));
}
