import { TabveilError } from '../errors.ts';
import { embed } from './embedding.ts';
import { addEmbedded, sumOnto } from './factor.ts';
import type { GraphicalModel } from './graphical-model.ts';
import { createMarginalOracle, type Factor } from './marginal-oracle.ts';

/**
 * The model whose density is proportional to the given one times exp(Σ log weights): conditioning with 0 for cells that
 * are kept and -Infinity for the rest, rebalancing with the logarithm of wanted over present shares.
 *
 * @param logWeights - finite numbers or -Infinity, row-major over each clique
 * @param total - expected number of rows of the result; that of the model by default
 * @returns a model of the same domain whose tree also holds the cliques of the weights
 * @throws TabveilError of kind `usage` when the weights leave no combination possible.
 *
 * **Privacy**: post-processing of a released model; free.
 */
export function reweightModel(
  model: GraphicalModel,
  logWeights: readonly Factor[],
  total: number = model.total,
): GraphicalModel {
  const { domain } = model;
  const oracle = createMarginalOracle(domain, [], [...logConditionals(model), ...logWeights]);
  const logZ = oracle.evaluate(new Float64Array(0), total, new Float64Array(0));
  if (logZ === Number.NEGATIVE_INFINITY) {
    throw new TabveilError(
      'usage',
      'model.nothing-left',
      'model: no combination of values is left under these weights; allow at least one that the model can produce.',
    );
  }
  return { domain, total, tree: oracle.tree, beliefs: oracle.beliefs, potentials: [] };
}

/** log P(clique | separator) of each tree clique; their sum is the log density. */
function logConditionals({ domain, tree, beliefs }: GraphicalModel): Factor[] {
  return tree.cliques.map((clique, index) => {
    const embedding = embed(domain, clique, tree.separators[index]!);
    const given = new Float64Array(embedding.smallCells);
    sumOnto(beliefs[index]!, embedding, given);
    const values = beliefs[index]!.map(Math.log);
    // An impossible separator value makes its cells impossible, not undefined.
    addEmbedded(
      values,
      given.map((value) => (value > 0 ? -Math.log(value) : 0)),
      embedding,
    );
    return { clique, values };
  });
}
