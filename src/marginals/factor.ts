import { type Clique, countCells, type Domain } from './domain.ts';
import { type Embedding, embed } from './embedding.ts';
import { expNonPositive } from './exp.ts';

/** large += small, repeated over the attributes that `small` lacks. */
export function addEmbedded(large: Float64Array, small: Float64Array, embedding: Embedding): void {
  const { outer, middle, inner } = embedding;
  let cell = 0;
  for (let o = 0; o < outer.length; o++) {
    const base = outer[o]!;
    for (let m = 0; m < middle; m++) {
      if (embedding.innerShared) {
        for (let i = base; i < base + inner; i++) large[cell++]! += small[i]!;
      } else {
        const value = small[base + m]!;
        for (const end = cell + inner; cell < end; cell++) large[cell]! += value;
      }
    }
  }
}

/** large *= small, repeated over the attributes that `small` lacks. */
export function scaleEmbedded(large: Float64Array, small: Float64Array, embedding: Embedding): void {
  const { outer, middle, inner } = embedding;
  let cell = 0;
  for (let o = 0; o < outer.length; o++) {
    const base = outer[o]!;
    for (let m = 0; m < middle; m++) {
      if (embedding.innerShared) {
        for (let i = base; i < base + inner; i++) large[cell++]! *= small[i]!;
      } else {
        const value = small[base + m]!;
        for (const end = cell + inner; cell < end; cell++) large[cell]! *= value;
      }
    }
  }
}

/** out = sums of `large` over the attributes that `out` lacks. */
export function sumOnto(large: Float64Array, embedding: Embedding, out: Float64Array): void {
  const { outer, middle, inner } = embedding;
  out.fill(0);
  let cell = 0;
  for (let o = 0; o < outer.length; o++) {
    const base = outer[o]!;
    for (let m = 0; m < middle; m++) {
      if (embedding.innerShared) {
        for (let i = base; i < base + inner; i++) out[i]! += large[cell++]!;
      } else {
        let sum = 0;
        for (const end = cell + inner; cell < end; cell++) sum += large[cell]!;
        out[base + m]! += sum;
      }
    }
  }
}

/** out = largest cell of `large` over the attributes that `out` lacks; -Infinity where all are. */
export function maxOnto(large: Float64Array, embedding: Embedding, out: Float64Array): void {
  const { outer, middle, inner } = embedding;
  out.fill(Number.NEGATIVE_INFINITY);
  let cell = 0;
  for (let o = 0; o < outer.length; o++) {
    const base = outer[o]!;
    for (let m = 0; m < middle; m++) {
      if (embedding.innerShared) {
        for (let i = base; i < base + inner; i++) {
          const value = large[cell++]!;
          if (value > out[i]!) out[i] = value;
        }
      } else {
        let max = out[base + m]!;
        for (const end = cell + inner; cell < end; cell++) if (large[cell]! > max) max = large[cell]!;
        out[base + m] = max;
      }
    }
  }
}

/**
 * Exponentiates in place: large = exp(large − max) with the maximum of each group of cells that share a cell of the
 * small table, and sums = the totals of those groups. Groups whose maximum is -Infinity become 0.
 *
 * **Numerics**: every other group total lies in [1, group size], so nothing overflows or vanishes.
 */
export function expGroups(large: Float64Array, embedding: Embedding, max: Float64Array, sums: Float64Array): void {
  const { outer, middle, inner } = embedding;
  maxOnto(large, embedding, max);
  sums.fill(0);
  let cell = 0;
  for (let o = 0; o < outer.length; o++) {
    const base = outer[o]!;
    for (let m = 0; m < middle; m++) {
      if (embedding.innerShared) {
        for (let i = base; i < base + inner; i++, cell++) {
          const value = expNonPositive(large[cell]! - max[i]!);
          large[cell] = value;
          sums[i]! += value;
        }
      } else {
        const top = max[base + m]!;
        let sum = 0;
        for (const end = cell + inner; cell < end; cell++) {
          const value = expNonPositive(large[cell]! - top);
          large[cell] = value;
          sum += value;
        }
        sums[base + m]! += sum;
      }
    }
  }
}

/** The marginal of `values` (over `clique`) on `onto`: row-major, last attribute fastest. */
export function projectFactor(domain: Domain, clique: Clique, values: Float64Array, onto: Clique): Float64Array {
  const out = new Float64Array(countCells(domain, onto));
  sumOnto(values, embed(domain, clique, onto), out);
  return out;
}

/** `values` (over `clique`) repeated to a table over `onto`, which contains `clique`. */
export function expandFactor(domain: Domain, clique: Clique, values: Float64Array, onto: Clique): Float64Array {
  const out = new Float64Array(countCells(domain, onto));
  addEmbedded(out, values, embed(domain, onto, clique));
  return out;
}

/** log Σ exp(logValues); -Infinity for an empty or all -Infinity table. */
export function logSumExp(logValues: Float64Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let cell = 0; cell < logValues.length; cell++) if (logValues[cell]! > max) max = logValues[cell]!;
  if (max === Number.NEGATIVE_INFINITY) return max;
  let sum = 0;
  for (let cell = 0; cell < logValues.length; cell++) sum += expNonPositive(logValues[cell]! - max);
  return max + Math.log(sum);
}
