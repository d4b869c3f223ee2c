import { type Clique, countCells, type Domain } from './domain.ts';
import { type Embedding, embed } from './embedding.ts';
import { addEmbedded, projectFactor } from './factor.ts';

/**
 * A marginal splits into orthogonal parts, one per subset r of its clique: the table over r that says what r adds to all
 * smaller marginals. Each part sums to zero along every attribute of r; the part of the empty set is the total. A marginal
 * over c is Σ_{r ⊆ c} part_r, spread evenly over the attributes of c outside r.
 *
 * @source Xiao, Wang, Zhang, Kifer, "An optimal and scalable matrix mechanism for noisy marginals under convex loss
 * functions" (ResidualPlanner), arXiv 2305.08175, section 4; here with the full table of a part instead of a basis of it
 */
export function residualOf(domain: Domain, clique: Clique, counts: Float64Array, subset: Clique): Float64Array {
  const part = projectFactor(domain, clique, counts, subset);
  centre(domain, subset, part);
  return part;
}

/** Subtracts along each attribute of `clique` the mean over it, in place. */
function centre(domain: Domain, clique: Clique, values: Float64Array): void {
  let stride = values.length;
  for (const attribute of clique) {
    const size = domain.sizes[attribute]!;
    const outer = values.length / stride;
    stride /= size;
    for (let o = 0; o < outer; o++) {
      for (let s = 0; s < stride; s++) {
        const start = o * size * stride + s;
        const end = start + size * stride;
        let sum = 0;
        for (let cell = start; cell < end; cell += stride) sum += values[cell]!;
        const mean = sum / size;
        for (let cell = start; cell < end; cell += stride) values[cell]! -= mean;
      }
    }
  }
}

/** Every subset of a clique, the empty one first and the clique itself last. */
export function subsetsOf(clique: Clique): Clique[] {
  return Array.from({ length: 2 ** clique.length }, (_, bits) =>
    clique.filter((_, position) => (bits >> position) & 1),
  );
}

/** How one marginal is made of parts. */
export interface MarginalParts {
  readonly clique: Clique;
  readonly cells: number;
  /**
   * For each subset of the clique: which of the caller's parts it is, how it lies in the marginal, which share of
   * a cell of the part each cell of the marginal gets, and a buffer as long as the part.
   */
  readonly parts: readonly {
    readonly part: number;
    readonly embedding: Embedding;
    readonly share: number;
    readonly buffer: Float64Array;
  }[];
}

/** Prepares a marginal over `clique`; `partIndex` gives the place of a subset (`subset.join()`) in the caller's parts. */
export function planParts(domain: Domain, clique: Clique, partIndex: ReadonlyMap<string, number>): MarginalParts {
  const cells = countCells(domain, clique);
  const parts = subsetsOf(clique).map((subset) => ({
    part: partIndex.get(subset.join())!,
    embedding: embed(domain, clique, subset),
    share: countCells(domain, subset) / cells,
    buffer: new Float64Array(countCells(domain, subset)),
  }));
  return { clique, cells, parts };
}

/** out = the marginal whose parts are given. */
export function composeMarginal(plan: MarginalParts, parts: readonly Float64Array[], out: Float64Array): void {
  out.fill(0);
  for (const { part, embedding, share, buffer } of plan.parts) {
    const values = parts[part]!;
    for (let cell = 0; cell < buffer.length; cell++) buffer[cell] = share * values[cell]!;
    addEmbedded(out, buffer, embedding);
  }
}
