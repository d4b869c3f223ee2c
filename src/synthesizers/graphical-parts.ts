import { z } from 'zod';
import { TabveilError } from '../errors.ts';
import { createBlockSampler, type SamplingMethod } from '../marginals/block-sampler.ts';
import { conditionModel } from '../marginals/condition-model.ts';
import type { Domain } from '../marginals/domain.ts';
import { type GraphicalModel, loadGraphicalModel, saveGraphicalModel } from '../marginals/graphical-model.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { checkConditions, impossibleConditions, LEAST_CONDITION_PROBABILITY } from './conditions.ts';
import type { OneWayPhase } from './one-way-phase.ts';
import { conditionMerge, createSplitter, mergedDomain, type RareMerge } from './rare-merge.ts';
import type { BlockGenerator, ModelParts, OpenModel } from './synthesizer.ts';
import { measureUncertainty } from './uncertainty.ts';

const settingsSchema = z.looseObject({
  cliques: z.array(z.array(z.int().min(0))).min(1),
  parents: z.array(z.int().min(-1)),
  /** By attribute index: merged code of every original code. */
  merges: z.record(z.string().regex(/^\d{1,6}$/), z.array(z.int().min(0))),
});

const beliefName = (index: number) => `belief:${index}`;
const weightsName = (attribute: number) => `merged:${attribute}`;

/** The stored form of a graphical model over merged cells. */
export function storeGraphical(
  model: GraphicalModel,
  phase: Pick<OneWayPhase, 'rows' | 'merges'>,
  measurements: readonly Measurement[],
): ModelParts {
  const data = saveGraphicalModel(model);
  const merged = phase.merges.flatMap((merge, attribute) => (merge === undefined ? [] : [{ merge, attribute }]));
  return {
    rows: phase.rows,
    uncertainty: measureUncertainty(model, measurements),
    settings: {
      cliques: data.cliques.map((clique) => [...clique]),
      parents: [...data.parents],
      merges: Object.fromEntries(merged.map(({ merge, attribute }) => [attribute, [...merge.recoding.codes]])),
    },
    arrays: new Map([
      ...data.beliefs.map((belief, index) => [beliefName(index), belief] as const),
      ...merged.map(({ merge, attribute }) => [weightsName(attribute), merge.weights] as const),
    ]),
  };
}

/** What `storeGraphical` stored, checked: the parts come from an untrusted file. */
export function loadGraphical(
  domain: Domain,
  parts: ModelParts,
): { model: GraphicalModel; merges: (RareMerge | undefined)[] } {
  const parsed = settingsSchema.safeParse(parts.settings);
  if (!parsed.success)
    throw malformed(`settings.${parsed.error.issues[0]?.path.join('.')} is not as written by Tabveil`);
  const { cliques, parents, merges: codes } = parsed.data;
  const merges = domain.sizes.map((size, attribute) => {
    const merged = codes[attribute];
    return merged === undefined ? undefined : loadMerge(merged, takeArray(parts, weightsName(attribute)), size);
  });
  const beliefs = cliques.map((_, index) => takeArray(parts, beliefName(index)));
  const total = beliefs[0]!.reduce((sum, count) => sum + count, 0);
  const model = loadGraphicalModel(mergedDomain(domain, merges), { total, cliques, parents, beliefs });
  return { model, merges };
}

function takeArray(parts: ModelParts, name: string): Float64Array {
  const values = parts.arrays.get(name);
  if (values === undefined) throw malformed(`array "${name}" is missing`);
  return values;
}

function loadMerge(codes: readonly number[], weights: Float64Array, size: number): RareMerge {
  const mergedSize = Math.max(-1, ...codes) + 1;
  const covered = new Set(codes).size === mergedSize;
  if (codes.length !== size || weights.length !== size || !covered || weights.some((weight) => weight < 0)) {
    throw malformed(`a merge does not cover its ${size} codes`);
  }
  return { recoding: { size: mergedSize, codes: Int32Array.from(codes) }, weights };
}

function malformed(finding: string): TabveilError {
  return new TabveilError('input', 'model.parts', `model: ${finding}. The model is damaged; get a fresh copy.`);
}

/** Opens a stored graphical model for sampling. @throws TabveilError (input) when the parts are damaged. */
export function openGraphical(domain: Domain, parts: ModelParts): OpenModel {
  const { model, merges } = loadGraphical(domain, parts);
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
    describe: () => ({
      cliques: model.tree.cliques.map((clique) => clique.map((attribute) => domain.names[attribute]!)),
      cells: model.beliefs.reduce((cells, belief) => cells + belief.length, 0),
    }),
  };
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
