import { reorder } from './contraction.ts';
import { type Clique, countCells } from './domain.ts';
import { projectFactor } from './factor.ts';
import type { GraphicalModel } from './graphical-model.ts';
import { normalizeRows } from './model-marginals.ts';

/**
 * One attribute's turn in ancestral sampling: it is drawn from its conditional distribution given attributes drawn
 * before. Steps of one tree clique follow each other, so a row's key grows by one digit per step.
 */
export interface SamplingStep {
  readonly attribute: number;
  readonly size: number;
  /** Number of keys, one per combination of the given attributes. */
  readonly keys: number;
  /** True when the key starts again at 0 with `appended`; false when it continues from the previous step. */
  readonly restarts: boolean;
  /** Attributes whose codes become further digits of the key, the last fastest. */
  readonly appended: Clique;
  /** P(attribute | key), row-major over keys then codes; each row sums to 1. */
  readonly conditionals: Float64Array;
}

/**
 * The steps that draw whole rows of a model: cliques of its junction tree from the root, and in each the attributes not
 * yet drawn, one by one. The distributions given are those of tree cliques, so the rows follow the model exactly.
 *
 * A combination the model says cannot occur, reachable only by rounding, falls back to the attribute's own marginal.
 */
export function planSampling(model: GraphicalModel): SamplingStep[] {
  return model.tree.cliques.flatMap((clique, index) => planClique(model, clique, index));
}

function planClique({ domain, tree, beliefs }: GraphicalModel, clique: Clique, index: number): SamplingStep[] {
  const given = [...tree.separators[index]!];
  const fresh = clique.filter((attribute) => !given.includes(attribute));
  return fresh.map((attribute, position) => {
    const before = [...given, ...fresh.slice(0, position)];
    const onto = [...before, attribute].sort((a, b) => a - b);
    const projected = projectFactor(domain, clique, beliefs[index]!, onto);
    const table = reorder(domain, { order: onto, values: projected }, [...before, attribute]).values.slice();
    const size = domain.sizes[attribute]!;
    fillImpossibleRows(table, size);
    normalizeRows(table, size);
    return {
      attribute,
      size,
      keys: countCells(domain, before),
      restarts: position === 0,
      appended: position === 0 ? given : [fresh[position - 1]!],
      conditionals: table,
    };
  });
}

/** Rows of zeros become the sum of all rows, or uniform when that is zero too. */
function fillImpossibleRows(table: Float64Array, size: number): void {
  const marginal = new Float64Array(size);
  for (let cell = 0; cell < table.length; cell++) marginal[cell % size]! += table[cell]!;
  if (marginal.every((value) => value === 0)) marginal.fill(1);
  for (let start = 0; start < table.length; start += size) {
    const row = table.subarray(start, start + size);
    if (row.every((value) => value === 0)) row.set(marginal);
  }
}
