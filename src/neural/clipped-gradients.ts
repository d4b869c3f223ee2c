import {
  backpropagateRows,
  type DiscriminatorShape,
  type DiscriminatorTensors,
  loadDiscriminator,
  traceDiscriminator,
} from './discriminator.ts';
import { countParameters, type Parameters } from './parameters.ts';
import { keepRows, transposedTimes } from './products.ts';
import { withinScope } from './scope.ts';
import type { Matrix, TensorOps, Vector } from './tensors.ts';

/** Rows of one pass: every pass has this shape, padded with rows that do not count, so that a row meets the same kernels. */
export const PASS_ROWS = 512;

/** Largest norm of a row's integer gradient: sums of `PASS_ROWS` products then stay exact in 32-bit floats. */
export const MOST_L2_BOUND = 2 ** 24 / PASS_ROWS;

/** Hidden activations are rounded to this step before they enter a gradient; inputs must be whole numbers. */
const ACTIVATION_STEP = 1 / 16;

/** What keeps the bound true although norms are computed in 32-bit floats, whose sums of squares err by less than 2^-14. */
const AIM = 1 - 2 ** -10;
const LIMIT = 1 - 2 ** -11;

/** Rows as inputs of a network. */
export interface InputRows {
  /** Writes the input of a row, whole numbers, into zeroed `out`. */
  write(row: number, out: Float32Array): void;
}

/** Rows in a known number, real or generated. */
export interface RowBatch extends InputRows {
  readonly count: number;
}

/** How gradients are clipped and rounded. */
export interface ClippingTerms {
  /** Largest L2 norm of one row's gradient over all layers jointly. */
  readonly clip: number;
  /** The same norm in whole units, at most `MOST_L2_BOUND`: a unit is worth clip / l2Bound. */
  readonly l2Bound: number;
}

/** Which side of the discriminator's question rows are on. */
export type RowSide = 'real' | 'fake';

/** A sum of clipped gradients to compute. */
export interface GradientJob {
  readonly shape: DiscriminatorShape;
  readonly parameters: Parameters;
  readonly terms: ClippingTerms;
  readonly rows: InputRows;
  /** Which rows. */
  readonly drawn: Int32Array;
  /** Real rows are to get high logits, fakes low ones: loss log(1 + exp(∓logit)). */
  readonly side: RowSide;
}

/**
 * Sum of the rows' gradients, each clipped over all layers jointly and rounded to whole units of clip / l2Bound.
 *
 * For a dense layer the gradient of one row is the outer product of its input a and its delta δ, whose norm is ‖a‖·‖δ‖; so
 * one backward pass gives all norms, and one product of matrices per layer the sum (ghost clipping). Both factors are rounded
 * to whole units *before* the norm is checked, so a row's contribution is an integer vector whose norm is at most `l2Bound`,
 * and sums over a pass are exact: in any order no partial sum exceeds 2^24. A row whose norm is not finite adds nothing.
 *
 * **Privacy**: a row's contribution depends on this row and the parameters alone.
 * **Cost**: one forward pass, one backward pass and one product per layer for each `PASS_ROWS` rows.
 * @returns integers in the order of the parameters.
 * @source Goodfellow, "Efficient per-example gradient computations", 2015 (arXiv 1510.01799); Li et al. 2022 (arXiv
 * 2110.05679), section 4, for clipping; the integer factors are our own.
 */
export function sumClippedGradients(ops: TensorOps, job: GradientJob): Float64Array {
  const total = new Float64Array(countParameters(job.parameters));
  if (job.drawn.length === 0) return total;
  withinScope(ops, () => {
    const network = loadDiscriminator(ops, job.shape, job.parameters);
    for (let start = 0; start < job.drawn.length; start += PASS_ROWS) {
      addPass(ops, network, { job, drawn: job.drawn.subarray(start, start + PASS_ROWS), total });
    }
  });
  return total;
}

interface Pass {
  readonly job: GradientJob;
  readonly drawn: Int32Array;
  readonly total: Float64Array;
}

function addPass(ops: TensorOps, network: DiscriminatorTensors, { job, drawn, total }: Pass): void {
  withinScope(ops, () => {
    const { input, counts } = readInputs(job, drawn);
    const trace = traceDiscriminator(ops, network, ops.tensor2d(input, [PASS_ROWS, job.shape.inputSize]));
    const likelihood: Matrix = ops.sigmoid(trace.logits);
    const outer = job.side === 'real' ? ops.sub<Matrix>(likelihood, 1) : likelihood;
    const deltas = backpropagateRows(ops, network, trace, outer);
    const factors = clipRows(ops, { inputs: trace.inputs, deltas }, { ...job.terms, counts: ops.tensor1d(counts) });
    let offset = 0;
    for (const { input: activations, delta, biasUnits } of factors) {
      offset = addTo(total, offset, transposedTimes(ops, activations, delta));
      offset = addTo(total, offset, ops.matMul<Matrix>(ops.fill([1, PASS_ROWS], biasUnits), delta));
    }
  });
}

