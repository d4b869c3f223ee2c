import type { SamplingMethod } from '../marginals/block-sampler.ts';
import type { DrawnConditions } from '../sampling/draw-conditioned.ts';
import { openTableWriter } from '../table/write-table.ts';
import { refuseProtected } from './file-roles.ts';
import { type DrawOptions, openDraw } from './open-draw.ts';
import type { TaskContext } from './task-context.ts';

/** What `sample` makes. */
export interface SampleOptions extends DrawOptions {
  /** File to write; its extension (.csv, .parquet, .arrow) decides the format. */
  readonly out: string;
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

/**
 * Writes a synthetic table of any length in bounded memory.
 *
 * **Privacy**: post-processing of the model; spends nothing.
 * @throws TabveilError (input) when the model is damaged, the file cannot be written, or it is a table
 * with a ledger; nothing half-written stays.
 */
export async function sample(options: SampleOptions, context: TaskContext = {}): Promise<SampleResult> {
  await refuseProtected(options.out, 'name another file, because it would be overwritten');
  const { rows, seed, method, schema, blocks, describeConditions } = await openDraw(options, context);
  const signal = context.signal === undefined ? {} : { signal: context.signal };
  const writer = await openTableWriter(options.out, schema, signal);
  try {
    for (const table of blocks) await writer.write(table);
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return { rows, out: options.out, seed, method, ...describeConditions() };
}
