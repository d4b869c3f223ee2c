import type { DrawnConditions } from '../sampling/draw-conditioned.ts';
import type { CategoryColumn, Column, Table } from '../table/columns.ts';
import type { Field, TableSchema } from '../table/schema.ts';
import { type DrawOptions, openDraw } from './open-draw.ts';
import type { TaskContext } from './task-context.ts';

/** What `sampleTable` makes: as `sample`, without a file. */
export type SampleTableOptions = DrawOptions;

/** A synthetic table in memory with what is needed to turn it into Arrow, plain columns or a data frame. */
export interface SampledTable {
  readonly table: Table;
  readonly schema: TableSchema;
  readonly seed: number;
  /** How rows under conditions were drawn; absent without conditions. */
  readonly conditions?: DrawnConditions;
}

/**
 * Draws a synthetic table in memory.
 *
 * **Privacy**: post-processing of the model; spends nothing.
 * **Cost**: 8 bytes per number and 4 per text; use `sample` for tables that do not fit.
 * @throws TabveilError (input) when the model is damaged.
 * @example const { table, schema } = await sampleTable({ model: 'models/lending-mst', rows: 100, seed: 1 }); toColumns(table, schema)
 */
export async function sampleTable(options: SampleTableOptions, context: TaskContext = {}): Promise<SampledTable> {
  const { rows, seed, schema, blocks, describeConditions } = await openDraw(options, context);
  const columns = new Map<string, Column>(schema.fields.map((field) => [field.name, emptyColumn(field)]));
  let firstRow = 0;
  for (const block of blocks) {
    for (const [name, column] of block.columns) {
      columns.set(name, appendColumn(firstRow === 0 ? undefined : columns.get(name), column, { rows, firstRow }));
    }
    firstRow += block.rowCount;
  }
  return { table: { rowCount: rows, columns }, schema, seed, ...describeConditions() };
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