function readInputs({ shape, rows }: GradientJob, drawn: Int32Array): { input: Float32Array; counts: Float32Array } {
  const input = new Float32Array(PASS_ROWS * shape.inputSize);
  for (const [place, row] of drawn.entries()) {
    rows.write(row, input.subarray(place * shape.inputSize, (place + 1) * shape.inputSize));
  }
  return { input, counts: new Float32Array(PASS_ROWS).fill(1, 0, drawn.length) };
}

function addTo(total: Float64Array, offset: number, sums: Matrix): number {
  const values = sums.dataSync<'float32'>();
  for (let index = 0; index < values.length; index++) total[offset + index]! += values[index]!;
  return offset + values.length;
}

/** One layer's gradient of every row as a product of whole numbers. */
interface LayerFactors {
  /** Input in whole steps. */
  readonly input: Matrix;
  /** Delta in whole units. */
  readonly delta: Matrix;
  /** The bias is a weight on a constant input of 1, which is this many steps. */
  readonly biasUnits: number;
}

interface RoundedLayer {
  readonly steps: Matrix;
  readonly delta: Matrix;
  /** Delta times this is in units. */
  readonly unitsPerDelta: number;
  readonly biasUnits: number;
  /** Squared norm of the input with its constant, rows × 1. */
  readonly inputSquare: Matrix;
}

/**
 * Clips and rounds: c·δ is rounded after c has left room for the rounding, and the norm is checked again afterwards.
 * @param terms `counts` is 1 for rows that count and 0 for padding.
 */
function clipRows(
  ops: TensorOps,
  { inputs, deltas }: { readonly inputs: readonly Matrix[]; readonly deltas: readonly Matrix[] },
  { clip, l2Bound, counts }: ClippingTerms & { readonly counts: Vector },
): LayerFactors[] {
  const layers = deltas.map((delta, layer): RoundedLayer => {
    const biasUnits = layer === 0 ? 1 : 1 / ACTIVATION_STEP;
    // Inputs of the network are whole numbers.
    const steps: Matrix = layer === 0 ? inputs[0]! : ops.round(ops.mul<Matrix>(inputs[layer]!, biasUnits));
    const inputSquare: Matrix = ops.add(sumOfSquares(ops, steps), biasUnits * biasUnits);
    return { steps, biasUnits, inputSquare, delta, unitsPerDelta: l2Bound / clip / biasUnits };
  });
  const squareOf = (factor: (layer: RoundedLayer, index: number) => Matrix): Matrix =>
    layers.map(factor).reduce((sum, square) => ops.add<Matrix>(sum, square));
  const square = squareOf(({ delta, unitsPerDelta, inputSquare }) =>
    ops.mul(sumOfSquares(ops, delta), ops.mul(inputSquare, unitsPerDelta ** 2)),
  );
  // Rounding n numbers moves a vector by at most √n/2.
  const room = ops.sqrt(squareOf(({ delta, inputSquare }) => ops.mul(inputSquare, delta.shape[1] / 4)));
  const scale = ops.minimum(1, ops.div(ops.maximum(ops.sub(l2Bound * AIM, room), 0), ops.sqrt(square)));
  const rounded = layers.map(({ delta, unitsPerDelta }) =>
    ops.round(ops.mul<Matrix>(delta, ops.mul(scale, unitsPerDelta))),
  );
  const norm = squareOf(({ inputSquare }, layer) => ops.mul(sumOfSquares(ops, rounded[layer]!), inputSquare));
  // A comparison with NaN is false.
  const fits = ops.lessEqual<Vector>(ops.reshape(norm, [PASS_ROWS]), (l2Bound * LIMIT) ** 2);
  const kept = ops.logicalAnd<Vector>(fits, ops.greater(counts, 0));
  return layers.map(({ steps, biasUnits }, layer) => ({
    // Inputs of the network are finite, so that no delta is enough to remove a row.
    input: layer === 0 ? steps : keepRows(ops, steps, kept),
    delta: keepRows(ops, rounded[layer]!, kept),
    biasUnits,
  }));
}

function sumOfSquares(ops: TensorOps, matrix: Matrix): Matrix {
  return ops.sum(ops.mul(matrix, matrix), 1, true);
}
