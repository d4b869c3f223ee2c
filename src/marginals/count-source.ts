import type { Clique, Domain } from './domain.ts';

/** Codes of one attribute, one per row. */
export type Codes = Uint8Array | Uint16Array | Int32Array;

/** A public map from the codes of one attribute to coarser ones: code k becomes `codes[k]`, in 0 … size-1. */
export interface Recoding {
  readonly size: number;
  /** One coarse code per fine code of the attribute. */
  readonly codes: Int32Array;
}

/**
 * All a marginal method needs of a private table: exact integer counts of marginals. One snapshot: all counts of one
 * training come from the same rows.
 */
export interface CountSource {
  readonly domain: Domain;
  /**
   * Exact counts over each clique: row-major, last attribute of the clique fastest, `countCells(domain, clique)` long.
   */
  count(cliques: readonly Clique[]): Promise<Float64Array[]>;
  /**
   * The same rows with attributes recoded, for sources that can do it cheaper than by summing fine counts. Callers use
   * `coarsen`, which works for every source.
   */
  recode?(recodings: readonly (Recoding | undefined)[]): CountSource;
}
