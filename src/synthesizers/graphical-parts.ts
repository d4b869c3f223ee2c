import { z } from 'zod';
import { createBlockSampler, type SamplingMethod } from '../marginals/block-sampler.ts';
import { conditionModel } from '../marginals/condition-model.ts';
import type { Domain } from '../marginals/domain.ts';
import { type GraphicalModel, loadGraphicalModel, saveGraphicalModel } from '../marginals/graphical-model.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { modelMarginals } from '../marginals/model-marginals.ts';
import { checkConditions, impossibleConditions, LEAST_CONDITION_PROBABILITY } from './conditions.ts';
import type { OneWayPhase } from './one-way-phase.ts';
import { conditionMerge, createSplitter, mergedDomain, type RareMerge, splitShares } from './rare-merge.ts';
import { loadMerges, malformedModel, mergeCodesSchema, storeMerges, takeArray } from './stored-merges.ts';
import type { BlockGenerator, ModelParts, OpenModel } from './synthesizer.ts';
import { measureUncertainty } from './uncertainty.ts';

const settingsSchema = z.looseObject({
  cliques: z.array(z.array(z.int().min(0))).min(1),
  parents: z.array(z.int().min(-1)),
  merges: mergeCodesSchema,
});

const beliefName = (index: number) => `belief:${index}`;

/** The stored form of a graphical model over merged cells. */
export function storeGraphical(
  model: GraphicalModel,
  phase: Pick<OneWayPhase, 'rows' | 'merges'>,
  measurements: readonly Measurement[],
): ModelParts {
  const data = saveGraphicalModel(model);
  const merges = storeMerges(phase.merges);
  return {
    rows: phase.rows,
    uncertainty: measureUncertainty(model, measurements),
    settings: {
      cliques: data.cliques.map((clique) => [...clique]),
      parents: [...data.parents],
      merges: merges.codes,
    },
    arrays: new Map([...data.beliefs.map((belief, index) => [beliefName(index), belief] as const), ...merges.arrays]),
  };
}

/** What `storeGraphical` stored, checked: the parts come from an untrusted file. */
export function loadGraphical(
  domain: Domain,
  parts: ModelParts,
): { model: GraphicalModel; merges: (RareMerge | undefined)[] } {
  const parsed = settingsSchema.safeParse(parts.settings);
  if (!parsed.success)
    throw malformedModel(`settings.${parsed.error.issues[0]?.path.join('.')} is not as written by Tabveil`);
  const { cliques, parents, merges: codes } = parsed.data;
  const merges = loadMerges(domain, codes, parts);
  const beliefs = cliques.map((_, index) => takeArray(parts, beliefName(index)));
  const total = beliefs[0]!.reduce((sum, count) => sum + count, 0);
  const model = loadGraphicalModel(mergedDomain(domain, merges), { total, cliques, parents, beliefs });
  return { model, merges };
}

/** Opens a stored graphical model for sampling. @throws TabveilError (input) when the parts are damaged. */
export function openGraphical(domain: Domain, parts: ModelParts): OpenModel {
  const { model, merges } = loadGraphical(domain, parts);
  return openMerged(domain, model, merges);
}

/**
 * A graphical model over merged cells, ready for sampling over the original ones.
 * @param domain original cells.
 * @param merges by column, how the model's cells split.
 */
export function openMerged(
  domain: Domain,
  model: GraphicalModel,
  merges: readonly (RareMerge | undefined)[],
): OpenModel & Required<Pick<OpenModel, 'createConditionalGenerator' | 'shares'>> {
  return {
    domain,
    createGenerator: (method) => createGenerator(model, merges, method),
    createConditionalGenerator: (conditions, method) => {
      checkConditions(domain, conditions);
      const narrowed = merges.slice();
      const evidence = new Map<number, Float64Array>();
      for (const { attribute, weights } of conditions) {
        const merge = merges[attribute];
        const split = merge === undefined ? undefined : conditionMerge(merge, weights);
        narrowed[attribute] = split?.merge;
        evidence.set(attribute, split?.weights ?? weights);
      }
      const conditioned = conditionModel(model, evidence);
      if (conditioned === undefined) throw impossibleConditions('no row meets them all');
      if (!(conditioned.probability >= LEAST_CONDITION_PROBABILITY)) {
        throw impossibleConditions(`together they have a probability below ${LEAST_CONDITION_PROBABILITY}`);
      }
      return {
        generateBlock: createGenerator(conditioned.model, narrowed, method),
        statement: 'drawn exactly from the graphical model given the conditions, by propagation in its junction tree',
        probability: conditioned.probability,
      };
    },
    shares: () => singleShares(model, merges),
    describe: () => ({
      cliques: model.tree.cliques.map((clique) => clique.map((attribute) => domain.names[attribute]!)),
      cells: model.beliefs.reduce((cells, belief) => cells + belief.length, 0),
    }),
  };
}

/** Share of every original code of every column. */
function singleShares(model: GraphicalModel, merges: readonly (RareMerge | undefined)[]): Float64Array[] {
  const columns = model.domain.names.map((_, column) => [column]);
  return modelMarginals(model, columns).map((counts, column) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const shares = counts.map((count) => count / total);
    const merge = merges[column];
    return merge === undefined ? shares : splitShares(merge, shares);
  });
}

function createGenerator(
  model: GraphicalModel,
  merges: readonly (RareMerge | undefined)[],
  method: SamplingMethod,
): BlockGenerator {
  const sampler = createBlockSampler(model, method);
  const splitters = merges.map((merge) => (merge === undefined ? undefined : createSplitter(merge)));
  return (rows, stream, out) => {
    sampler.sampleBlock(rows, stream, out);
    for (const [attribute, split] of splitters.entries()) split?.(out[attribute]!, rows, stream);
  };
}
