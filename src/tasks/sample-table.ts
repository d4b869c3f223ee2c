import { randomInt } from 'node:crypto';
import type { SamplingMethod } from '../marginals/block-sampler.ts';
import type { Condition } from '../sampling/condition.ts';
import { conditionRows, type DrawnConditions, describeConditions } from '../sampling/draw-conditioned.ts';
import { generateRows } from '../sampling/generate-rows.ts';
import type { CategoryColumn, Column, Table } from '../table/columns.ts';
import type { Field, TableSchema } from '../table/schema.ts';
import { loadModel } from './load-model.ts';
import type { TaskContext } from './task-context.ts';

/** What `sampleTable` makes: as `sample`, without a file. */
export interface SampleTableOptions {
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

/** A synthetic table in memory with what is needed to turn it into Arrow, plain columns or a data frame. */
export interface SampledTable {
  readonly table: Table;
  readonly schema: TableSchema;
  readonly seed: number;
  /** How rows under conditions were drawn; absent without conditions. */
  readonly conditions?: DrawnConditions;
}

/** Seeds drawn for the user stay below this bound, so that they are short to type. */
const FRESH_SEED_BOUND = 2 ** 32;

/**
 * Draws a synthetic table in memory.
 *
 * **Privacy**: post-processing of the model; spends nothing.
 * **Cost**: 8 bytes per number and 4 per text; use `sample` for tables that do not fit.
 * @throws TabveilError (input) when the model is damaged.
 * @example const { table, schema } = await sampleTable({ model: 'models/lending-mst', rows: 100, seed: 1 }); toColumns(table, schema)
 */
export async function sampleTable(options: SampleTableOptions, context: TaskContext = {}): Promise<SampledTable> {
  const { stored, model } = await loadModel(options.model);
  const rows = options.rows ?? stored.parts.rows;
  const seed = options.seed ?? randomInt(FRESH_SEED_BOUND);
  const method = options.method ?? 'systematic';
  const request = { model, codec: stored.codec, schema: stored.schema, rows, seed, method };
  const conditioned = options.where?.length ? conditionRows(request, options.where) : undefined;
  const columns = new Map<string, Column>(stored.schema.fields.map((field) => [field.name, emptyColumn(field)]));
  let firstRow = 0;
  for (const block of generateRows({ ...request, ...(conditioned === undefined ? {} : { conditioned }) })) {
    context.signal?.throwIfAborted();
    for (const [name, column] of block.columns) {
      columns.set(name, appendColumn(firstRow === 0 ? undefined : columns.get(name), column, { rows, firstRow }));
    }
    firstRow += block.rowCount;
    context.onProgress?.({ phase: 'sample', done: firstRow, total: rows });
  }
  return { table: { rowCount: rows, columns }, schema: stored.schema, seed, ...describeConditions(conditioned) };
}

/** A column without rows, for a table without rows. */
function emptyColumn({ domain, type }: Field): Column {
  const isNumber = domain.kind === 'numeric' || (domain.kind === 'identifier' && type === 'integer');
  if (isNumber) return { kind: 'number', values: new Float64Array(0) };
  return { kind: 'category', codes: new Int32Array(0), categories: [] };
}

/** Copies a block's column into the column of the whole table, which is made for the first block. */
function appendColumn(
  whole: Column | undefined,
  block: Column,
  place: { readonly rows: number; readonly firstRow: number },
): Column {
  if (block.kind === 'number') {
    const values = whole?.kind === 'number' ? whole.values : new Float64Array(place.rows);
    values.set(block.values, place.firstRow);
    return { kind: 'number', values };
  }
  const known: CategoryColumn =
    whole?.kind === 'category' ? whole : { ...block, codes: new Int32Array(place.rows), categories: block.categories };
  // Identifiers have new texts in every block; the categories of modelled columns stay the same.
  const isSame = known.categories === block.categories || sameTexts(known.categories, block.categories);
  const offset = isSame ? 0 : known.categories.length;
  known.codes.set(offset === 0 ? block.codes : block.codes.map((code) => code + offset), place.firstRow);
  return isSame ? known : { ...known, categories: [...known.categories, ...block.categories] };
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
