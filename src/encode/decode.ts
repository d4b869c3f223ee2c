import type { Codes } from '../marginals/count-source.ts';
import { type CategoryColumn, type Column, MISSING_CODE, type NumberColumn, type Table } from '../table/columns.ts';
import type { CategoricalCodec } from './field-codec.ts';
import { stepDecoder } from './numeric-grid.ts';
import { isNumeric, type NumericAttribute, type TableCodec } from './table-codec.ts';

/** Uniform randomness for drawing values inside bins; any seedable stream. */
export interface UniformStream {
  /** Uniform in [0, 1). */
  nextFloat(): number;
}

/** Turns coarse codes of the first `rows` rows into a table. */
export type TableDecoder = (codes: readonly Codes[], rows: number, stream: UniformStream) => Table;

/**
 * Prepares decoding: a numeric value is drawn from the released fine histogram inside its coarse bin, so that spikes
 * and tails survive, and evenly over the representable values of its fine cell.
 *
 * **Privacy**: post-processing of the codec, which holds public and released facts only.
 */
export function createDecoder(codec: TableCodec): TableDecoder {
  const columns = codec.attributes.map((attribute) =>
    isNumeric(attribute) ? numberDecoder(attribute) : categoryDecoder(attribute.codec),
  );
  const names = codec.attributes.map((attribute) => attribute.codec.name);
  return (codes, rows, stream) => ({
    rowCount: rows,
    columns: new Map(names.map((name, index) => [name, columns[index]!(codes[index]!, rows, stream)])),
  });
}

type ColumnDecoder = (codes: Codes, rows: number, stream: UniformStream) => Column;

function categoryDecoder(codec: CategoricalCodec): ColumnDecoder {
  return (codes, rows): CategoryColumn => {
    const decoded = new Int32Array(rows);
    const labels = codec.labels.length;
    for (let row = 0; row < rows; row++) {
      const code = codes[row]!;
      decoded[row] = code < labels ? code : MISSING_CODE;
    }
    return { kind: 'category', codes: decoded, categories: codec.labels };
  };
}

function numberDecoder(attribute: NumericAttribute): ColumnDecoder {
  const bins = attribute.bins.map((_, bin) => stepSampler(attribute, bin));
  const valueAtStep = stepDecoder(attribute.codec.grid);
  return (codes, rows, stream): NumberColumn => {
    const values = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const sampleStep = bins[codes[row]!];
      values[row] = sampleStep === undefined ? Number.NaN : valueAtStep(sampleStep(stream));
    }
    return { kind: 'number', values };
  };
}

/** Draws a step of one bin: a fine cell by weight, then a step of the cell evenly. */
function stepSampler(attribute: NumericAttribute, bin: number): (stream: UniformStream) => number {
  const { grid } = attribute.codec;
  const firstCell = attribute.bins[bin]!;
  const endCell = attribute.bins[bin + 1] ?? grid.starts.length - 1;
  const [firstStep, endStep] = [grid.starts[firstCell]!, grid.starts[endCell]!];
  if (endStep - firstStep === 1) return () => firstStep;
  const cumulative = accumulateWeights(attribute.fineWeights, firstCell, endCell);
  if (cumulative === undefined) return (stream) => firstStep + Math.floor(stream.nextFloat() * (endStep - firstStep));
  return (stream) => {
    const cell = firstCell + firstAbove(cumulative, stream.nextFloat());
    const start = grid.starts[cell]!;
    return start + Math.floor(stream.nextFloat() * (grid.starts[cell + 1]! - start));
  };
}

/** Running shares of the cells of a bin, ending at 1; undefined when the bin has no weight. */
function accumulateWeights(weights: Float64Array, firstCell: number, endCell: number): Float64Array | undefined {
  const cumulative = weights.slice(firstCell, endCell);
  let total = 0;
  for (let cell = 0; cell < cumulative.length; cell++) {
    total += cumulative[cell]!;
    cumulative[cell] = total;
  }
  return total > 0 ? cumulative.map((sum) => sum / total) : undefined;
}

/** Index of the first entry above `share`, by binary search; the last index at most. */
function firstAbove(cumulative: Float64Array, share: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > share) high = middle;
    else low = middle + 1;
  }
  return low;
}
