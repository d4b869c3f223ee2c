import type { Nearest } from './nearest.ts';

/** How many targets link, and how often the nearest row was not the only one. */
export interface LinkCounts {
  readonly targets: number;
  readonly links: number;
  readonly tiedFirst: number;
  readonly tiedSecond: number;
}

/**
 * A target links when the synthetic row nearest in one set of columns is also the nearest in the other set; ties go to the
 * lowest row.
 * @source Giomi et al., PoPETs 2023, section 4.2, with one neighbour.
 */
export function countLinks(first: Nearest, second: Nearest): LinkCounts {
  let links = 0;
  first.index.forEach((row, target) => {
    links += Number(row >= 0 && row === second.index[target]);
  });
  const tied = (side: Nearest) => side.ties.reduce((n, ties) => n + Number(ties > 1), 0);
  return { targets: first.index.length, links, tiedFirst: tied(first), tiedSecond: tied(second) };
}
