import type { AuditFinding } from '../privacy/audit/audit.ts';
import { type Chart, openChartRenderer } from './chart.ts';
import { rateChart } from './charts.ts';
import { formatValue } from './format.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './page.ts';

/** Stands above the page. */
export const AUDIT_BANNER = 'Audit on made-up tables: this page holds nothing private.';

/** The audit as one self-contained page: verdicts, proven lower bounds next to the claims, and trade-off curves. */
export async function renderAuditPage(findings: readonly AuditFinding[]): Promise<string> {
  const charts = await openChartRenderer();
  const violated = findings.filter(({ verdict }) => verdict === 'violated');
  return renderPage({
    title: 'Privacy audit',
    banner: AUDIT_BANNER,
    isPrivate: false,
    body: html`<h1>Privacy audit</h1>
<div class="verdict ${violated.length > 0 ? 'HOLD' : 'RELEASE'}"><strong class="word">${
      violated.length > 0 ? `${violated.length} of ${findings.length} claims refuted` : 'No claim refuted'
    }</strong><p>${findings.length > 0 && effortWords(findings)} A lower bound below the claim does not prove the claim; one above it refutes it.</p></div>
${summaryTable(findings)}
<p class="quiet">Epsilon and delta are those of differential privacy. Mu measures a nearly Gaussian leak: the two tables are as hard to tell apart as two normal distributions of variance 1 whose means differ by mu. The expected proof is what the audit would show if the whole claim were used up; a leak of the size in the next column would be noticed.</p>
<h2>Trade-off curves</h2>
<p>How well the best test tells a table with one unit from the same table without it: false alarms across, misses up. Everything on or above the claimed curve is allowed; a measured curve below it, beyond chance, refutes the claim.</p>
<div class="grid">${findings.map((finding, index) => charts.draw(tradeOffChart(finding, index)))}</div>
<h2>Every guarantee</h2>${findings.map(guaranteeTable)}`,
  });
}

function effortWords(findings: readonly AuditFinding[]): string {
  const most = Math.max(...findings.map(({ runsPerSide }) => runsPerSide));
  const runs = most > 1 ? `Up to ${formatValue(most)} runs with the unit and as many without; each` : 'Each';
  return `${runs} claim is wrongly refuted with probability at most ${findings[0]?.alpha}.`;
}

/** What an attacker guessed in one run, after the words about the setting. */
function guessWords({ canaries: found }: Pick<AuditFinding, 'canaries'>): string {
  return found ? `; ${found.correct} of ${found.guesses} guesses were right` : '';
}

function summaryTable(findings: readonly AuditFinding[]): Html {
  const caption = 'Claimed and proven size of each leak';
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr><th scope="col">What</th><th scope="col">Setting</th><th scope="col">Verdict</th><th scope="col">Quantity</th><th scope="col" class="number">Claimed</th><th scope="col" class="number">Proven at least</th><th scope="col" class="number">Expected proof</th><th scope="col" class="number">Would notice from</th><th scope="col" class="number">Runs</th></tr></thead><tbody>${findings.map(
    ({ name, setting, verdict, proof, runsPerSide, ...finding }) =>
      html`<tr><th scope="row">${name}</th><td class="quiet">${setting}${guessWords(finding)}</td><td>${verdict}</td><td>${proof.quantity}</td><td class="number">${formatValue(proof.claimed)}</td><td class="number">${formatValue(proof.lowerBound)}</td><td class="number">${formatValue(proof.expectedLowerBound)}</td><td class="number">${formatValue(proof.smallestDetected)}</td><td class="number">${formatValue(runsPerSide)}</td></tr>`,
  )}</tbody></table></div>`;
}

function tradeOffChart({ name, curve, proof }: AuditFinding, index: number): Chart {
  const points = (rates: AuditFinding['curve']['claimed']) =>
    rates.map(({ falsePositive, truePositive }) => [falsePositive, 1 - truePositive] as const);
  return rateChart(
    {
      name: `trade-off-${index}`,
      title: name,
      alternative: `The claim allows ${proof.quantity} ${formatValue(proof.claimed)}; the runs prove at least ${formatValue(proof.lowerBound)}.`,
    },
    {
      xName: 'false alarms',
      yName: 'misses',
      series: [
        { role: 'real', label: 'claimed', points: points(curve.claimed) },
        { role: 'synthetic', label: 'measured', points: points(curve.measured) },
      ],
    },
  );
}

function guaranteeTable({ name, bounds }: AuditFinding): Html {
  return html`<details><summary>${name}</summary><table><thead><tr><th scope="col" class="number">delta</th><th scope="col" class="number">epsilon claimed</th><th scope="col" class="number">epsilon proven to be needed</th></tr></thead><tbody>${bounds.map(
    ({ delta, epsilon, epsilonLowerBound }) =>
      html`<tr><td class="number">${delta.toPrecision(3)}</td><td class="number">${formatValue(epsilon)}</td><td class="number">${formatValue(epsilonLowerBound)}</td></tr>`,
  )}</tbody></table></details>`;
}
