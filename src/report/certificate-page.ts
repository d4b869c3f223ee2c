import { formatRational, parseRational, rationalToNumber } from '../math/rational.ts';
import { eventCount, eventRho } from '../privacy/accounting/costs/event-cost.ts';
import { householdRisk, type MembershipRisk } from '../privacy/accounting/membership-risk.ts';
import type { Certificate } from '../privacy/certificate.ts';
import type { PrivacyEvent } from '../privacy/events.ts';
import { describeUnit, OUTSIDE_THE_GUARANTEE } from '../privacy/statement.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './page.ts';

/** A certificate that has been verified, with what was recomputed. */
export interface VerifiedCertificate {
  readonly certificate: Certificate;
  readonly accountedEpsilon: number;
  readonly accountant: string;
  readonly signature: 'trusted' | 'unchecked' | 'none';
  readonly keyId?: string;
}

/** Size of the household shown beside one unit. */
const HOUSEHOLD = 4;

/** Share of non-members an attack may accuse in the officer's reading. */
const FALSE_POSITIVE_RATE = 0.01;

/** Lists longer than this are folded. */
const LONG_LIST = 20;

/**
 * The certificate as a self-contained page for an officer: who is protected, what was promised and what that means, what was
 * spent, what was public, what is not covered, file hashes, and a block to sign.
 *
 * **Privacy**: holds the certificate's content only, which is public.
 */
export function certificatePage(verified: VerifiedCertificate): string {
  const { certificate } = verified;
  return renderPage({
    title: `Privacy certificate: ${certificate.synthesizer} model, ${certificate.day}`,
    banner: `Recomputed from its events by tabveil verify. This page holds nothing private.`,
    isPrivate: false,
    body: html`
<h1>Privacy certificate</h1>
${renderPromise(verified)}
${renderMeaning(verified)}
${renderEvents(certificate)}
${renderPublicInputs(certificate)}
${renderLimits()}
${renderFiles(certificate)}
${renderSignatures(verified)}`,
  });
}

