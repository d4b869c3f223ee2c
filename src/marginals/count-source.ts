import type { Clique, Domain } from './domain.ts';

/** Codes of one attribute, one per row. */
export type Codes = Uint8Array | Uint16Array | Int32Array;

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
}
