import { TabveilError } from '../errors.ts';
import type { ModelErrorBars } from '../evaluation/error-bars.ts';
import type { RankCorrelations } from '../evaluation/fidelity/rank-correlations.ts';
import type { Metric } from '../evaluation/metric.ts';
import { nameOf, nameScope } from '../evaluation/metric-name.ts';
import type { ColumnProfile } from '../evaluation/profile.ts';
import type { Claim } from '../evaluation/verdict/verdict.ts';
import { type ChartRenderer, openChartRenderer } from './chart.ts';
import { distributionChart } from './charts.ts';
import { correlationMap } from './correlation-map.ts';
import { errorBarsPart } from './error-bars-part.ts';
import { formatInterval, formatValue } from './format.ts';
import { describeGuarantee } from './guarantee.ts';
import { type Html, html } from './html.ts';
import { criticismOf, titleOf } from './metric-query.ts';
import { renderPage } from './page.ts';

/** A number that may leave: measured on the synthetic table alone, or paid for. */
export type ReleasableMetric = Metric<'synthetic-only' | 'dp'>;

/** What one protected table paid for the numbers of a report. */
export interface Payment {
  /** `training` or `holdout`. */
  readonly table: string;
  /** Random id of the dataset's ledger and of its entry. */
  readonly dataset: string;
  readonly entry: string;
  readonly epsilon: number;
  readonly delta: number;
  /** What was bought, in words. */
  readonly purposes: readonly string[];
}

/** Everything a releasable report shows: nothing that is a function of unprotected rows has a place in it. */
export interface ReleasableReport {
  readonly format: 'tabveil-releasable-report';
  readonly version: 1;
  /** Guarantee of the model that made the table, from its certificate. */
  readonly claim?: Claim;
  readonly payments: readonly Payment[];
  readonly metrics: readonly ReleasableMetric[];
  /** What the model behind bought accuracy and fairness decides, in words; absent when they were not bought. */
  readonly question?: string;
  /** What was to be bought and cannot be, one sentence each. */
  readonly omitted?: readonly string[];
  readonly synthetic: {
    readonly rows: number;
    readonly sha256: string;
    /** Distributions in the synthetic table, on public bins; other tables have no place here. */
    readonly profiles: readonly ColumnProfile[];
    /** Rank correlations between ordered columns of the synthetic table; absent when fewer than two have an order. */
    readonly correlations?: RankCorrelations;
  };
  /** Error bars that the model states of itself, from its released values alone; absent without the model. */
  readonly errorBars?: ModelErrorBars;
  /** Public columns that were measured; the others have a domain that is not public. */
  readonly columns: readonly string[];
  readonly software: string;
  readonly day: string;
}

/**
 * Refuses a report that holds a private number or the profile of another table than the synthetic one. Types forbid it too;
 * this guards against values that came through files or casts.
 * @throws TabveilError (bug).
 */
export function requireReleasable(report: ReleasableReport): void {
  const metric = report.metrics.find(
    ({ provenance }: Metric) => provenance !== 'dp' && provenance !== 'synthetic-only',
  );
  if (metric) throw refuse(`${nameOf(metric)} is private`);
  const compared = report.metrics.find(({ baseline }) => baseline !== null);
  if (compared) throw refuse(`${nameOf(compared)} stands beside the same number of a private table`);
  const profile = report.synthetic.profiles.find(({ shares }) =>
    Object.keys(shares).some((role) => role !== 'synthetic'),
  );
  if (profile) throw refuse(`the profile of "${profile.column}" shows a private table`);
  if ('private' in report) throw refuse('it is marked as private');
}

function refuse(what: string): TabveilError {
  return new TabveilError(
    'bug',
    'report.private-value',
    `releasable report: ${what}; only synthetic-only, public and paid values may be shown.`,
  );
}

/**
 * The releasable report as one self-contained HTML text.
 * **Privacy**: holds public, synthetic-only and paid values; refuses anything else.
 * @throws TabveilError (bug) for a private value.
 */
export async function renderReleasableReport(report: ReleasableReport): Promise<string> {
  requireReleasable(report);
  const charts = await openChartRenderer();
  return renderPage({
    title: 'Synthetic table: report for release',
    banner: 'For release: made from the synthetic table, public facts and numbers paid for with privacy budget.',
    isPrivate: false,
    body: html`<h1>About this synthetic table</h1>
<p class="quiet">${report.synthetic.rows.toLocaleString('en-GB')} synthetic rows, ${report.columns.length} public columns. Made with Tabveil ${report.software} on ${report.day}.</p>
${guaranteePart(report)}${numberPart(report)}${errorBarsPart(report.errorBars, charts)}${paymentPart(report)}${limitPart()}${correlationPart(report, charts)}${profilePart(report, charts)}
<h2>Identity of the table</h2><p>SHA-256 <code>${report.synthetic.sha256}</code></p>`,
  });
}

