import type { FileSink } from '../file-sink.ts';
import { columnOf, type OutputSchema, type TableEncoder } from '../table-writer.ts';
import { type ColumnChunk, fileMetadata } from './metadata.ts';
import { type PageCollector, pageCollector } from './pages.ts';

const MAGIC = new TextEncoder().encode('PAR1');
/** Rows after which a row group goes to the file; readers work on row groups in parallel. */
const ROWS_PER_GROUP = 1 << 18;

/**
 * Encodes Parquet: one data page per batch and column, dictionaries for texts and for numbers on small grids, no
 * compression beyond that. Memory holds one row group of encoded pages.
 * @source Apache Parquet format, README.md, "File format"
 */
export function parquetEncoder(schema: OutputSchema, sink: FileSink): TableEncoder {
  const rowGroups: ColumnChunk[][] = [];
  let collectors: PageCollector[] | undefined;
  let rowsInGroup = 0;
  const flush = async () => {
    if (rowsInGroup === 0 || collectors === undefined) return;
    const chunks: ColumnChunk[] = [];
    for (const collector of collectors) chunks.push(await writeChunk(collector, rowsInGroup, sink));
    rowGroups.push(chunks);
    rowsInGroup = 0;
  };
  return {
    async encode(batch) {
      if (sink.position === 0) await sink.write(MAGIC);
      collectors ??= schema.fields.map((field) => pageCollector(field, columnOf(batch, field.name)));
      for (const collector of collectors) collector.append(columnOf(batch, collector.column.name), batch.rowCount);
      rowsInGroup += batch.rowCount;
      if (rowsInGroup >= ROWS_PER_GROUP) await flush();
    },
    async finish() {
      await flush();
      const footer = fileMetadata(
        (collectors ?? []).map((collector) => collector.column),
        rowGroups,
      );
      const tail = new Uint8Array(footer.length + 8);
      tail.set(footer);
      new DataView(tail.buffer).setUint32(footer.length, footer.length, true);
      tail.set(MAGIC, footer.length + 4);
      await sink.write(tail);
    },
  };
}

async function writeChunk(collector: PageCollector, rowCount: number, sink: FileSink): Promise<ColumnChunk> {
  const { pages, hasDictionary } = collector.take();
  const firstOffset = sink.position;
  const dictionaryBytes = hasDictionary ? (pages[0]?.length ?? 0) + (pages[1]?.length ?? 0) : 0;
  for (const page of pages) await sink.write(page);
  return {
    column: collector.column,
    rowCount,
    firstOffset,
    dataOffset: firstOffset + dictionaryBytes,
    byteLength: sink.position - firstOffset,
    hasDictionary,
  };
}
