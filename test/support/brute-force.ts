import { type Clique, countCells, type Domain } from '../../src/marginals/domain.ts';
import type { Factor } from '../../src/marginals/marginal-oracle.ts';

/** Digits of a cell of the full table, one per attribute. */
export function digitsOf(domain: Domain, cell: number): number[] {
  const digits: number[] = domain.sizes.map(() => 0);
  let rest = cell;
  for (let attribute = domain.sizes.length - 1; attribute >= 0; attribute--) {
    const size = domain.sizes[attribute] ?? 1;
    digits[attribute] = rest % size;
    rest = Math.floor(rest / size);
  }
  return digits;
}

/** Cell of the table over `clique` that holds the given digits. */
export function cellOf(domain: Domain, clique: Clique, digits: readonly number[]): number {
  return clique.reduce((cell, attribute) => cell * (domain.sizes[attribute] ?? 1) + (digits[attribute] ?? 0), 0);
}

/** The full table of total · exp(Σ log potentials) / Z, cell by cell. */
export function fullTable(domain: Domain, factors: readonly Factor[], total: number): Float64Array {
  const everything = domain.sizes.map((_, attribute) => attribute);
  const table = new Float64Array(countCells(domain, everything));
  for (let cell = 0; cell < table.length; cell++) {
    const digits = digitsOf(domain, cell);
    const log = factors.reduce((sum, { clique, values }) => sum + (values[cellOf(domain, clique, digits)] ?? 0), 0);
    table[cell] = Math.exp(log);
  }
  const sum = table.reduce((a, b) => a + b, 0);
  return table.map((value) => (sum > 0 ? (total * value) / sum : 0));
}

/** log Σ exp(Σ log potentials) over all cells of the domain. */
export function fullLogZ(domain: Domain, factors: readonly Factor[]): number {
  const everything = domain.sizes.map((_, attribute) => attribute);
  let sum = 0;
  for (let cell = 0; cell < countCells(domain, everything); cell++) {
    const digits = digitsOf(domain, cell);
    sum += Math.exp(
      factors.reduce((log, { clique, values }) => log + (values[cellOf(domain, clique, digits)] ?? 0), 0),
    );
  }
  return Math.log(sum);
}

/** The marginal of a full table over `clique`. */
export function marginalOf(domain: Domain, table: Float64Array, clique: Clique): Float64Array {
  const marginal = new Float64Array(countCells(domain, clique));
  table.forEach((value, cell) => {
    const target = cellOf(domain, clique, digitsOf(domain, cell));
    marginal[target] = (marginal[target] ?? 0) + value;
  });
  return marginal;
}

/** Every set of at most `maxSize` of `count` attributes. */
export function subsetsOf(count: number, maxSize: number): Clique[] {
  return Array.from({ length: 2 ** count }, (_, bits) =>
    [...Array(count).keys()].filter((k) => (bits >> k) & 1),
  ).filter((clique) => clique.length <= maxSize);
}
