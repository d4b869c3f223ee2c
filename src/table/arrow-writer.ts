import { RecordBatchFileWriter } from 'apache-arrow';
import type { FileSink } from './file-sink.ts';
import type { OutputSchema, TableEncoder } from './table-writer.ts';
import { type ArrowShape, arrowBatch, arrowShape } from './to-arrow.ts';

/** Encodes the Arrow IPC file format; each batch of rows becomes a record batch, each dictionary is written once. */
export function arrowEncoder(schema: OutputSchema, sink: FileSink): TableEncoder {
  const writer = new RecordBatchFileWriter();
  const chunks = writer[Symbol.asyncIterator]();
  let shape: ArrowShape | undefined;
  let next: Promise<IteratorResult<Uint8Array>> | undefined;
  /** Moves what the writer has queued to the file: whatever is queued arrives before the event loop turns. */
  const drain = async () => {
    for (;;) {
      next ??= chunks.next();
      const result = await Promise.race([next, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
      if (result === undefined) return;
      next = undefined;
      if (result.done === true) return;
      await sink.write(result.value);
    }
  };
  return {
    async encode(batch) {
      shape ??= arrowShape(batch, schema);
      writer.write(arrowBatch(shape, batch));
      await drain();
    },
    async finish() {
      writer.finish();
      await drain();
    },
  };
}
