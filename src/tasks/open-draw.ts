import { randomInt } from 'node:crypto';
import type { SamplingMethod } from '../marginals/block-sampler.ts';
import type { Condition } from '../sampling/condition.ts';
import { conditionRows, type DrawnConditions, describeConditions } from '../sampling/draw-conditioned.ts';
import { generateRows } from '../sampling/generate-rows.ts';
import type { Table } from '../table/columns.ts';
import type { TableSchema } from '../table/schema.ts';
import { loadModel } from './load-model.ts';
import type { TaskContext } from './task-context.ts';

/** What to draw from a model. */
export interface DrawOptions {
  /** Model folder. */
  readonly model: string;
  /** Number of rows; the model's released row count when absent. */
  readonly rows?: number;
  /** Seed of the sample; a fresh one when absent. Equal seeds give equal rows, in memory and in files. */
  readonly seed?: number;
  /** `systematic` (least error) unless told otherwise. */
  readonly method?: SamplingMethod;
  /** Conditions that every row meets, as texts such as `age>=30`, `sex=Female`, `income is missing`; see `parseCondition`. */
  readonly where?: readonly (string | Condition)[];
}

/** A draw that is settled, and its rows block by block. */
export interface OpenedDraw {
  readonly rows: number;
  readonly seed: number;
  readonly method: SamplingMethod;
  readonly schema: TableSchema;
  readonly blocks: Iterable<Table>;
  /** What to say of the conditions once all blocks are drawn; empty without conditions. */
  readonly describeConditions: () => { readonly conditions?: DrawnConditions };
}

/** Seeds drawn for the user stay below this bound, so that they are short to type. */
const FRESH_SEED_BOUND = 2 ** 32;

/**
 * Opens a model and settles what is drawn from it; blocks stop when the context is aborted, and report progress.
 *
 * **Privacy**: post-processing of the model; spends nothing.
 * @throws TabveilError (input) when the model is damaged; (usage) when a condition makes no sense.
 */
export async function openDraw(options: DrawOptions, context: TaskContext): Promise<OpenedDraw> {
  const { stored, model } = await loadModel(options.model);
  const rows = options.rows ?? stored.parts.rows;
  const seed = options.seed ?? randomInt(FRESH_SEED_BOUND);
  const method = options.method ?? 'systematic';
  const request = { model, codec: stored.codec, schema: stored.schema, rows, seed, method };
  const conditioned = options.where?.length ? conditionRows(request, options.where) : undefined;
  const blocks = generateRows({ ...request, ...(conditioned === undefined ? {} : { conditioned }) });
  return {
    rows,
    seed,
    method,
    schema: stored.schema,
    blocks: watchBlocks(blocks, rows, context),
    describeConditions: () => describeConditions(conditioned),
  };
}

/** The same blocks; progress counts a block when the next one is asked for, that is when it has been used. */
function* watchBlocks(blocks: Iterable<Table>, rows: number, { signal, onProgress }: TaskContext): Iterable<Table> {
  let done = 0;
  for (const block of blocks) {
    signal?.throwIfAborted();
    yield block;
    done += block.rowCount;
    onProgress?.({ phase: 'sample', done, total: rows });
  }
}
