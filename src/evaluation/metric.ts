/**
 * Where a number comes from: the synthetic table and public facts alone, a mechanism that has paid, or private rows.
 *
 * **Privacy**: a `private` number is a function of real rows that no mechanism protects; it stays in the internal dossier.
 */
export type Provenance = 'synthetic-only' | 'dp' | 'private';

/** What a number is about: one column, a pair, one group of people, one secret, or the whole table (`null`). */
export type Scope =
  | { readonly column: string }
  | { readonly columns: readonly string[] }
  | { readonly group: Readonly<Record<string, string>> }
  | { readonly secret: string }
  | null;

/** Which values are good: large, small, near a fixed point, or near the holdout baseline. */
export type Better = 'higher' | 'lower' | 'near-one' | 'near-half' | 'near-zero' | 'near-baseline';

/** The member of a mean that is worst, so that no mean hides its tail. */
export interface WorstMember {
  readonly scope: Scope;
  readonly value: number;
}

/** One measured number. `P` is its provenance, so that a renderer can refuse private numbers by type. */
export interface Metric<P extends Provenance = Provenance> {
  /** Stable identifier, see `docs/evaluation.md`. */
  readonly id: string;
  /** Tells apart numbers of one definition with one scope: the model of `tstr-auc`, the rows of `membership-auc`. */
  readonly variant?: string;
  readonly scope: Scope;
  /** `null`: undefined or not applicable; `note` says why. */
  readonly value: number | null;
  /** The same number with the holdout in place of the synthetic table; `null` without one or where it has no meaning. */
  readonly baseline: number | null;
  /** 95 % interval of `value`. */
  readonly interval: readonly [number, number] | null;
  /** Why there is no interval although there is a value. */
  readonly intervalNote?: string;
  readonly better: Better;
  readonly provenance: P;
  /** For means. */
  readonly worst?: WorstMember;
  /** Counts behind the number: attacks, successes, rows, ties. */
  readonly details?: Readonly<Record<string, number | string | boolean | null>>;
  readonly note?: string;
}

/** Builds a metric of one family: fills what most metrics share. */
export function privateMetric(
  metric: Omit<Metric<'private'>, 'provenance' | 'interval' | 'baseline'> &
    Partial<Pick<Metric, 'interval' | 'baseline'>>,
): Metric<'private'> {
  return { baseline: null, interval: null, ...metric, provenance: 'private' };
}

/**
 * Builds a metric of the synthetic table and public facts alone. It has no baseline: the same number of a holdout would be
 * private.
 */
export function syntheticMetric(
  metric: Omit<Metric<'synthetic-only'>, 'provenance' | 'baseline'>,
): Metric<'synthetic-only'> {
  return { ...metric, baseline: null, provenance: 'synthetic-only' };
}
