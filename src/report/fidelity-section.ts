import type { ModelErrorBars } from '../evaluation/error-bars.ts';
import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { Metric } from '../evaluation/metric.ts';
import type { ColumnProfile } from '../evaluation/profile.ts';
import type { ChartRenderer } from './chart.ts';
import { type BarSeries, barChart, distributionChart, heatMap, scatterChart } from './charts.ts';
import { errorBarsPart } from './error-bars-part.ts';
import { formatValue } from './format.ts';
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
${
  pairs.length > 0 &&
  charts.draw(
    pairMap(pairs, result.columns, {
      name: 'pair-distance',
      title: 'Distance of every pair of columns (total variation)',
      meaning: 'the farther from the real table',
      read: (metric) => metric.value,
      ...(result.errorBars && { maximum: largestDistance(result.errorBars, pairs) }),
    }),
  )
}
${noiseMap(result, pairs, charts)}
${associationMaps(result, charts)}
${projectionPicture(result, charts)}
<h3>Worst pairs</h3>${metricTable('The twenty pairs of columns that differ most', pairs.slice(0, 20), noiseColumn(result))}
${errorBarsPart(result.errorBars, charts, (text) => html`<h3>${text}</h3>`)}
<details><summary>Every column</summary>${metricTable('One-way distances, worst first', columns)}</details>
${declaredPart(result)}
<h3>Columns</h3><div class="grid">${result.profiles.map((profile, index) => charts.draw(profileChart(profile, index)))}</div></section>`;
}

/** What the synthetic table says of itself: the only numbers of this document that may leave it. */
function declaredPart(result: EvaluationResult): Html | false {
  const members = ['declared-boundary-adherence', 'declared-category-adherence'].flatMap((id) =>
    findMetrics(result, id, { kind: 'column' }),
  );
  return (
    members.length > 0 &&
    html`<details><summary>Against the public schema</summary>${metricTable('Share of synthetic values that the schema allows, from the synthetic table alone', worstFirst(members).toReversed())}</details>`
  );
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

/** A number of a pair for a heat map. */
type ReadPair = (metric: Metric) => number | null;

/** What a heat map of pairs shows. */
interface PairMap {
  readonly name: string;
  readonly title: string;
  /** What a strong colour means. */
  readonly meaning: string;
  readonly read: ReadPair;
  /** Value of the full colour; the largest one by default. */
  readonly maximum?: number;
}

function pairMap(pairs: readonly Metric[], columns: readonly string[], map: PairMap) {
  const position = new Map(columns.map((column, index) => [column, index]));
  const known = pairs.flatMap((metric) => {
    const value = map.read(metric);
    return value !== null && metric.scope && 'columns' in metric.scope ? [{ names: metric.scope.columns, value }] : [];
  });
  const cells = known.flatMap(({ names, value }): (readonly [number, number, number])[] => {
    const [a = 0, b = 0] = names.map((column) => position.get(column) ?? 0);
    return [
      [a, b, value],
      [b, a, value],
    ];
  });
  const largest = known.reduce((a, b) => (b.value > a.value ? b : a), { names: [] as readonly string[], value: 0 });
  const full = map.maximum ?? largest.value;
  const alternative = `The stronger the colour, ${map.meaning}: from 0 (faint) to ${formatValue(full)} (full). The largest is ${formatValue(largest.value)}${largest.names.length > 0 ? `: ${largest.names.join(' with ')}` : ''}.`;
  return heatMap(
    { name: map.name, title: map.title, alternative },
    { labels: columns, cells, ...(map.maximum !== undefined && { maximum: map.maximum }) },
  );
}

/** One scale for the map of distances and that of noise, so that the two can be held against each other. */
function largestDistance({ marginals }: ModelErrorBars, distances: readonly Metric[]): number {
  const noise = marginals.flatMap(({ columns, distance }) => (columns.length === 2 ? [distance] : []));
  return Math.max(...distances.map(({ value }) => value ?? 0), ...noise);
}

/** Distance that the noise of the model makes of each pair it measured: what privacy costs, beside what the table shows. */
function noiseMap(
  { errorBars, columns }: EvaluationResult,
  distances: readonly Metric[],
  charts: ChartRenderer,
): Html | false {
  const pairs = (errorBars?.marginals ?? []).filter((marginal) => marginal.columns.length === 2);
  const position = new Map(columns.map((column, index) => [column, index]));
  const cells = pairs.flatMap(({ columns: names, distance }): (readonly [number, number, number])[] => {
    const [a, b] = names.map((name) => position.get(name));
    return a === undefined || b === undefined
      ? []
      : [
          [a, b, distance],
          [b, a, distance],
        ];
  });
  const maximum = errorBars === undefined ? 0 : largestDistance(errorBars, distances);
  return (
    cells.length > 0 &&
    charts.draw(
      heatMap(
        {
          name: 'pair-noise',
          title: 'What the noise of the model explains of it, at most',
          alternative: `The error bars of the model itself: from 0 (faint) to ${formatValue(maximum)} (full). Where the map of distances is no darker than this one, noise may explain the distance; pairs left white were not measured and follow from others.`,
        },
        { labels: columns, cells, maximum },
      ),
    )
  );
}

/** What the model's noise explains of a pair's distance, beside it. */
function noiseColumn({ errorBars }: EvaluationResult): Parameters<typeof metricTable>[2] {
  if (!errorBars) return {};
  const byPair = new Map(errorBars.marginals.map(({ columns, distance }) => [pairKey(columns), distance]));
  const read = ({ scope }: Metric) => {
    const distance = scope && 'columns' in scope ? byPair.get(pairKey(scope.columns)) : undefined;
    return distance === undefined ? 'not measured' : formatValue(distance);
  };
  return { extra: { title: 'From noise, at most', read } };
}

const pairKey = (columns: readonly string[]) => JSON.stringify(columns.toSorted());

/** Strength of every pair in both tables, their difference, and the difference of rank correlations of numbers. */
function associationMaps(result: EvaluationResult, charts: ChartRenderer): Html | false {
  const pairs = worstFirst(pairsOf(result, 'cramers-v-difference'));
  const ranks = pairsOf(result, 'correlation-similarity').filter((metric) => metric.variant === 'spearman');
  const names = [...new Set(ranks.flatMap(({ scope }) => (scope && 'columns' in scope ? scope.columns : [])))];
  const strength = (role: 'real' | 'synthetic'): PairMap => ({
    name: `association-${role}`,
    title: `Cramér's V in the ${role} table`,
    meaning: 'the more the two columns tell about each other',
    read: (metric) => Number(metric.details?.[role] ?? 0),
    maximum: 1,
  });
  return (
    pairs.length > 0 &&
    html`<h3>Associations</h3><div class="grid pairs">${(['real', 'synthetic'] as const).map((role) => charts.draw(pairMap(pairs, result.columns, strength(role))))}${charts.draw(
      pairMap(pairs, result.columns, {
        name: 'association',
        title: "Difference of Cramér's V",
        meaning: 'the farther from the real table',
        read: (metric) => metric.value,
      }),
    )}${
      ranks.length > 0 &&
      charts.draw(
        pairMap(
          ranks,
          result.columns.filter((column) => names.includes(column)),
          {
            name: 'rank-correlation',
            title: 'Difference of rank correlations (Spearman)',
            meaning: 'the farther from the real table',
            // The similarity is 1 − half the difference.
            read: (metric) => (metric.value === null ? null : 2 * (1 - metric.value)),
          },
        ),
      )
    }</div>`
  );
}

function pairsOf(result: EvaluationResult, id: string): readonly Metric[] {
  return result.metrics.filter((metric) => metric.id === id && metric.scope && 'columns' in metric.scope);
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
