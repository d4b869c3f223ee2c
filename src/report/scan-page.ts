import type { KAnonymity } from '../evaluation/scan/k-anonymity.ts';
import type { Finding } from '../evaluation/scan/scan-columns.ts';
import type { TripDrill } from '../evaluation/scan/trip-log.ts';
import { formatInterval, formatValue } from './format.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './page.ts';

/** Stands on every page of a scan. */
export const SCAN_BANNER = 'PRIVATE: computed from real rows without protection. Do not share or publish.';

/** What a scan found and the page shows. */
export interface ScanPage {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly findings: readonly Finding[];
  /** Absent when no quasi-identifier is known. */
  readonly anonymity?: KAnonymity & { readonly keys: readonly string[] };
  /** How telling a few attributes are: share of rows that are unique on random triples of columns. */
  readonly knownAttributes?: {
    readonly triples: number;
    readonly meanUniqueShare: number;
    readonly worst: { readonly columns: readonly string[]; readonly uniqueShare: number };
  };
  readonly trips?: TripDrill & {
    readonly entity: string;
    readonly points: readonly string[];
    readonly reversedShare?: number;
  };
  readonly notes: readonly string[];
}

/** The scan as one self-contained HTML text. **Privacy**: private; says so on every page. */
export function renderScanPage(scan: ScanPage): string {
  const high = scan.findings.filter((finding) => finding.severity === 'high').length;
  return renderPage({
    title: 'Tabveil scan',
    banner: SCAN_BANNER,
    isPrivate: true,
    body: html`<h1>What should not be in this table</h1>
<p class="quiet">${scan.rows.toLocaleString('en-GB')} rows, ${scan.columns.length} columns. ${high} serious findings. No cell is quoted.</p>
${scan.notes.map((note) => html`<p><strong>${note}</strong></p>`)}
<h2>Findings</h2>${scan.findings.length > 0 ? findingTable(scan.findings) : html`<p>Nothing was found. That proves nothing: a scan knows some forms, not all.</p>`}
${scan.anonymity && anonymityPart(scan.anonymity)}
${scan.knownAttributes && attributePart(scan.knownAttributes)}
${scan.trips && tripPart(scan.trips)}`,
  });
}

function findingTable(findings: readonly Finding[]): Html {
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="Findings"><table><thead><tr><th scope="col">Column</th><th scope="col">Severity</th><th scope="col">Finding</th><th scope="col">Advice</th></tr></thead><tbody>${findings.map(
    (finding) =>
      html`<tr><th scope="row">${finding.column}</th><td>${finding.severity}</td><td>${finding.finding}</td><td>${finding.advice}</td></tr>`,
  )}</tbody></table></div>`;
}

function anonymityPart(found: KAnonymity & { readonly keys: readonly string[] }): Html {
  const rows: readonly (readonly [string, string])[] = [
    ['Smallest class (k)', formatValue(found.smallestClass)],
    ['Rows that are alone in their class', formatValue(found.uniqueRows)],
    ['Rows in classes below 5', formatValue(found.rowsInClassesBelow5)],
    ['Rows in classes below 11', formatValue(found.rowsInClassesBelow11)],
    ['Highest prosecutor risk', formatValue(found.highestRisk)],
    ['Average prosecutor risk', formatValue(found.averageRisk)],
    ['Share of rows with a risk above 0.2', formatValue(found.shareAtRisk)],
  ];
  return html`<h2>People who stand out</h2><p>Classes of rows that agree in ${found.keys.join(', ')}: ${formatValue(found.classes)}. Somebody who knows these of a person in the table finds the row with a chance of one over the size of its class.</p><table><tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td class="number">${value}</td></tr>`)}</tbody></table>`;
}

function attributePart(found: NonNullable<ScanPage['knownAttributes']>): Html {
  return html`<h2>Three known attributes</h2><p>Over ${found.triples} random triples of columns, ${formatValue(found.meanUniqueShare)} of the rows are the only ones with their values. The most telling triple is ${found.worst.columns.join(', ')}: ${formatValue(found.worst.uniqueShare)}.</p>`;
}

function tripPart(trips: NonNullable<ScanPage['trips']>): Html {
  const reversed =
    trips.reversedShare === undefined
      ? ''
      : ` Enumeration turned ${formatValue(trips.reversedShare)} of the pseudonyms back into plain values.`;
  return html`<h2>A few known trips</h2><p>Pseudonyms in ${trips.entity}, points from ${trips.points.join(', ')} (times to the hour, decimals to 0.01): ${formatValue(trips.entities)} people, ${formatValue(trips.distinctPoints)} points. Somebody saw a few random trips of a person and looks for whom they fit. Who is found gives away ${formatValue(trips.exposedRows)} more rows on average.${reversed}</p>
<div class="table-scroll" tabindex="0" role="group" aria-label="A few known trips"><table><thead><tr><th scope="col" class="number">Known points</th><th scope="col" class="number">People tried</th><th scope="col" class="number">Share found</th><th scope="col">95 % interval</th></tr></thead><tbody>${trips.knowledge.map(
    (known) =>
      html`<tr><th scope="row" class="number">${known.points}</th><td class="number">${known.tried}</td><td class="number">${formatValue(known.share)}</td><td>${formatInterval(known.interval)}</td></tr>`,
  )}</tbody></table></div>`;
}
