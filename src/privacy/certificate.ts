import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { tightestEpsilon } from './accounting/tightest.ts';
import type { PlannedEvent, PrivacyPlan } from './mechanisms.ts';

/** Whose presence the guarantee hides: one row, or all rows of one entity up to a declared cap. */
export type PrivacyUnit =
  | { readonly kind: 'row' }
  | { readonly kind: 'entity'; readonly key: readonly string[]; readonly maxRows: number };

/** The public statement of what a model cost, written as `certificate.json`; `verify` recomputes it from events alone. */
export interface Certificate {
  readonly format: 'tabveil-certificate';
  readonly version: 1;
  /** Total guarantee, as granted: what the recomputed cost must not exceed. */
  readonly epsilon: number;
  readonly delta: number;
  /** Recomputed cost at `delta` and the accountant that gave it (the tightest valid one). */
  readonly accountedEpsilon: number;
  readonly accountant: string;
  readonly adjacency: 'add-remove';
  readonly unit: PrivacyUnit;
  readonly synthesizer: string;
  /** Random id of the dataset's ledger and of the entry that paid; no content fingerprint. */
  readonly ledger: { readonly dataset: string; readonly entry: string };
  /** Every event that was paid for, in plan order. */
  readonly events: readonly PlannedEvent[];
  /** Facts taken as public because the schema declares them, in words. */
  readonly publicInputs: readonly string[];
  /** SHA-256 (hex) of the schema file's canonical JSON and of every artefact of the model folder by relative path. */
  readonly schemaHash: string;
  readonly artefacts: Readonly<Record<string, string>>;
  /** True when noise came from an injected bit source: such a model refuses release. */
  readonly testNoise: boolean;
  /** Day of training (UTC, `YYYY-MM-DD`) and software version; no finer time. */
  readonly day: string;
  readonly software: string;
  /** SHA-256 (hex) of the canonical JSON of all other fields: shows accidental and careless edits; a signature shows all. */
  readonly digest: string;
}

/** What a certificate is made from, once the model's other files are known. */
export interface CertificateInput {
  /** The claim that the ledger reserved. */
  readonly epsilon: number;
  readonly delta: number;
  readonly plan: PrivacyPlan;
  readonly unit: PrivacyUnit;
  readonly synthesizer: string;
  /** From `Ledger.reserve`. */
  readonly reservation: {
    readonly dataset: string;
    readonly entry: string;
    readonly day: string;
    readonly software: string;
  };
  readonly publicInputs: readonly string[];
  readonly schemaHash: string;
  /** SHA-256 of every other file of the model folder. */
  readonly artefacts: Readonly<Record<string, string>>;
  readonly testNoise: boolean;
}

/**
 * The certificate of a training, with its cost recomputed from the plan.
 * @example buildCertificate({ epsilon: 1, delta: 1e-9, plan, reservation, … }).accountedEpsilon // 0.9998
 */
export function buildCertificate(input: CertificateInput): Certificate {
  const { plan, reservation, epsilon, delta, unit, synthesizer, publicInputs, schemaHash, artefacts, testNoise } =
    input;
  const cost = tightestEpsilon(
    plan.map(({ event }) => event),
    delta,
  );
  const body: Omit<Certificate, 'digest'> = {
    format: 'tabveil-certificate',
    version: 1,
    epsilon,
    delta,
    accountedEpsilon: cost.epsilon,
    accountant: cost.accountant,
    adjacency: 'add-remove',
    unit,
    synthesizer,
    ledger: { dataset: reservation.dataset, entry: reservation.entry },
    events: plan,
    publicInputs,
    schemaHash,
    artefacts,
    testNoise,
    day: reservation.day,
    software: reservation.software,
  };
  return { ...body, digest: digestOf(body) };
}

/** SHA-256 of the canonical JSON of a certificate's fields without `digest`. */
export function digestOf(certificate: Omit<Certificate, 'digest'> & { readonly digest?: string }): string {
  const { digest: _, ...body } = certificate;
  return createHash('sha256').update(canonicalJson(body)).digest('hex');
}

/** The text of `certificate.json`: indented, for people who read and compare it. */
export function serializeCertificate(certificate: Certificate): string {
  return `${JSON.stringify(certificate, null, 2)}\n`;
}
