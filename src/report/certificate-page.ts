import { formatRational, parseRational, rationalToNumber } from '../math/rational.ts';
import type { Certificate } from '../privacy/certificate.ts';
import type { PrivacyEvent } from '../privacy/events.ts';
import { membershipMeaning } from '../privacy/membership.ts';
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

/** Sizes of households shown beside one unit. */
const HOUSEHOLD = 4;

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
${renderMeaning(certificate)}
${renderEvents(certificate)}
${renderPublicInputs(certificate)}
${renderLimits()}
${renderFiles(certificate)}
${renderSignatures(verified)}`,
  });
}

function renderPromise({ certificate, accountedEpsilon, accountant }: VerifiedCertificate): Html {
  const facts: readonly (readonly [string, string])[] = [
    ['Who is protected', `${describeUnit(certificate.unit)} of the training table, added or removed`],
    ['What is promised', `differential privacy with epsilon ${certificate.epsilon}, delta ${certificate.delta}`],
    [
      'What the events cost',
      `epsilon ${shown(accountedEpsilon)} at delta ${certificate.delta} (accountant: ${accountant})`,
    ],
    ['Model', certificate.synthesizer],
    ['Trained', `${certificate.day} with ${certificate.software}`],
    ['Dataset (random id)', certificate.ledger.dataset],
    ['Ledger entry', certificate.ledger.entry],
  ];
  return html`<h2>What is promised</h2>
<table><tbody>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

function renderMeaning({ epsilon, delta }: Certificate): Html {
  const rows = [1, HOUSEHOLD].map((units) => membershipMeaning(epsilon, delta, units));
  const who = (units: number) => (units === 1 ? 'one unit' : `${units} units that act as one (a household)`);
  return html`<h2>What that means</h2>
<p>Someone who knows everything else about the table and studies the model as long as they like tries to tell whether a unit
was in it. These are the best results any such attempt can have, not estimates of actual ones.</p>
<table><thead><tr><th>Attack on</th><th class="number">Members recognised at 1 % false alarms</th><th class="number">Certainty, starting from 50 %</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><td>${who(row.units)}</td><td class="number">${percent(row.truePositiveRate)}</td><td class="number">${percent(row.posterior)}</td></tr>`,
  )}</tbody></table>
<p class="quiet">The certainty holds except with probability delta. Without the model, 1 % of members would be recognised at 1 % false alarms.</p>`;
}

function renderEvents({ events }: Certificate): Html {
  return html`<h2>What was spent</h2>
<p>Every access to private rows, with the parameters from which the cost is recomputed.</p>
<div class="table-scroll" tabindex="0"><table><thead><tr><th>Label</th><th>Purpose</th><th>Mechanism</th><th class="number">Times</th></tr></thead>
<tbody>${events.map(
    ({ label, purpose, event }) =>
      html`<tr><td>${label}</td><td>${purpose}</td><td>${describeEvent(event)}</td><td class="number">${event.kind === 'subsampled-gaussian' ? event.steps : event.count}</td></tr>`,
  )}</tbody></table></div>`;
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
${publicInputs.length > 20 ? html`<details><summary>${publicInputs.length} facts</summary>${list}</details>` : list}`;
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

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
const shown = (value: number) => String(Number(value.toPrecision(6)));

function exact(text: string): string {
  const value = parseRational(text);
  const short = formatRational(value);
  return short.length <= 12 ? short : `≈ ${shown(rationalToNumber(value))}`;
}
