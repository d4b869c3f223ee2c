import type { Table } from './columns.ts';
import { type CsvCells, csvCells, quoteCell } from './csv-cells.ts';
import type { FileSink } from './file-sink.ts';
import { columnOf, type OutputSchema, type TableEncoder } from './table-writer.ts';

const [COMMA, LINE_FEED] = [44, 10];
/** Bytes gathered before they go to the file. */
const BYTES_PER_WRITE = 1 << 20;

/** Encodes CSV as RFC 4180 has it, with LF line ends and UTF-8; two buffers let encoding and writing overlap. */
export function csvEncoder(schema: OutputSchema, sink: FileSink): TableEncoder {
  const spare: Uint8Array[] = [];
  let writing: Promise<void> = Promise.resolve();
  let isStarted = false;
  const start = async () => {
    isStarted = true;
    const header = schema.fields.map((field) => quoteCell(field.name)).join(',');
    await sink.write(new TextEncoder().encode(`${header}\n`));
  };
  /** Waits for the write before, then hands over this one; its buffer is free again afterwards. */
  const handOver = async (buffer: Uint8Array, length: number) => {
    await writing;
    writing = sink.write(buffer.subarray(0, length)).then(() => void spare.push(buffer));
    // The failure surfaces at the next await of `writing`; this keeps it from being called unhandled until then.
    writing.catch(() => undefined);
  };
  return {
    async encode(batch) {
      if (!isStarted) await start();
      const cells = cellsOf(schema, batch);
      const maxRowBytes = cells.reduce((bytes, cell) => bytes + cell.maxBytes, 0);
      const capacity = BYTES_PER_WRITE + maxRowBytes;
      for (let row = 0; row < batch.rowCount; ) {
        const pooled = spare.pop();
        const buffer = pooled !== undefined && pooled.length >= capacity ? pooled : new Uint8Array(capacity);
        const filled = fillRows(cells, batch.rowCount, row, buffer);
        row = filled.row;
        await handOver(buffer, filled.length);
      }
    },
    async finish() {
      if (!isStarted) await start();
      await writing;
    },
  };
}

function cellsOf(schema: OutputSchema, batch: Table): CsvCells[] {
  const missingText = schema.missingValues[0] ?? '';
  const last = schema.fields.length - 1;
  return schema.fields.map((field, index) =>
    csvCells(field, columnOf(batch, field.name), {
      missingText,
      separator: index === last ? LINE_FEED : COMMA,
      isAlone: last === 0,
    }),
  );
}

/** Writes rows from `firstRow` on until the buffer holds `BYTES_PER_WRITE`. */
function fillRows(
  cells: readonly CsvCells[],
  rowCount: number,
  firstRow: number,
  buffer: Uint8Array,
): { readonly row: number; readonly length: number } {
  const writers = cells.map((cell) => cell.writeCell);
  let [row, at] = [firstRow, 0];
  for (; row < rowCount && at < BYTES_PER_WRITE; row++) {
    for (let column = 0; column < writers.length; column++) at = writers[column]!(row, buffer, at);
  }
  return { row, length: at };
}
