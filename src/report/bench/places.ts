import type { Standing } from '../../evaluation/benchmark/leaderboard.ts';
import type { RunLine, TableLine } from '../../evaluation/benchmark/lines.ts';

/** The systems of a page in a fixed order: own models first, then rivals, by name. Their place decides their colour. */
export function orderSystems(runs: readonly Pick<RunLine, 'system' | 'isRival'>[]): ReadonlyMap<string, number> {
  const rivals = new Map(runs.map(({ system, isRival }) => [system, isRival]));
  const names = [...rivals.keys()].sort(
    (a, b) => Number(rivals.get(a)) - Number(rivals.get(b)) || (a < b ? -1 : a > b ? 1 : 0),
  );
  return new Map(names.map((name, place) => [name, place]));
}

/** Budgets of a page, smallest first; 0 stands for systems without privacy and is left out. */
export function listEpsilons(standings: readonly Standing[]): readonly number[] {
  return [...new Set(standings.map(({ epsilon }) => epsilon))].filter((epsilon) => epsilon > 0).sort((a, b) => a - b);
}

/** The budget that pictures of one budget show: 1 where it was measured, otherwise the one in the middle. */
export function mainEpsilon(standings: readonly Standing[]): number | undefined {
  const epsilons = listEpsilons(standings);
  return epsilons.includes(1) ? 1 : epsilons[Math.floor(epsilons.length / 2)];
}

/** Letters, digits and dashes: what the name of a picture may hold. */
export function nameForChart(...parts: readonly (string | number)[]): string {
  return parts.join('-').replaceAll(/[^A-Za-z0-9-]+/g, '-');
}

/** Standings of one table. */
export function standingsOf(standings: readonly Standing[], { table }: Pick<TableLine, 'table'>): readonly Standing[] {
  return standings.filter((standing) => standing.table === table);
}
