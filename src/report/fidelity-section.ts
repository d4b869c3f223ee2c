import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { Metric } from '../evaluation/metric.ts';
import type { ColumnProfile } from '../evaluation/profile.ts';
import type { ChartRenderer } from './chart.ts';
import { type BarSeries, barChart, distributionChart, heatMap, scatterChart } from './charts.ts';
import { type Html, html } from './html.ts';
import { findMetrics, titleOf } from './metric-query.ts';
import { metricCard, metricTable } from './metric-table.ts';

/** Bars of a column picture beyond this number are cut off, in bin order. */
const MAX_BARS = 60;

/** Fidelity: distances per column and pair as pictures and tables. */
export function fidelitySection(result: EvaluationResult, charts: ChartRenderer): Html {
  const columns = worstFirst(result.metrics.filter((m) => m.id === 'marginal-tvd-1' && m.scope && 'column' in m.scope));
  const pairs = worstFirst(result.metrics.filter((m) => m.id === 'marginal-tvd-2' && m.scope && 'columns' in m.scope));
  return html`<section id="fidelity"><h2>Fidelity</h2>
<p>How close the synthetic table is to the real one. Distances are total variation distances on the schema's bins: 0 is equal, 1 is disjoint. The holdout column is the same number for real rows that were kept apart: it is what a perfect table of that size would get.</p>
<ul class="cards">${CARDS.flatMap((id) => findMetrics(result, id, { kind: 'whole' })).map((metric) => metricCard(titleOf(metric), metric))}</ul>
${columns.length > 0 && charts.draw(columnDistances(columns))}
${pairs.length > 0 && charts.draw(pairMap('pair-distance', 'Distance of every pair of columns', pairs, result.columns))}
${associationMap(result, charts)}
${projectionPicture(result, charts)}
<h3>Worst pairs</h3>${metricTable('The twenty pairs of columns that differ most', pairs.slice(0, 20))}
<details><summary>Every column</summary>${metricTable('One-way distances, worst first', columns)}</details>
<h3>Columns</h3><div class="grid">${result.profiles.map((profile, index) => charts.draw(profileChart(profile, index)))}</div></section>`;
}

/** Whole-table numbers that open the section. */
const CARDS = [
  'marginal-tvd-1',
  'marginal-tvd-2',
  'marginal-tvd-3',
  'k-marginal',
  'like-subsample',
  'discriminator-auc',
  'pmse-ratio',
  'ks-complement',
  'tv-complement',
  'range-coverage',
  'category-coverage',
  'missing-pattern-tvd',
] as const;

function projectionPicture(result: EvaluationResult, charts: ChartRenderer): Html | false {
  const series = (['real', 'holdout', 'synthetic'] as const).flatMap((role) => {
    const points = result.projection[role];
    return points ? [{ role, points }] : [];
  });
  return (
    series.length > 0 &&
    charts.draw(
      scatterChart(
        {
          name: 'projection',
          title: 'Main directions of the real table',
          alternative:
            'A sample of the rows of each table on the two directions in which the real rows vary most. Clouds that cover each other are a good sign, not a proof.',
        },
        series,
      ),
    )
  );
}

function worstFirst(metrics: readonly Metric[]): readonly Metric[] {
  return [...metrics].sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
}

function columnDistances(columns: readonly Metric[]) {
  const labels = columns.map((metric) => (metric.scope && 'column' in metric.scope ? metric.scope.column : ''));
  const synthetic: BarSeries = { role: 'synthetic', label: 'synthetic', values: columns.map((metric) => metric.value) };
  const holdout: BarSeries = { role: 'holdout', label: 'holdout', values: columns.map((metric) => metric.baseline) };
  const hasHoldout = columns.some((metric) => metric.baseline !== null);
  return barChart(
    {
      name: 'column-distance',
      title: 'Distance of every column',
      alternative: `Total variation distance to the real column, worst first; the worst is ${labels[0]}. The table below holds the numbers.`,
    },
    { labels, series: hasHoldout ? [synthetic, holdout] : [synthetic], unit: 'total variation distance (0 to 1)' },
  );
}

function pairMap(name: string, title: string, pairs: readonly Metric[], columns: readonly string[]) {
  const position = new Map(columns.map((column, index) => [column, index]));
  const cells = pairs.flatMap((metric): (readonly [number, number, number])[] => {
    if (!metric.scope || !('columns' in metric.scope)) return [];
    const [a = 0, b = 0] = metric.scope.columns.map((column) => position.get(column) ?? 0);
    return [
      [a, b, metric.value ?? 0],
      [b, a, metric.value ?? 0],
    ];
  });
  const worst = pairs[0];
  const words =
    worst?.scope && 'columns' in worst.scope
      ? `${worst.scope.columns.join(' with ')} (${worst.value?.toFixed(3)})`
      : '';
  return heatMap(
    { name, title, alternative: `Darker is farther from the real table; the darkest cell is ${words}.` },
    { labels: columns, cells, unit: 'distance' },
  );
}

function associationMap(result: EvaluationResult, charts: ChartRenderer): Html | false {
  const pairs = worstFirst(
    result.metrics.filter((m) => m.id === 'cramers-v-difference' && m.scope && 'columns' in m.scope),
  );
  return pairs.length > 0 && charts.draw(pairMap('association', "Difference of Cramér's V", pairs, result.columns));
}

function profileChart(profile: ColumnProfile, index: number) {
  const series = (['real', 'synthetic', 'holdout'] as const).flatMap((role): BarSeries[] => {
    const values = profile.shares[role];
    return values ? [{ role, label: role, values: values.slice(0, MAX_BARS) }] : [];
  });
  const cut = profile.labels.length > MAX_BARS ? ` The first ${MAX_BARS} of ${profile.labels.length} bins.` : '';
  return distributionChart(
    { name: `column-${index}`, title: profile.column, alternative: `Share of rows per bin in each table.${cut}` },
    { labels: profile.labels.slice(0, MAX_BARS), series },
  );
}
