import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { describeReadFailure, TabveilError } from '../../errors.ts';
import { findSynthesizer, SYNTHESIZERS } from '../../synthesizers/registry.ts';
import { WORLDS } from '../simulated-table.ts';

/** A table of the user's own. */
const ownTable = z.strictObject({
  name: z.string().regex(/^[\w][\w .-]{0,60}$/),
  /** Rows to train on. */
  train: z.string(),
  /** Rows of other people, kept apart. */
  holdout: z.string(),
  schema: z.string(),
});

const model = z.union([
  z.string(),
  z.strictObject({
    name: z.string(),
    options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
]);

const sizes = z.array(z.int().min(1).max(100_000_000)).default([]);

const configShape = z.strictObject({
  /** Names of `datasets/`, or tables by file. */
  tables: z.array(z.union([z.string(), ownTable])).min(1),
  models: z.array(model),
  epsilons: z.array(z.number().positive()).min(1),
  delta: z.number().gt(0).lt(1).default(1e-9),
  runs: z.int().min(1).max(1000).default(3),
  /** Rows of each simulated table, and as many as half of them held out. */
  simulatedRows: z.int().min(100).max(10_000_000).default(20_000),
  /** Names of rivals, or all that are installed. */
  rivals: z.union([z.literal('installed'), z.array(z.string())]).default([]),
  /** Minutes after which a run of a rival is stopped. */
  rivalMinutes: z.number().positive().max(10_000).default(60),
  /** Rows per table that attacks use; 0 leaves attacks out. */
  attackRows: z.int().min(0).default(2000),
  /** Sizes of made-up tables for the cost curves. */
  cost: z.strictObject({ rows: sizes, columns: sizes, categories: sizes }).optional(),
});

/** What a benchmark measures. */
export type BenchConfig = z.infer<typeof configShape>;

/** A table of the user's own, by its files. */
export type OwnTable = z.infer<typeof ownTable>;

/** A model of the matrix: its name and settings, and the label it has in results. */
export interface ModelChoice {
  readonly name: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly label: string;
}

/** Minutes on two cores: two simulated worlds, four models, epsilon 1. */
export const QUICK_CONFIG: BenchConfig = {
  tables: ['lending', 'hiring'],
  models: ['aim', 'mst', 'copula', 'independent'],
  epsilons: [1],
  delta: 1e-9,
  runs: 3,
  simulatedRows: 10_000,
  rivals: [],
  rivalMinutes: 60,
  attackRows: 1000,
  cost: { rows: [1000, 10_000, 100_000], columns: [5, 10, 20], categories: [4, 16, 64] },
};

/** Every table that is there, every model, three budgets, every rival that is installed. */
export function fullConfig(): BenchConfig {
  return {
    tables: [...WORLDS, 'adult', 'bank', 'german', 'titanic', 'heart', 'nist-national'],
    models: SYNTHESIZERS.map(({ name }) => name),
    epsilons: [0.1, 1, 10],
    delta: 1e-9,
    runs: 5,
    simulatedRows: 20_000,
    rivals: 'installed',
    rivalMinutes: 60,
    attackRows: 2000,
    cost: {
      rows: [1000, 10_000, 100_000, 1_000_000],
      columns: [5, 10, 20, 40],
      categories: [4, 16, 64, 256],
    },
  };
}

/**
 * Reads a config file; what it leaves out has the defaults of this file.
 * @throws TabveilError (input) that names the file, the place and what was found.
 */
export async function readConfig(path: string): Promise<BenchConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TabveilError('input', 'bench.config', `${path}: ${describeReadFailure(error)}; name a config in JSON.`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TabveilError('input', 'bench.config', `${path}: is not JSON; a config is a JSON object.`);
  }
  const parsed = configShape.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') || 'the config';
  const fields = Object.keys(configShape.shape).join(', ');
  throw new TabveilError(
    'input',
    'bench.config',
    `${path}: ${where}: ${issue?.message ?? 'is not valid'}. A config has ${fields}.`,
  );
}

/** The models of a config. @throws TabveilError (usage) for an unknown name. */
export function chooseModels(config: BenchConfig): readonly ModelChoice[] {
  return config.models.map((choice) => {
    const { name, options } = typeof choice === 'string' ? { name: choice, options: {} } : choice;
    findSynthesizer(name);
    const settings = Object.entries(options).map(([key, value]) => `${key}=${value}`);
    return { name, options, label: settings.length === 0 ? name : `${name} (${settings.join(', ')})` };
  });
}
