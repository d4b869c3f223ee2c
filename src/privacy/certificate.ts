import type { PlannedEvent } from './mechanisms.ts';

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
}