function renderPromise({ certificate, accountedEpsilon, accountant }: VerifiedCertificate): Html {
  const facts: readonly (readonly [string, string | Html])[] = [
    ['Who is protected', `${describeUnit(certificate.unit)} of the training table, added or removed`],
    ['What is promised', `differential privacy with epsilon ${certificate.epsilon}, delta ${certificate.delta}`],
    [
      'What the events cost',
      `epsilon ${shown(accountedEpsilon)} at delta ${certificate.delta} (accountant: ${accountant})`,
    ],
    ['Model', certificate.synthesizer],
    ['Trained', `${certificate.day} with ${certificate.software}`],
    ['Dataset', html`<code>${certificate.ledger.dataset}</code> (a random number; the ledger has the same)`],
    ['Ledger entry', html`<code>${certificate.ledger.entry}</code>`],
  ];
  return html`<h2>What is promised</h2>
<table><tbody>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

function renderMeaning({ certificate, accountedEpsilon }: VerifiedCertificate): Html {
  const events = certificate.events.map(({ event }) => event);
  const risks = [1, HOUSEHOLD].map((people) =>
    householdRisk(events, { delta: certificate.delta, people, falsePositiveRate: FALSE_POSITIVE_RATE }),
  );
  const who = ({ people }: MembershipRisk) =>
    people === 1 ? 'one unit' : `${people} units that act as one (a household)`;
  // The recomputed cost is the tightest there is for one unit.
  const epsilonOf = ({ people, epsilon }: MembershipRisk) => (people === 1 ? accountedEpsilon : epsilon);
  const shownEpsilon = (risk: MembershipRisk) =>
    `${roundUp(epsilonOf(risk))}${risk.delta === certificate.delta ? '' : ` at delta ${roundUp(risk.delta)}`}`;
  return html`<h2>What that means</h2>
<p>Someone who knows everything else about the table and studies the model as long as they like tries to tell whether a unit
was in it. These are the best results any such attempt can have, computed from the events below; not estimates of actual ones.</p>
<div class="table-scroll" tabindex="0"><table><thead><tr><th>Attack on</th><th class="number">Epsilon</th><th class="number">Members recognised at 1 % false alarms</th><th class="number">Certainty, starting from 50 %</th></tr></thead>
<tbody>${risks.map(
    (risk) =>
      html`<tr><td>${who(risk)}</td><td class="number">${shownEpsilon(risk)}</td><td class="number">${roundUp(100 * risk.truePositiveRate)} %</td><td class="number">${certainty(epsilonOf(risk))} %</td></tr>`,
  )}</tbody></table></div>
<p class="quiet">Epsilon and certainty hold except with probability delta (${certificate.delta} where no other is named). Without the model, 1 % of members would be recognised at 1 % false alarms.</p>`;
}

/** Upper bounds are shown rounded up, to three digits. */
function roundUp(value: number): string {
  if (!Number.isFinite(value)) return 'no limit';
  if (value === 0) return '0';
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return shown(Math.ceil((value / unit) * (1 - 1e-12)) * unit);
}

/** Largest certainty in percent; what is left to full certainty is never rounded away. */
function certainty(epsilon: number): string {
  const doubt = 100 / (1 + Math.exp(epsilon));
  return doubt >= 0.1 ? roundUp(100 - doubt) : doubt > 1e-9 ? `100 − ${shown(Number(doubt.toPrecision(1)))}` : '100';
}

/** Events of one purpose and one mechanism. */
interface EventGroup {
  readonly purpose: string;
  readonly mechanism: string;
  times: number;
  rho: number;
}

function groupEvents({ events }: Certificate): readonly EventGroup[] {
  const groups = new Map<string, EventGroup>();
  for (const { purpose, event } of events) {
    const mechanism = describeEvent(event);
    const key = JSON.stringify([purpose, mechanism]);
    const group = groups.get(key) ?? { purpose, mechanism, times: 0, rho: 0 };
    group.times += eventCount(event);
    group.rho += eventRho(event) ?? Number.NaN;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function renderEvents(certificate: Certificate): Html {
  const { events } = certificate;
  const groups = groupEvents(certificate);
  const total = groups.reduce((sum, { rho }) => sum + rho, 0);
  const hasShares = Number.isFinite(total);
  const single = html`<div class="table-scroll" tabindex="0"><table><thead><tr><th>Label</th><th>Mechanism</th><th class="number">Times</th></tr></thead>
<tbody>${events.map(
    ({ label, event }) =>
      html`<tr><td>${label}</td><td>${describeEvent(event)}</td><td class="number">${eventCount(event)}</td></tr>`,
  )}</tbody></table></div>`;
  return html`<h2>What was spent</h2>
<p>Every access to private rows, with the parameters from which the cost is recomputed.</p>
<div class="table-scroll" tabindex="0"><table><thead><tr><th>Purpose</th><th>Mechanism</th><th class="number">Times</th>${hasShares ? html`<th class="number">Share of the cost</th>` : ''}</tr></thead>
<tbody>${groups.map(
    ({ purpose, mechanism, times, rho }) =>
      html`<tr><td>${purpose}</td><td>${mechanism}</td><td class="number">${times}</td>${hasShares ? html`<td class="number">${((100 * rho) / total).toFixed(1)} %</td>` : ''}</tr>`,
  )}</tbody></table></div>
<details><summary>${events.length === 1 ? 'The event' : `All ${events.length} events`}, with labels</summary>${single}</details>`;
}

/** An event in words, with rationals as readable numbers. */
export function describeEvent(event: PrivacyEvent): string {
  switch (event.kind) {
    case 'gaussian':
      return `Gaussian noise, sigma ${shown(event.sigma)}, L2 sensitivity ${shown(event.l2Sensitivity)}`;
    case 'discrete-gaussian':
      return `discrete Gaussian noise, variance ${exact(event.variance)}, L2 sensitivity ${shown(event.l2Sensitivity)}`;
    case 'discrete-laplace':
      return `discrete Laplace noise, scale ${exact(event.scale)}, L1 sensitivity ${shown(event.l1Sensitivity)}`;
    case 'exponential':
      return `exponential mechanism, epsilon ${exact(event.epsilon)}`;
    case 'subsampled-gaussian':
      return `Gaussian noise on random batches, rate ${shown(event.samplingRate)}, noise multiplier ${shown(event.noiseMultiplier)}`;
    case 'stability-threshold':
      return `unknown keys above ${event.threshold} with noise of variance ${exact(event.variance)}, delta ${shown(event.delta)}`;
    case 'laplace-threshold':
      return `unknown keys above ${event.threshold} with Laplace noise of scale ${exact(event.scale)}, delta ${shown(event.delta)}`;
    case 'zcdp':
      return `${shown(event.rho)}-zCDP mechanism`;
    case 'pure':
      return `epsilon ${shown(event.epsilon)} mechanism`;
    default:
      return event satisfies never;
  }
}

function renderPublicInputs({ publicInputs, schemaHash }: Certificate): Html {
  const list = html`<ul>${publicInputs.map((fact) => html`<li>${fact}</li>`)}</ul>`;
  return html`<h2>What was taken as public</h2>
<p>Whoever wrote the schema (SHA-256 <code>${schemaHash}</code>) declared these facts to be public; they are not protected.</p>
${publicInputs.length > LONG_LIST ? html`<details><summary>${publicInputs.length} facts</summary>${list}</details>` : list}`;
}

function renderLimits(): Html {
  return html`<h2>What is not covered</h2><ul>${OUTSIDE_THE_GUARANTEE.map((limit) => html`<li>${limit}</li>`)}</ul>`;
}

function renderFiles({ artefacts }: Certificate): Html {
  return html`<h2>Files</h2>
<div class="table-scroll" tabindex="0"><table><thead><tr><th>File</th><th>SHA-256</th></tr></thead>
<tbody>${Object.entries(artefacts).map(([name, hash]) => html`<tr><td>${name}</td><td><code>${hash}</code></td></tr>`)}</tbody></table></div>`;
}

function renderSignatures({ signature, keyId }: VerifiedCertificate): Html {
  const words = {
    trusted: `Signed by the key given to verify: ${keyId ?? ''}.`,
    unchecked: `Signed by key ${keyId ?? ''}; whether that key is the officer's was not checked.`,
    none: 'Not signed electronically.',
  };
  return html`<h2>Signature</h2><p>${words[signature]}</p>
<table class="signature"><tbody>${['Data protection officer', 'Data owner', 'Review date'].map((role) => html`<tr><th scope="row">${role}</th><td></td></tr>`)}</tbody></table>`;
}

const shown = (value: number) => String(Number(value.toPrecision(6)));

function exact(text: string): string {
  const value = parseRational(text);
  const short = formatRational(value);
  return short.length <= 12 ? short : `≈ ${shown(rationalToNumber(value))}`;
}
