import { countLogits, type GeneratorShape } from './generator.ts';
import { LAYER_NORM_EPSILON } from './layer-norm.ts';
import { LEAKY_SLOPE } from './leaky-relu.ts';
import type { Parameters } from './parameters.ts';

/**
 * Head probabilities of a batch of inputs in plain JavaScript: the same network as `generatorLogits` followed by
 * `softmaxHeads`, without a neural backend, so that a finished model gives the same rows wherever it is sampled.
 *
 * @param parameters in the order of `generatorTensors`.
 * @param inputs rows × inputSize, row-major.
 * @returns rows × `countLogits(shape)`, row-major; every head sums to 1 up to rounding.
 * **Numerics**: sums in 64-bit floats, results rounded to 32.
 * **Cost**: about 1 ns per weight and row.
 */
export function headProbabilities(shape: GeneratorShape, parameters: Parameters, inputs: Float32Array): Float32Array {
  const { inputSize, hiddenSize, blocks } = shape;
  const rows = inputs.length / inputSize;
  const width = countLogits(shape);
  const out = new Float32Array(rows * width);
  const hidden = new Float64Array(hiddenSize);
  const inner = new Float64Array(hiddenSize);
  const logits = new Float64Array(width);
  const values = (index: number) => parameters[index]!.values;
  for (let row = 0; row < rows; row++) {
    applyDense(inputs.subarray(row * inputSize, (row + 1) * inputSize), values(0), values(1), hidden);
    for (let block = 0; block < blocks; block++) {
      const first = 2 + 4 * block;
      applyDense(hidden, values(first), values(first + 1), inner);
      normalise(inner, values(first + 2), values(first + 3));
      for (let unit = 0; unit < hiddenSize; unit++) hidden[unit]! += Math.max(inner[unit]!, LEAKY_SLOPE * inner[unit]!);
    }
    applyDense(hidden, values(2 + 4 * blocks), values(3 + 4 * blocks), logits);
    writeHeads(logits, shape.headSizes, out.subarray(row * width, (row + 1) * width));
  }
  return out;
}

/** out = input·weights + bias for one row; the inner loop walks weights in the order they lie in. */
function applyDense(input: ArrayLike<number>, weights: Float32Array, bias: Float32Array, out: Float64Array): void {
  out.set(bias);
  const outputs = out.length;
  for (let source = 0; source < input.length; source++) {
    const factor = input[source]!;
    if (factor === 0) continue;
    const base = source * outputs;
    for (let unit = 0; unit < outputs; unit++) out[unit]! += factor * weights[base + unit]!;
  }
}

/** Layer norm of one row, in place. */
function normalise(values: Float64Array, gain: Float32Array, shift: Float32Array): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const inverse = 1 / Math.sqrt(variance + LAYER_NORM_EPSILON);
  for (let unit = 0; unit < values.length; unit++) {
    values[unit] = (values[unit]! - mean) * inverse * gain[unit]! + shift[unit]!;
  }
}

function writeHeads(logits: Float64Array, sizes: readonly number[], out: Float32Array): void {
  let start = 0;
  for (const size of sizes) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let cell = start; cell < start + size; cell++) largest = Math.max(largest, logits[cell]!);
    let total = 0;
    for (let cell = start; cell < start + size; cell++) {
      logits[cell] = Math.exp(logits[cell]! - largest);
      total += logits[cell]!;
    }
    for (let cell = start; cell < start + size; cell++) out[cell] = logits[cell]! / total;
    start += size;
  }
}
