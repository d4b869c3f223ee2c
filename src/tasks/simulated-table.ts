import { TabveilError } from '../errors.ts';

/** Worlds with known truth that come with the package. */
export const WORLDS = ['lending', 'hiring', 'hospital'] as const;

/** Name of a simulated world. */
export type World = (typeof WORLDS)[number];

/** Folder of the tables that come with the package: schemas, cards and simulators. */
export const DATASETS = new URL('../../datasets/', import.meta.url);

/**
 * A simulated table as CSV text; a function of rows and seed.
 * @throws TabveilError (bug) when the world has no simulator.
 */
export async function simulateCsv(world: World, options: { rows: number; seed: number }): Promise<string> {
  const simulator: Readonly<Record<string, unknown>> = await import(new URL(`${world}/generate.mjs`, DATASETS).href);
  const name = `generate${world[0]?.toUpperCase()}${world.slice(1)}`;
  const generate = simulator[name];
  if (typeof generate !== 'function') {
    throw new TabveilError('bug', 'simulate.world', `datasets/${world}: generate.mjs has no function ${name}.`);
  }
  const { columnsToCsv }: { columnsToCsv: (columns: unknown) => string } = await import(
    new URL('simulator/columns.mjs', DATASETS).href
  );
  return columnsToCsv((generate as (rows: number, seed: number) => unknown)(options.rows, options.seed));
}
