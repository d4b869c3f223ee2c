import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TabveilError } from '../errors.ts';
import { evaluate } from './evaluate.ts';
import { type SampleResult, sample } from './sample.ts';
import { DATASETS, simulateCsv } from './simulated-table.ts';
import type { TaskContext } from './task-context.ts';
import { type TrainResult, train } from './train.ts';
import { type VerifyResult, verifyModel } from './verify.ts';

/** What the demo makes. */
export interface DemoOptions {
  /** Folder to work in; made when absent, its earlier demo files replaced. */
  readonly out: string;
  /** Synthesizer; aim when absent. */
  readonly model?: string;
}

/** What the demo made, for the last words to the user. */
export interface DemoResult {
  readonly table: string;
  readonly schema: string;
  readonly trained: TrainResult;
  readonly sampled: SampleResult;
  readonly verified: VerifyResult;
  readonly report: string;
  /** Mean distances of 1-, 2- and 3-way marginals between the real and the synthetic table. */
  readonly distances: readonly number[];
}

/** Public parameters of the demo training. */
const DEMO_BUDGET = { epsilon: 1, delta: 1e-6 } as const;

/** Rows that attacks on the demo table use: enough for a verdict, and quick. */
const DEMO_ATTACK_ROWS = 2000;

/** Seed of the demo sample, so that two runs from one model look alike. */
const DEMO_SEED = 1;

/**
 * The main job on an embedded table: simulate the lending world, train, sample, verify, evaluate against held-out rows.
 * @throws TabveilError (input) when the folder cannot be written.
 */
export async function runDemo(options: DemoOptions, context: TaskContext = {}): Promise<DemoResult> {
  const folder = resolve(options.out);
  const path = (name: string) => join(folder, name);
  await prepareFolder(folder);
  const [table, holdout, schema] = [path('lending.csv'), path('holdout.csv'), path('schema.json')];
  context.onProgress?.({ phase: 'simulate', done: 0, total: 1 });
  await writeLending({ table, holdout, schema });
  const { epsilon, delta } = DEMO_BUDGET;
  const model = path('model');
  const trained = await train({ table, schema, model: options.model ?? 'aim', epsilon, delta, out: model }, context);
  const synthetic = path('synthetic.csv');
  const sampled = await sample({ model, out: synthetic, seed: DEMO_SEED }, context);
  const verified = await verifyModel({ model }, context);
  const report = path('report.html');
  const scores = await evaluate(
    {
      realPath: table,
      syntheticPath: synthetic,
      holdoutPath: holdout,
      schemaPath: schema,
      htmlPath: report,
      jsonPath: path('report.json'),
      certificatePath: model,
      maxAttackRows: DEMO_ATTACK_ROWS,
    },
    context,
  );
  const distances = [1, 2, 3].map((way) => {
    const metric = scores.metrics.find(({ id, scope }) => id === `marginal-tvd-${way}` && scope === null);
    return metric?.value ?? Number.NaN;
  });
  return { table, schema, trained, sampled, verified, report, distances };
}

/** Files of an earlier demo; only these are replaced, so that a folder with other content keeps it. */
const DEMO_FILES = [
  'lending.csv',
  'lending.csv.ledger.jsonl',
  'holdout.csv',
  'schema.json',
  'model',
  'synthetic.csv',
  'report.html',
  'report.json',
  '.tabveil',
] as const;

/** Removes an earlier demo; never touches a folder that holds something else. */
async function prepareFolder(folder: string): Promise<void> {
  const present: readonly string[] = await readdir(folder).catch(() => []);
  if (present.length > 0 && !present.includes(DEMO_FILES[0])) {
    throw new TabveilError(
      'input',
      'demo.occupied',
      `${folder}: the folder is not empty and holds no earlier demo; give --out a new one.`,
    );
  }
  try {
    await mkdir(folder, { recursive: true });
    for (const name of DEMO_FILES) await rm(join(folder, name), { recursive: true, force: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new TabveilError(
      'input',
      'demo.unwritable',
      `${folder}: cannot prepare the demo folder (${code}); give --out another one.`,
    );
  }
}

/** 30,000 applicants to learn from and 10,000 other people held out. */
const TRAINING = { rows: 30_000, seed: 1 } as const;
const HOLDOUT = { rows: 10_000, seed: 2 } as const;

async function writeLending(files: {
  readonly table: string;
  readonly holdout: string;
  readonly schema: string;
}): Promise<void> {
  await writeFile(files.table, await simulateCsv('lending', TRAINING));
  await writeFile(files.holdout, await simulateCsv('lending', HOLDOUT));
  await copyFile(fileURLToPath(new URL('lending/schema.json', DATASETS)), files.schema);
}
