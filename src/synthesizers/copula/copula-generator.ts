import { TabveilError } from '../../errors.ts';
import type { SamplingMethod } from '../../marginals/block-sampler.ts';
import { choleskyFactor } from '../../math/cholesky.ts';
import { createNormalTable } from '../../math/normal-table.ts';
import { latticeMultipliers } from '../../math/rank-one-lattice.ts';
import type { BlockGenerator, BlockStream } from '../synthesizer.ts';
import { type CopulaModel, cutsOf } from './copula-model.ts';
import { createLatentCoder } from './latent-coder.ts';

/** Rows handled together: latent values of all columns stay in the cache. */
const CHUNK_ROWS = 512;

/** Fills words of one column for rows start … start+count-1 of the block. */
type WordFiller = (column: number, start: number, words: Uint32Array, count: number) => void;

/**
 * Generates rows of a copula: independent normals, the Cholesky factor of the correlations, the cut of each latent axis.
 *
 * `iid` draws every row on its own. `systematic` takes the rows of a block from a rank-one lattice with a random shift, in
 * random order: each row has the same distribution, and tables over few columns carry far less sampling error.
 * @source Cranley and Patterson 1976 (random shift of a lattice).
 * **Cost**: columns²/2 multiplications per row; 15 columns run above a million rows per second.
 */
export function createCopulaGenerator(model: CopulaModel, method: SamplingMethod): BlockGenerator {
  const columns = model.shares.length;
  const factor = choleskyFactor(model.correlations, columns);
  if (factor === undefined) throw new TabveilError('bug', 'copula.factor', 'copula: correlations were not checked.');
  const cuts = cutsOf(model);
  const coders = cuts.map((cut, column) => createLatentCoder(cut, model.orders[column]!));
  const toNormals = createNormalTable();
  const words = new Uint32Array(CHUNK_ROWS);
  const normals = Array.from({ length: columns }, () => new Float64Array(CHUNK_ROWS));
  const latent = new Float64Array(CHUNK_ROWS);
  const multipliers = new Map<number, Int32Array>();
  return (rows, stream, out) => {
    const fill = method === 'iid' ? fillIid(stream) : fillLattice(rows, columns, { stream, multipliers });
    for (let start = 0; start < rows; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - start);
      for (let column = 0; column < columns; column++) {
        fill(column, start, words, count);
        toNormals(words, normals[column]!, count);
      }
      for (let column = 0; column < columns; column++) {
        combine(factor, normals, column, latent, count);
        coders[column]!(latent, out[column]!, start, count);
      }
    }
  };
}

function fillIid(stream: BlockStream): WordFiller {
  return (_column, _start, words, count) =>
    stream.fillUint32(count === words.length ? words : words.subarray(0, count));
}

/** Row r of the block is lattice point order[r]; a coordinate is a 32-bit fraction, so that its wrap is exact. */
function fillLattice(
  rows: number,
  columns: number,
  state: { readonly stream: BlockStream; readonly multipliers: Map<number, Int32Array> },
): WordFiller {
  const { stream } = state;
  let vector = state.multipliers.get(rows);
  if (vector === undefined) {
    vector = latticeMultipliers(rows, columns);
    state.multipliers.set(rows, vector);
  }
  const steps = Uint32Array.from(vector, (multiplier) => Math.round((multiplier / rows) * 2 ** 32));
  const shifts = Uint32Array.from({ length: columns }, () => stream.nextUint32());
  const order = permutation(rows, stream);
  return (column, start, words, count) => {
    const [step, shift] = [steps[column]!, shifts[column]!];
    for (let index = 0; index < count; index++) words[index] = Math.imul(order[start + index]!, step) + shift;
  };
}

/** A random order of 0 … rows-1 (Fisher–Yates). */
function permutation(rows: number, stream: BlockStream): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  for (let row = rows - 1; row > 0; row--) {
    const other = Math.floor((stream.nextUint32() / 2 ** 32) * (row + 1));
    const held = order[row]!;
    order[row] = order[other]!;
    order[other] = held;
  }
  return order;
}

/** latent = row `column` of the factor times the normals. */
function combine(
  factor: Float64Array,
  normals: readonly Float64Array[],
  column: number,
  latent: Float64Array,
  count: number,
): void {
  const base = column * normals.length;
  scale(normals[column]!, factor[base + column]!, latent, count);
  let k = 0;
  for (; k + 3 < column; k += 4) {
    addFour(normals, k, factor.subarray(base + k, base + k + 4), latent, count);
  }
  for (; k < column; k++) addScaled(normals[k]!, factor[base + k]!, latent, count);
}

function scale(values: Float64Array, weight: number, out: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) out[index] = weight * values[index]!;
}

function addScaled(values: Float64Array, weight: number, out: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) out[index]! += weight * values[index]!;
}

/** Four columns at once load and store the sum a quarter as often. */
function addFour(
  normals: readonly Float64Array[],
  first: number,
  weights: Float64Array,
  out: Float64Array,
  count: number,
): void {
  const [a, b, c, d] = [normals[first]!, normals[first + 1]!, normals[first + 2]!, normals[first + 3]!];
  const [wa, wb, wc, wd] = [weights[0]!, weights[1]!, weights[2]!, weights[3]!];
  for (let index = 0; index < count; index++) {
    out[index]! += wa * a[index]! + wb * b[index]! + wc * c[index]! + wd * d[index]!;
  }
}
