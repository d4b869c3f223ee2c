import type { AttackRisk, RunLine, TableLine } from '../../evaluation/benchmark/lines.ts';
import type { ChartRenderer } from '../chart.ts';
import { formatInterval, formatValue } from '../format.ts';
import { type Html, html } from '../html.ts';
import { intervalChart } from '../interval-chart.ts';
import type { BenchFindings } from './bench-page.ts';
import { mainEpsilon, nameForChart, standingsOf } from './places.ts';

const KINDS: readonly { readonly attack: AttackRisk['attack']; readonly title: string; readonly unit: string }[] = [
  { attack: 'membership-auc', title: 'Membership', unit: 'AUC (½ is guessing)' },
  { attack: 'singling-out', title: 'Singling out', unit: 'risk over people not in training' },
  { attack: 'linkability', title: 'Linkability', unit: 'risk over people not in training' },
  { attack: 'inference', title: 'Inference', unit: 'risk over people not in training' },
];

/** What attacks gain: on each table at one budget, systems side by side. */
export function attackSection(found: BenchFindings, charts: ChartRenderer): Html | false {
  const { tables, standings, runs } = found;
  const parts = tables.flatMap((table) => {
    const epsilon = mainEpsilon(standingsOf(standings, table));
    const shown = runs.filter(
      (run) => run.table === table.table && (run.epsilon === epsilon || run.epsilon === 0) && run.attacks.length > 0,
    );
    if (shown.length === 0) return [];
    return [
      html`<h3>${table.table}, epsilon ${epsilon}</h3>${KINDS.map(({ attack, title, unit }) => {
        const rows = rowsOf(shown, attack);
        const words = {
          name: nameForChart('attack', table.table, attack),
          title,
          alternative: `With 95 % intervals of the attack itself. A weak attack proves nothing; only the differential-privacy bound does.`,
        };
        return rows.length === 0 ? false : charts.draw(intervalChart(words, { rows, unit, ...referenceOf(attack) }));
      })}${attackTable(table, shown)}`,
    ];
  });
  return (
    parts.length > 0 &&
    html`<section id="attacks"><h2>Attacks</h2><p>Each attack is tried on people who were in the training rows and on as many who were not; the risk is what it gains on the first. Measured on the first run of each system.</p>${parts}</section>`
  );
}

function referenceOf(attack: AttackRisk['attack']): { readonly reference?: number } {
  return attack === 'membership-auc' ? { reference: 0.5 } : {};
}

function rowsOf(runs: readonly RunLine[], attack: AttackRisk['attack']) {
  return runs.flatMap((run) =>
    run.attacks
      .filter((one) => one.attack === attack)
      .map((one) => ({ label: labelOf(run, one), value: one.value, interval: one.interval, baseline: null })),
  );
}

function labelOf(run: RunLine, { about }: AttackRisk): string {
  return about === undefined ? run.system : `${run.system}, ${about}`;
}

function attackTable(table: TableLine, runs: readonly RunLine[]): Html {
  return html`<details><summary>Every attack on ${table.table}</summary><div class="table-scroll" tabindex="0" role="group" aria-label="Attacks on ${table.table}"><table><thead><tr><th scope="col">System</th><th scope="col">Attack</th><th scope="col" class="number">Value</th><th scope="col">95 % interval</th></tr></thead><tbody>${runs.flatMap(
    (run) =>
      run.attacks.map(
        (one) =>
          html`<tr><th scope="row">${run.system}</th><td>${[one.attack, one.about].filter(Boolean).join(', ')}</td><td class="number">${formatValue(one.value)}</td><td>${formatInterval(one.interval)}</td></tr>`,
      ),
  )}</tbody></table></div></details>`;
}
