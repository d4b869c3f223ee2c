import { TabveilError } from '../../errors.ts';
import type { Codes } from '../../marginals/count-source.ts';
import { choleskyFactor } from '../../math/cholesky.ts';
import { type CopulaModel, cutsOf } from './copula-model.ts';
import { createLatentCoder, createMissingCoder, type LatentCoder } from './latent-coder.ts';

/** Rows handled together: latent values of all columns stay in the cache. */
export const CHUNK_ROWS = 512;

/** Latent values of rows as a triangular transform of independent normals, variable by variable. */
export interface LatentRows {
  /** Latent variables in the order of the transform: the k-th depends on the first k+1 normals. */
  readonly latents: readonly number[];
  /** Row-major Cholesky factor of the correlations in that order. */
  readonly factor: Float64Array;
  /** Cuts by position in `latents`. */
  readonly cuts: readonly Float64Array[];
  /** Every latent variable with what it does to the codes of its column: values first, then what is missing. */
  readonly coders: readonly PlacedCoder[];
}

/** A coder with its place in the transform. */
interface PlacedCoder {
  readonly position: number;
  readonly column: number;
  readonly code: LatentCoder;
}

/** The transform of a model with its latent variables in a given order. */
export function createLatentRows(model: CopulaModel, latents: readonly number[]): LatentRows {
  const size = latents.length;
  const permuted = Float64Array.from({ length: size * size }, (_, entry) => {
    return model.correlations[latents[Math.floor(entry / size)]! * size + latents[entry % size]!]!;
  });
  const factor = choleskyFactor(permuted, size);
  if (factor === undefined) throw new TabveilError('bug', 'copula.factor', 'copula: correlations were not checked.');
  const all = cutsOf(model);
  const coders = all.map((cuts, latent): PlacedCoder => {
    const position = latents.indexOf(latent);
    const indicator = model.indicators[latent - model.shares.length];
    if (indicator === undefined)
      return { position, column: latent, code: createLatentCoder(cuts, model.orders[latent]!) };
    return { position, column: indicator.column, code: createMissingCoder(cuts[0]!, indicator.code) };
  });
  return { latents, factor, cuts: latents.map((latent) => all[latent]!), coders };
}

/** Codes of `count` rows from their independent normals; `normals` and `coders` by position, `out` by column. */
export function codeRows(
  rows: LatentRows,
  normals: readonly Float64Array[],
  target: {
    readonly out: readonly Codes[];
    readonly start: number;
    readonly count: number;
    readonly latent: Float64Array;
  },
): void {
  for (const { position, column, code } of rows.coders) {
    combine(rows.factor, normals, position, target.latent, target.count);
    code(target.latent, target.out[column]!, target.start, target.count);
  }
}

/** latent = row `position` of the factor times the normals. */
function combine(
  factor: Float64Array,
  normals: readonly Float64Array[],
  position: number,
  latent: Float64Array,
  count: number,
): void {
  const base = position * normals.length;
  scale(normals[position]!, factor[base + position]!, latent, count);
  let k = 0;
  for (; k + 3 < position; k += 4) addFour(normals, k, factor.subarray(base + k, base + k + 4), latent, count);
  for (; k < position; k++) addScaled(normals[k]!, factor[base + k]!, latent, count);
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
