import type { MeasuredCorrelations, ModelErrorBars } from '../evaluation/error-bars.ts';
import type { ChartRenderer } from './chart.ts';
import { correlationMap } from './correlation-map.ts';
import { formatValue } from './format.ts';
import { type Html, html } from './html.ts';

/** Marginals with the largest expected error that are shown; the JSON holds all. */
const MAX_MARGINALS = 30;

/** A correlation that may be anything is none. */
function withoutUnknown({ columns, values, errors }: MeasuredCorrelations) {
  const isKnown = (row: number, column: number) => (errors[row]?.[column] ?? 1) < 1;
  return {
    columns,
    errors,
    values: values.map((line, row) => line.map((value, at) => (isKnown(row, at) ? value : null))),
  };
}

/** What the model measured and with how much noise: a table, and for models that know them correlations with error bars. */
export function errorBarsPart(
  errorBars: ModelErrorBars | undefined,
  charts: ChartRenderer,
  heading: (text: string) => Html = (text) => html`<h2>${text}</h2>`,
): Html | false {
  if (!errorBars || errorBars.marginals.length === 0) return false;
  const worst = errorBars.marginals.toSorted((a, b) => b.distance - a.distance);
  const share = (sigmaRows: number) => formatValue((196 * sigmaRows) / Math.max(1, errorBars.rows));
  const caption =
    worst.length > MAX_MARGINALS
      ? `The ${MAX_MARGINALS} least exact of ${worst.length} measured marginals`
      : 'Measured marginals, least exact first';
  return html`${heading('How exact the model is')}<p>What the model measured of the protected table (how often each value, or each pair of values, occurs), with the noise it put on each: a part of the model that costs nothing more. The model was made from about ${formatValue(errorBars.rows)} rows. Relations that were not measured may be farther off, and the rows drawn from the model add their own sampling error.</p>
<div class="table-scroll" tabindex="0" role="group" aria-label="How exact the model is"><table><caption>${caption}</caption><thead><tr><th scope="col">Columns</th><th scope="col" class="number">Distance from noise, at most (0 to 1)</th><th scope="col" class="number">95 % error of a share, percentage points</th><th scope="col" class="number">Cells that may be noise alone</th></tr></thead><tbody>${worst
    .slice(0, MAX_MARGINALS)
    .map(
      (bar) =>
        html`<tr><th scope="row">${bar.columns.join(' × ')}</th><td class="number">${formatValue(bar.distance)}</td><td class="number">± ${share(bar.sigmaRows)}</td><td class="number">${bar.noiseOnly} of ${bar.cells}</td></tr>`,
    )}</tbody></table></div>${
    errorBars.correlations !== undefined &&
    charts.draw(
      correlationMap(
        {
          name: 'measured-correlations',
          title: 'Correlations that the model measured, ± standard error',
          what: 'How columns go together in the model (correlations of the normal variables behind them; white where it knows nothing)',
        },
        withoutUnknown(errorBars.correlations),
      ),
    )
  }`;
}
