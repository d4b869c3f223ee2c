import { type Clique, countCells, type Domain } from './domain.ts';
import { type Embedding, embed, isSubset } from './embedding.ts';
import { findHost } from './junction-tree.ts';

/** A table that is moved into (potentials) or out of (marginals) a larger one. */
export interface HostedTable {
  readonly clique: Clique;
  /** Position among all hosted tables, or −1 − k for table k of the junction tree. */
  readonly host: number;
  readonly embedding: Embedding;
}

/**
 * Where each chosen clique's table is moved, so that as few passes as possible go over the large tables of the tree:
 * a clique inside another chosen one is served by that, and cliques that share a tree table are gathered in smaller
 * tables in between. The first `cliques.length` tables are the chosen ones, in order; the rest are in between.
 */
export function planHosting(domain: Domain, treeCliques: readonly Clique[], cliques: readonly Clique[]): HostedTable[] {
  const tables = cliques.map((clique) => ({ clique, host: 0 }));
  const treeGuests: number[][] = treeCliques.map(() => []);
  cliques.forEach((clique, index) => {
    const larger = cliques.map((other, k) => (k !== index && isSubset(clique, other) ? other : []));
    const chosen = clique.length === 0 ? largestOther(cliques, index) : findHost(domain, larger, clique);
    if (chosen >= 0) {
      tables[index]!.host = chosen;
      return;
    }
    const tree = findHost(domain, treeCliques, clique);
    tables[index]!.host = -1 - tree;
    treeGuests[tree]!.push(index);
  });
  treeGuests.forEach((guests, tree) => {
    gatherGuests(domain, tables, treeCliques[tree]!, guests);
  });
  return tables.map(({ clique, host }) => {
    const hostClique = host < 0 ? treeCliques[-1 - host]! : tables[host]!.clique;
    return { clique, host, embedding: embed(domain, hostClique, clique) };
  });
}

/** Any clique hosts the empty one; -1 when there is no other. */
function largestOther(cliques: readonly Clique[], index: number): number {
  return cliques.findIndex((clique, k) => k !== index && clique.length > 0);
}

/** Greedily inserts tables between `guests` and their host while that saves cell visits; repeats inside each. */
function gatherGuests(
  domain: Domain,
  tables: { readonly clique: Clique; host: number }[],
  hostClique: Clique,
  guests: readonly number[],
): void {
  let direct = [...guests];
  while (direct.length > 2) {
    const best = bestUnion(
      domain,
      hostClique,
      direct.map((index) => tables[index]!.clique),
    );
    if (best === undefined) return;
    const inside = direct.filter((index) => isSubset(tables[index]!.clique, best));
    tables.push({ clique: best, host: tables[direct[0]!]!.host });
    const between = tables.length - 1;
    for (const index of inside) tables[index]!.host = between;
    direct = [...direct.filter((index) => !inside.includes(index)), between];
    gatherGuests(domain, tables, best, inside);
  }
}

/** The union of two guests that saves most cell visits when all guests inside it go through it. */
function bestUnion(domain: Domain, hostClique: Clique, guests: readonly Clique[]): Clique | undefined {
  const hostCells = countCells(domain, hostClique);
  let best: Clique | undefined;
  let bestSaving = 0;
  guests.forEach((a, index) => {
    for (const b of guests.slice(index + 1)) {
      const union = hostClique.filter((attribute) => a.includes(attribute) || b.includes(attribute));
      const inside = guests.reduce((count, guest) => count + Number(isSubset(guest, union)), 0);
      // One more visit than guests: the table in between is also cleared.
      const saving = (inside - 1) * hostCells - (inside + 1) * countCells(domain, union);
      if (saving <= bestSaving) continue;
      bestSaving = saving;
      best = union;
    }
  });
  return best;
}

/** Positions of the tables so that every table comes before its host. */
export function guestsFirst(tables: readonly HostedTable[]): number[] {
  const depth = tables.map((_, index) => {
    let steps = 0;
    for (let at = index; tables[at]!.host >= 0; at = tables[at]!.host) steps++;
    return steps;
  });
  return tables.map((_, index) => index).sort((a, b) => depth[b]! - depth[a]! || a - b);
}
