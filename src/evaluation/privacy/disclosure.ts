import type { BinnedTables } from '../bins.ts';
import type { Trials } from './excess.ts';
import type { RowsOf } from './inference.ts';
import { binKeys, countKeys } from './row-keys.ts';

/** What the synthetic table says about people whose keys are known. */
export interface Disclosure {
  /** People whose keys occur in the synthetic table with one single target value, and it is theirs (DiSCO). */
  readonly disclosed: Trials;
  /** People who are unique on their keys, and are so in the synthetic table too (repU). */
  readonly uniqueInBoth: Trials;
}

/**
 * Attribute and identity disclosure for known keys on binned columns.
 * @source Raab, Nowok, Dibben, "Practical privacy metrics for synthetic data" (2024), DiSCO and repU.
 */
export function measureDisclosure(
  tables: BinnedTables,
  columns: { readonly keys: readonly string[]; readonly target: string },
  { people, synthetic }: { readonly people: RowsOf; readonly synthetic: RowsOf },
): Disclosure {
  const told = soleTargets(binKeys(tables, columns.keys, synthetic), binKeys(tables, [columns.target], synthetic));
  const keys = binKeys(tables, columns.keys, people);
  const targets = binKeys(tables, [columns.target], people);
  const own = countKeys(keys);
  const other = countKeys(binKeys(tables, columns.keys, synthetic));
  return {
    disclosed: { successes: keys.filter((key, at) => told.get(key) === targets[at]).length, trials: keys.length },
    uniqueInBoth: {
      successes: keys.filter((key) => own.get(key) === 1 && other.get(key) === 1).length,
      trials: keys.length,
    },
  };
}

/** Target value of every key that has exactly one; `null` for keys with several. */
function soleTargets(keys: readonly string[], targets: readonly string[]): ReadonlyMap<string, string | null> {
  const sole = new Map<string, string | null>();
  keys.forEach((key, at) => {
    const target = targets[at] as string;
    const known = sole.get(key);
    sole.set(key, known === undefined || known === target ? target : null);
  });
  return sole;
}
