import type { TableRole } from '../aligned-tables.ts';
import type { BinnedTables } from '../bins.ts';
import { combinations, countPaired, tripleCounter } from '../contingency.ts';
import { type Distance, totalVariation } from '../total-variation.ts';

/** Distance of two tables on the marginal over `clique` (column indices). */
export interface MarginalDistance extends Distance {
  readonly clique: readonly number[];
}

/** Mean over all marginals of one order, with the worst. */
export interface MeanDistance {
  readonly value: number;
  /**
   * Upper bound of the standard error of the mean: the mean of the standard errors, which holds whatever the
   * correlation between marginals of one table.
   */
  readonly standardError: number;
  readonly worst: MarginalDistance;
  readonly marginals: readonly MarginalDistance[];
}

/**
 * Total variation distances between two tables on every `way`-way marginal of the binned columns.
 *
 * **Privacy**: a function of both tables, without protection. **Cost**: one pass over the rows per marginal.
 * @source McKenna, Mullins, Sheldon, Miklau, "AIM" (2022), section 6: workload error of all k-way marginals is twice the
 * mean of these distances.
 */
export function marginalDistances(
  tables: BinnedTables,
  way: number,
  roles: readonly [TableRole, TableRole],
): readonly MarginalDistance[] {
  const count = way === 3 ? tripleCounter(tables) : countPaired;
  return combinations(tables.columns.length, way).map((clique) => ({
    clique,
    ...totalVariation(count(tables, clique, roles)),
  }));
}

/** Mean and worst of marginal distances; `null` when there are none. */
export function meanDistance(marginals: readonly MarginalDistance[]): MeanDistance | null {
  const [first] = marginals;
  if (!first) return null;
  const worst = marginals.reduce((a, b) => (b.value > a.value ? b : a), first);
  const total = marginals.reduce((acc, marginal) => acc + marginal.value, 0);
  const errors = marginals.reduce((acc, marginal) => acc + marginal.standardError, 0);
  return { value: total / marginals.length, standardError: errors / marginals.length, worst, marginals };
}
