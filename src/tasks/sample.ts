import { randomInt } from 'node:crypto';
import type { SamplingMethod } from '../marginals/block-sampler.ts';
import type { Condition } from '../sampling/condition.ts';
import { conditionRows, type DrawnConditions, describeConditions } from '../sampling/draw-conditioned.ts';
import { generateRows } from '../sampling/generate-rows.ts';
import { openTableWriter } from '../table/write-table.ts';
import { refuseProtected } from './file-roles.ts';
import { loadModel } from './load-model.ts';
import type { TaskContext } from './task-context.ts';

/** What `sample` makes. */
export interface SampleOptions {
  /** Model folder. */
  readonly model: string;
  /** Number of rows; the model's released row count when absent. */
  readonly rows?: number;
  /** File to write; its extension (.csv, .parquet, .arrow) decides the format. */
  readonly out: string;
  /** Seed of the sample; a fresh one when absent. Equal seeds give equal rows. */
  readonly seed?: number;
  /** `systematic` (least error) unless told otherwise. */
  readonly method?: SamplingMethod;
  /** Conditions that every row meets, as texts such as `age>=30`, `sex=Female`, `income is missing`; see `parseCondition`. */
  readonly where?: readonly (string | Condition)[];
}

/** What `sample` made. */
export interface SampleResult {
  readonly rows: number;
  readonly out: string;
  /** The seed that reproduces the file. */
  readonly seed: number;
  readonly method: SamplingMethod;
  /** How rows under conditions were drawn; absent without conditions. */
  readonly conditions?: DrawnConditions;
}

/** Seeds drawn for the user stay below this bound, so that they are short to type. */
const FRESH_SEED_BOUND = 2 ** 32;

/**
 * Writes a synthetic table of any length in bounded memory.
 *
 * **Privacy**: post-processing of the model; spends nothing.
 * @throws TabveilError (input) when the model is damaged the file cannot be written, or it is a table
 * with a ledger; nothing half-written stays.
 */
export async function sample(options: SampleOptions, context: TaskContext = {}): Promise<SampleResult> {
  await refuseProtected(options.out, 'name another file, because it would be overwritten');
  const { stored, model } = await loadModel(options.model);
  const rows = options.rows ?? stored.parts.rows;
  const seed = options.seed ?? randomInt(FRESH_SEED_BOUND);
  const method = options.method ?? 'systematic';
  const request = { model, codec: stored.codec, schema: stored.schema, rows, seed, method };
  const conditioned = options.where?.length ? conditionRows(request, options.where) : undefined;
  const signal = context.signal === undefined ? {} : { signal: context.signal };
  const writer = await openTableWriter(options.out, stored.schema, signal);
  try {
    let written = 0;
    for (const table of generateRows({ ...request, ...(conditioned === undefined ? {} : { conditioned }) })) {
      context.signal?.throwIfAborted();
      await writer.write(table);
      written += table.rowCount;
      context.onProgress?.({ phase: 'sample', done: written, total: rows });
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return { rows, out: options.out, seed, method, ...describeConditions(conditioned) };
}
