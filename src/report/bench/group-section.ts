import type { GroupFidelity, RunLine, TableLine } from '../../evaluation/benchmark/lines.ts';
import type { ChartRenderer } from '../chart.ts';
import { type Html, html } from '../html.ts';
import type { BenchFindings } from './bench-page.ts';
import { mainEpsilon, nameForChart, orderSystems, standingsOf } from './places.ts';
import { type Series, seriesChart } from './series-chart.ts';

/** Groups with at most this many levels are drawn; a picture of fifty groups says nothing. */
const MOST_GROUPS = 16;

/** Fidelity within groups of people: whom noise hits hardest. */
export function groupSection(found: BenchFindings, charts: ChartRenderer): Html | false {
  const { tables, standings, runs } = found;
  const places = orderSystems(runs);
  const pictures = tables.flatMap((table) => {
    const epsilon = mainEpsilon(standingsOf(standings, table));
    const shown = runs.filter((run) => run.table === table.table && (run.epsilon === epsilon || run.epsilon === 0));
    const columns = [...new Set(shown.flatMap((run) => run.groups.map(({ column }) => column)))];
    return columns.flatMap((column) => groupChart(table, shown, { column, epsilon, places }));
  });
  return (
    pictures.length > 0 &&
    html`<section id="groups"><h2>Groups of people</h2><p>NIST grouped k-marginal score within each group (1000 is perfect). Small groups score lower by sampling alone: read them next to the held-out rows of the same group.</p><div class="grid">${pictures.map((chart) => charts.draw(chart))}</div></section>`
  );
}

function groupChart(
  table: TableLine,
  runs: readonly RunLine[],
  options: {
    readonly column: string;
    readonly epsilon: number | undefined;
    readonly places: ReadonlyMap<string, number>;
  },
) {
  const { column, epsilon, places } = options;
  const ofColumn = (run: RunLine) => run.groups.filter((group) => group.column === column);
  const groups = [...new Set(runs.flatMap((run) => ofColumn(run).map(({ group }) => group)))];
  if (groups.length < 2 || groups.length > MOST_GROUPS) return [];
  const systems = [...places].filter(([system]) => runs.some((run) => run.system === system));
  const series = systems.map(([system, place]): Series => {
    const own = runs.filter((run) => run.system === system).flatMap(ofColumn);
    return { label: system, place, points: meansByGroup(own, groups, ({ score }) => score) };
  });
  const heldOut: Series = {
    label: 'held-out rows',
    place: 0,
    isReference: true,
    points: meansByGroup(runs.flatMap(ofColumn), groups, (group) => group.heldOut),
  };
  return [
    seriesChart(
      {
        name: nameForChart('group', table.table, column),
        title: `${table.table} by ${column}, epsilon ${epsilon}`,
        alternative: `Score of ${groups.length} groups for ${series.map(({ label }) => label).join(', ')}, and of the held-out rows.`,
      },
      {
        series: [heldOut, ...series],
        x: { name: '', type: 'category', categories: groups },
        y: { name: 'score', type: 'value' },
        isLine: false,
        width: 420,
      },
    ),
  ];
}

function meansByGroup(
  found: readonly GroupFidelity[],
  groups: readonly string[],
  read: (group: GroupFidelity) => number | null,
): Series['points'] {
  return groups.flatMap((group) => {
    const values = found.filter((one) => one.group === group).flatMap((one) => read(one) ?? []);
    return values.length === 0 ? [] : [[group, values.reduce((sum, value) => sum + value, 0) / values.length] as const];
  });
}
