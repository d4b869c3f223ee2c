import { createHash } from 'node:crypto';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TabveilError } from '../../errors.ts';
import type { TableLine } from '../../evaluation/benchmark/lines.ts';
import { DATASETS, simulateCsv, WORLDS, type World } from '../simulated-table.ts';
import type { OwnTable } from './config.ts';

/** A table of the matrix on disk. */
export interface BenchTable {
  readonly name: string;
  readonly origin: TableLine['origin'];
  readonly train: string;
  readonly holdout: string;
  readonly schema: string;
  /** Of the three files together. */
  readonly sha256: string;
}

/** A table that cannot take part, and why. */
export interface AbsentTable {
  readonly name: string;
  readonly reason: string;
}

/** Seeds of the rows to train on and of the rows held out. */
const SEEDS = { train: 1, holdout: 2 } as const;

/** Folders where public tables may lie: `TABVEIL_DATA`, then `shared/data` beside the project. */
export function dataFolders(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = environment.TABVEIL_DATA;
  const beside = fileURLToPath(new URL('../../shared/data', DATASETS));
  return named === undefined || named === '' ? [beside] : [resolve(named), beside];
}

/**
 * Finds or makes a table: a simulated world is drawn into `scratch`, a public one is looked for in the data folders.
 * @returns the table, or why it is left out: public tables are fetched by the user.
 * @throws TabveilError (usage) for an unknown name, (input) when a file of the user's own table is absent.
 */
export async function openBenchTable(
  choice: string | OwnTable,
  options: { readonly scratch: string; readonly simulatedRows: number },
): Promise<BenchTable | AbsentTable> {
  if (typeof choice !== 'string') return openOwn(choice);
  const schema = fileURLToPath(new URL(`${choice}/schema.json`, DATASETS));
  if (!/^[\w-]+$/.test(choice) || !(await isFile(schema))) {
    throw new TabveilError(
      'usage',
      'bench.table',
      `bench: table "${choice}" is unknown; name a folder of datasets/ (${WORLDS.join(', ')}, adult, …) or give train, holdout and schema files in a config.`,
    );
  }
  const world = WORLDS.find((name) => name === choice);
  return world === undefined ? openPublic(choice, schema) : simulateTable(world, schema, options);
}

async function simulateTable(
  world: World,
  schema: string,
  { scratch, simulatedRows }: { readonly scratch: string; readonly simulatedRows: number },
): Promise<BenchTable> {
  const [train, holdout] = ['train', 'holdout'].map((part) => join(scratch, `${world}-${part}.csv`)) as [
    string,
    string,
  ];
  await writeFile(train, await simulateCsv(world, { rows: simulatedRows, seed: SEEDS.train }));
  const heldOutRows = Math.ceil(simulatedRows / 2);
  await writeFile(holdout, await simulateCsv(world, { rows: heldOutRows, seed: SEEDS.holdout }));
  const copy = join(scratch, `${world}-schema.json`);
  await copyFile(schema, copy);
  return describe({ name: world, origin: 'simulated', train, holdout, schema: copy });
}

async function openPublic(name: string, schema: string): Promise<BenchTable | AbsentTable> {
  const folders = dataFolders(process.env);
  for (const folder of folders) {
    const [train, holdout] = [join(folder, name, 'train.csv'), join(folder, name, 'test.csv')];
    if ((await isFile(train)) && (await isFile(holdout))) {
      return describe({ name, origin: 'public', train, holdout, schema });
    }
  }
  return { name, reason: `not fetched: datasets/${name}/README.md says how; TABVEIL_DATA names the folder` };
}

async function openOwn(choice: OwnTable): Promise<BenchTable> {
  for (const path of [choice.train, choice.holdout, choice.schema]) {
    if (await isFile(path)) continue;
    throw new TabveilError('input', 'bench.file', `${path}: no such file (table "${choice.name}" of the config).`);
  }
  return describe({ ...choice, origin: 'own' });
}

async function describe(table: Omit<BenchTable, 'sha256'>): Promise<BenchTable> {
  const hash = createHash('sha256');
  for (const path of [table.train, table.holdout, table.schema]) hash.update(await readFile(path)).update('\0');
  return { ...table, sha256: hash.digest('hex') };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
