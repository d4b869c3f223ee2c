import { TabveilError } from '../errors.ts';

/** A set of attributes, as ascending attribute indices. */
export type Clique = readonly number[];

/** Attributes of a discrete table: attribute k takes the codes 0 … sizes[k]-1. */
export interface Domain {
  readonly names: readonly string[];
  readonly sizes: readonly number[];
}

/**
 * A domain from names and sizes.
 * @throws TabveilError when lengths differ, a name repeats, or a size is not a positive integer.
 */
export function createDomain(names: readonly string[], sizes: readonly number[]): Domain {
  if (names.length !== sizes.length || new Set(names).size !== names.length) {
    throw new TabveilError(
      'bug',
      'domain.names',
      `domain: ${names.length} names for ${sizes.length} sizes; names must be unique, one per size.`,
    );
  }
  const bad = sizes.findIndex((size) => !Number.isSafeInteger(size) || size < 1);
  if (bad >= 0) {
    throw new TabveilError(
      'bug',
      'domain.size',
      `domain: attribute "${names[bad]}" has size ${sizes[bad]}; sizes are positive integers.`,
    );
  }
  return { names, sizes };
}

/** Number of cells of the marginal over `clique`; 1 for the empty clique. */
export function countCells(domain: Domain, clique: Clique): number {
  return clique.reduce((cells, attribute) => cells * (domain.sizes[attribute] ?? Number.NaN), 1);
}