/**
 * The releasable report as JSON text.
 * @throws TabveilError (bug) for a private value.
 */
export function renderReleasableJson(report: ReleasableReport): string {
  requireReleasable(report);
  return `${JSON.stringify(report, null, 2)}\n`;
}

function guaranteePart({ claim }: ReleasableReport): Html {
  if (!claim)
    return html`<h2>Guarantee</h2><p>No certificate came with this table. Nothing is promised about the people behind it.</p>`;
  return html`<h2>Guarantee</h2><p>${describeGuarantee(claim)} What follows from facts about the population is not hidden.</p>`;
}

function numberPart({ metrics, question, omitted = [] }: ReleasableReport): Html {
  const bought = metrics.filter(({ provenance }) => provenance === 'dp');
  const own = metrics.filter(({ provenance }) => provenance === 'synthetic-only');
  const quality =
    bought.length === 0
      ? html`<p>No quality numbers were bought. Exact scores computed on real rows would leak them, so there are none here.</p>`
      : html`<p>Every number below carries noise that hides any one person. Intervals cover that noise.${question !== undefined && html` Accuracy and fairness are those of a logistic model that was trained on the synthetic table and decides whether <strong>${question}</strong>, tested on people who were not in training.`}</p>${numberTable('Quality', '95 % interval (noise)', bought)}`;
  return html`<h2>Quality</h2>${quality}${omitted.map((sentence) => html`<p>${sentence}</p>`)}${
    own.length > 0 &&
    html`<h3>The synthetic table by itself</h3><p>From the synthetic rows and the public schema alone: these numbers cost nothing and do not say how near the table is to the real people. Intervals tell how far another table drawn from the same model might be.</p>${numberTable('The synthetic table by itself', '95 % interval (drawing)', own)}`
  }`;
}

function numberTable(caption: string, interval: string, metrics: readonly ReleasableMetric[]): Html {
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="${caption}"><table><thead><tr><th scope="col">Number</th><th scope="col">About</th><th scope="col" class="number">Value</th><th scope="col">${interval}</th><th scope="col">What it misses</th></tr></thead><tbody>${metrics.map(
    (metric) =>
      html`<tr><th scope="row">${titleOf(metric)}</th><td>${nameScope(metric.scope)}</td><td class="number">${metric.value === null ? metric.note : formatValue(metric.value)}</td><td>${formatInterval(metric.interval)}</td><td>${criticismOf(metric.id)}</td></tr>`,
  )}</tbody></table></div>`;
}

function paymentPart({ payments }: ReleasableReport): Html | false {
  return (
    payments.length > 0 &&
    html`<h2>What the numbers cost</h2><p>They were paid for from the ledgers of the protected tables, on top of the guarantee above. If the same person could be in both tables, add the two costs.</p>
<div class="table-scroll" tabindex="0" role="group" aria-label="Payments"><table><thead><tr><th scope="col">Table</th><th scope="col" class="number">Epsilon</th><th scope="col">Bought</th><th scope="col">Ledger and entry</th></tr></thead><tbody>${payments.map(
      (payment) =>
        html`<tr><th scope="row">${payment.table}</th><td class="number">${payment.epsilon}</td><td>${payment.purposes.join(', ')}</td><td><code>${payment.dataset}</code> <code>${payment.entry}</code></td></tr>`,
    )}</tbody></table></div>`
  );
}

function limitPart(): Html {
  return html`<h2>What this report does not say</h2><ul>
<li>How attacks fared: attack results are functions of real rows and stay in the internal dossier.</li>
<li>Whether the table fits your purpose: fairness and accuracy are shown for one model and one target.</li>
<li>Anything about columns whose domain is not public.</li></ul>`;
}

function correlationPart({ synthetic }: ReleasableReport, charts: ChartRenderer): Html | false {
  return (
    synthetic.correlations !== undefined &&
    html`<h2>How columns of the synthetic table go together</h2><p>Spearman correlations of numbers, dates, ordered categories and columns of two categories, over synthetic rows that have both values. They show what is in this table, not how near it is to the protected one.</p>
<div class="grid pairs">${charts.draw(correlationMap({ name: 'correlations', title: 'Rank correlations in the synthetic table', what: 'Rank correlations' }, synthetic.correlations))}</div>`
  );
}

function profilePart({ synthetic }: ReleasableReport, charts: ChartRenderer): Html {
  return html`<h2>The synthetic table, column by column</h2><div class="grid">${synthetic.profiles.map(
    (profile, index) =>
      charts.draw(
        distributionChart(
          { name: `column-${index}`, title: profile.column, alternative: 'Share of synthetic rows per bin.' },
          {
            labels: profile.labels,
            series: [{ role: 'synthetic', label: 'synthetic', values: profile.shares.synthetic ?? [] }],
          },
        ),
      ),
  )}</div>`;
}
