import { z } from 'zod';
import type { Domain } from '../../marginals/domain.ts';
import type { Factor } from '../../marginals/marginal-oracle.ts';
import { type GeneratorShape, generatorTensors } from '../../neural/generator.ts';
import { type Parameters, packParameters, unpackParameters } from '../../neural/parameters.ts';
import { mergedDomain, type RareMerge } from '../rare-merge.ts';
import { loadMerges, malformedModel, mergeCodesSchema, storeMerges, takeArray } from '../stored-merges.ts';
import type { JsonObject, ModelParts } from '../synthesizer.ts';
import type { MarginalUncertainty } from '../uncertainty.ts';
import { bankInputSize, type LatentBank } from './latent-bank.ts';
import { NUMBER_OPTIONS } from './options.ts';

/** A finished generator: released and public values only. */
export interface CtganModel {
  readonly rows: number;
  /** Way it was trained. */
  readonly learn: string;
  readonly merges: readonly (RareMerge | undefined)[];
  /** Network with one head per column over merged cells. */
  readonly shape: GeneratorShape;
  readonly parameters: Parameters;
  readonly bank: LatentBank;
  /** Impossible combinations over merged cells, as log potentials. */
  readonly zeros: readonly Factor[];
  readonly uncertainty: readonly MarginalUncertainty[];
  /** Error on released quantities while it was trained. */
  readonly errors: Float64Array;
  readonly notes: JsonObject;
}

const WEIGHTS = 'generator';
const CONDITIONS = 'conditions';
const ERRORS = 'errors';

const bounded = (name: 'components' | 'latent' | 'hidden' | 'blocks' | 'seed') =>
  z.int().min(NUMBER_OPTIONS[name].least).max(NUMBER_OPTIONS[name].most);

const settingsSchema = z.looseObject({
  learn: z.string().max(100),
  components: bounded('components'),
  latent: bounded('latent'),
  hidden: bounded('hidden'),
  blocks: bounded('blocks'),
  seed: bounded('seed'),
  conditioned: z.boolean(),
  merges: mergeCodesSchema,
  zeros: z.array(z.strictObject({ clique: z.array(z.int().min(0)).min(1), cells: z.array(z.int().min(0)) })),
  notes: z.record(z.string(), z.json()),
});

/** The stored form of a generator. */
export function storeCtgan(model: CtganModel): ModelParts {
  const { bank, shape } = model;
  const merges = storeMerges(model.merges);
  const conditions: [string, Float64Array][] =
    bank.conditions === undefined ? [] : [[CONDITIONS, Float64Array.from(bank.conditions)]];
  return {
    rows: model.rows,
    uncertainty: model.uncertainty,
    settings: {
      learn: model.learn,
      components: bank.components,
      latent: bank.latentSize,
      hidden: shape.hiddenSize,
      blocks: shape.blocks,
      seed: bank.seed,
      conditioned: bank.conditions !== undefined,
      merges: merges.codes,
      zeros: model.zeros.map(({ clique, values }) => ({
        clique: [...clique],
        cells: [...values.keys()].filter((cell) => values[cell] === Number.NEGATIVE_INFINITY),
      })),
      notes: model.notes,
    },
    arrays: new Map([
      [WEIGHTS, packParameters(model.parameters)],
      ...conditions,
      ...merges.arrays,
      [ERRORS, model.errors],
    ]),
  };
}

/**
 * What `storeCtgan` stored, checked: the parts come from an untrusted file.
 * @throws TabveilError (input) when sizes, weights, conditions, merges or rules are impossible.
 */
export function loadCtgan(domain: Domain, parts: ModelParts): CtganModel {
  const parsed = settingsSchema.safeParse(parts.settings);
  if (!parsed.success) {
    throw malformedModel(`settings.${parsed.error.issues[0]?.path.join('.')} is not as written by Tabveil`);
  }
  const { components, latent: latentSize, hidden: hiddenSize, blocks, seed, conditioned, ...settings } = parsed.data;
  const merges = loadMerges(domain, settings.merges, parts);
  const headSizes = mergedDomain(domain, merges).sizes;
  const width = headSizes.reduce((sum, size) => sum + size, 0);
  const conditions = conditioned ? loadConditions(parts, components, width) : undefined;
  const bank: LatentBank = { components, latentSize, seed, ...(conditions === undefined ? {} : { conditions }) };
  const shape: GeneratorShape = { inputSize: bankInputSize(bank, width), hiddenSize, blocks, headSizes };
  const errors = takeArray(parts, ERRORS);
  const negative = errors.find((error) => error < 0);
  if (negative !== undefined) throw malformedModel(`an error of its training is ${negative}; errors are 0 or more`);
  return {
    rows: parts.rows,
    learn: settings.learn,
    merges,
    shape,
    parameters: unpackParameters(generatorTensors(shape), takeArray(parts, WEIGHTS)),
    bank,
    zeros: settings.zeros.map((rule) => loadZeros(headSizes, rule)),
    uncertainty: parts.uncertainty ?? [],
    errors,
    notes: settings.notes as JsonObject,
  };
}

function loadConditions(parts: ModelParts, components: number, width: number): Int32Array {
  const stored = takeArray(parts, CONDITIONS);
  if (stored.length !== components)
    throw malformedModel(`it has ${stored.length} conditions for ${components} components`);
  const foreign = stored.find((cell) => !(Number.isInteger(cell) && cell >= -1 && cell < width));
  if (foreign !== undefined) throw malformedModel(`it has a condition on cell ${foreign}; cells are -1 … ${width - 1}`);
  return Int32Array.from(stored);
}

/** Largest table of a rule, in cells; a file must not make the reader fill the memory. */
const MOST_RULE_CELLS = 2 ** 24;

function loadZeros(
  sizes: readonly number[],
  { clique, cells }: { readonly clique: readonly number[]; readonly cells: readonly number[] },
): Factor {
  const ascends = clique.every((attribute, index) => attribute < sizes.length && attribute > (clique[index - 1] ?? -1));
  const length = ascends ? clique.reduce((product, attribute) => product * sizes[attribute]!, 1) : Number.NaN;
  if (!(length <= MOST_RULE_CELLS && cells.every((cell) => cell < length))) {
    throw malformedModel(
      `a rule of impossible combinations over columns [${clique.slice(0, 20)}] does not fit its ${sizes.length} columns`,
    );
  }
  const values = new Float64Array(length);
  for (const cell of cells) values[cell] = Number.NEGATIVE_INFINITY;
  return { clique, values };
}
