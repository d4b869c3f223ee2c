import { createDecoder } from '../encode/decode.ts';
import type { TableCodec } from '../encode/table-codec.ts';
import { BLOCK_ROWS, type SamplingMethod } from '../marginals/block-sampler.ts';
import type { Codes } from '../marginals/count-source.ts';
import { createCodes } from '../marginals/memory-count-source.ts';
import { createStream, type Seed, type Stream } from '../random/stream.ts';
import type { OpenModel } from '../synthesizers/synthesizer.ts';
import type { CategoryColumn, Column, NumberColumn, Table } from '../table/columns.ts';
import type { Field, TableSchema } from '../table/schema.ts';
import type { ConditionedRows } from './draw-conditioned.ts';

/** What to generate. */
export interface GenerationRequest {
  readonly model: OpenModel;
  readonly codec: TableCodec;
  readonly schema: Pick<TableSchema, 'fields'>;
  readonly rows: number;
  readonly seed: Seed;
  readonly method: SamplingMethod;
  /** Rows under conditions, see `conditionRows`; all rows when absent. */
  readonly conditioned?: ConditionedRows;
}

/**
 * Generates a synthetic table in blocks of `BLOCK_ROWS` rows, the last one shorter.
 *
 * **Privacy**: post-processing of a released model; the seed is free to be published.
 * The same request gives the same rows whatever is done between blocks.
 */
export function* generateRows(request: GenerationRequest): Generator<Table> {
  const { conditioned } = request;
  const generateBlock = conditioned?.generateBlock ?? request.model.createGenerator(request.method);
  const decode = createDecoder(conditioned?.codec ?? request.codec);
  const codes: Codes[] = request.model.domain.sizes.map((size) =>
    createCodes(size, Math.min(request.rows, BLOCK_ROWS)),
  );
  for (let block = 0; block * BLOCK_ROWS < request.rows; block++) {
    const rows = Math.min(BLOCK_ROWS, request.rows - block * BLOCK_ROWS);
    const stream = createStream(request.seed, 'rows', block);
    generateBlock(rows, stream.split('codes'), codes);
    const table = decode(codes, rows, stream.split('values'));
    yield withIdentifiers(table, request.schema.fields, {
      firstRow: block * BLOCK_ROWS,
      stream: stream.split('identifiers'),
    });
  }
}

/** Adds fresh identifiers and puts the columns into schema order. */
function withIdentifiers(
  table: Table,
  fields: readonly Field[],
  block: { readonly firstRow: number; readonly stream: Stream },
): Table {
  const columns = fields.map((field): [string, Column] => {
    const modelled = table.columns.get(field.name);
    if (modelled !== undefined) return [field.name, modelled];
    return [field.name, freshIdentifiers(field, table.rowCount, block)];
  });
  return { rowCount: table.rowCount, columns: new Map(columns) };
}

/**
 * Identifiers that never saw a private one: 1, 2, 3, … or random version 4 UUIDs (RFC 9562).
 */
function freshIdentifiers(
  field: Field,
  rows: number,
  block: { readonly firstRow: number; readonly stream: Stream },
): NumberColumn | CategoryColumn {
  const isUuid = field.domain.kind === 'identifier' && field.domain.format === 'uuid';
  if (!isUuid && field.type !== 'string') {
    return { kind: 'number', values: Float64Array.from({ length: rows }, (_, row) => block.firstRow + row + 1) };
  }
  const labels = Array.from({ length: rows }, (_, row) =>
    isUuid ? uuid(block.stream) : `${block.firstRow + row + 1}`,
  );
  return { kind: 'category', codes: Int32Array.from({ length: rows }, (_, row) => row), categories: labels };
}

function uuid(stream: Stream): string {
  const hex = Array.from({ length: 4 }, () => stream.nextUint32().toString(16).padStart(8, '0')).join('');
  const variant = '89ab'[stream.nextUint32() & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
