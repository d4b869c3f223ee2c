import { BLOCK_ROWS } from '../../marginals/block-sampler.ts';
import type { Clique, Domain } from '../../marginals/domain.ts';
import type { GraphicalModel } from '../../marginals/graphical-model.ts';
import { headProbabilities } from '../../neural/generator-forward.ts';
import { countParameters } from '../../neural/parameters.ts';
import { openMerged } from '../graphical-parts.ts';
import { mergedDomain } from '../rare-merge.ts';
import type {
  BlockGenerator,
  CellCondition,
  FitInput,
  ModelParts,
  OpenModel,
  PlanShape,
  Synthesizer,
} from '../synthesizer.ts';
import { type MarginalUncertainty, measureUncertainty } from '../uncertainty.ts';
import { adversarialTrainer } from './adversarial-trainer.ts';
import { type CtganModel, loadCtgan, storeCtgan } from './ctgan-model.ts';
import { bankInputs } from './latent-bank.ts';
import { marginalTrainer } from './marginal-trainer.ts';
import { behindHidden, mixtureAsGraphicalModel } from './mixture.ts';
import { checkCtganOptions, NUMBER_OPTIONS, wrongOption } from './options.ts';
import type { CtganTrainer, TrainedGenerator } from './trainer.ts';

/** Ways to train the generator, by the value of the option `learn`; the first is taken when none is named. */
const TRAINERS: readonly (readonly [string, CtganTrainer])[] = [
  ['marginals', marginalTrainer],
  ['adversarial', adversarialTrainer],
];

function findTrainer({ options }: Pick<PlanShape, 'options'>): readonly [string, CtganTrainer] {
  checkCtganOptions(options);
  const name = options.learn ?? TRAINERS[0]![0];
  const found = TRAINERS.find(([known]) => known === name);
  if (found !== undefined) return found;
  throw wrongOption('learn', name, TRAINERS.map(([known]) => known).join(', '));
}

/** The mixture that the generator is on its bank, as a graphical model with a hidden column. */
function mixtureOf(domain: Domain, model: Omit<CtganModel, 'uncertainty'>): GraphicalModel {
  const inputs = bankInputs(
    model.bank,
    model.shape.headSizes.reduce((sum, size) => sum + size, 0),
  );
  return mixtureAsGraphicalModel({
    domain: mergedDomain(domain, model.merges),
    components: model.bank.components,
    shares: headProbabilities(model.shape, model.parameters, inputs),
    zeros: model.zeros,
    total: Math.max(1, model.rows),
  });
}

/** Error bars of what was measured, with column indices as outside. */
function uncertaintyOf(model: GraphicalModel, { measurements }: TrainedGenerator): MarginalUncertainty[] {
  const shift = (clique: Clique, by: (attribute: number) => number) => clique.map(by);
  const inside = measurements.map((measured) => ({ ...measured, clique: shift(measured.clique, behindHidden) }));
  return measureUncertainty(model, inside).map((entry) => ({
    ...entry,
    clique: shift(entry.clique, (attribute) => attribute - behindHidden(0)),
  }));
}

async function fitCtgan(input: FitInput): Promise<ModelParts> {
  const [learn, trainer] = findTrainer(input);
  const trained = await trainer.train(input);
  const model = { ...trained, learn, zeros: input.zeros };
  return storeCtgan({ ...model, uncertainty: uncertaintyOf(mixtureOf(input.domain, model), trained) });
}

/** How rows under conditions relate to the model. */
const CONDITIONS_STATEMENT =
  'drawn exactly from the mixture given the conditions: its components are weighted anew by Bayes’ rule, and no row is thrown away';

function openCtgan(domain: Domain, model: CtganModel): OpenModel {
  // The network is evaluated when rows are wanted, not when the model is looked at.
  const open = () => {
    const mixture = mixtureOf(domain, model);
    const outer: Domain = { names: mixture.domain.names, sizes: [model.bank.components, ...domain.sizes] };
    return openMerged(outer, mixture, [undefined, ...model.merges]);
  };
  return {
    domain,
    shares: () => open().shares().slice(behindHidden(0)),
    createGenerator: (method) => hideComponent(open().createGenerator(method)),
    createConditionalGenerator: (conditions, method) => {
      const inside = conditions.map((condition): CellCondition => {
        return { ...condition, attribute: behindHidden(condition.attribute) };
      });
      const conditioned = open().createConditionalGenerator(inside, method);
      return {
        ...conditioned,
        generateBlock: hideComponent(conditioned.generateBlock),
        statement: CONDITIONS_STATEMENT,
      };
    },
    describe: () => ({
      learn: model.learn,
      components: model.bank.components,
      network: {
        latent: model.bank.latentSize,
        hidden: model.shape.hiddenSize,
        blocks: model.shape.blocks,
        weights: countParameters(model.parameters),
      },
      ...model.notes,
      errors: Array.from(model.errors, (error) => Number(error.toPrecision(3))),
    }),
  };
}

/** A generator of all columns but the hidden one, which comes first. */
function hideComponent(generate: BlockGenerator): BlockGenerator {
  const hidden = new Int32Array(BLOCK_ROWS);
  return (rows, stream, out) => generate(rows, stream, [hidden, ...out]);
}

/**
 * A neural generator in the manner of CTGAN: a residual network from latent vectors to one softmax head per column.
 *
 * The network on a fixed bank of latent vectors is the model: a mixture of product distributions, which can be sampled
 * fast and conditioned exactly. `learn` says how it is trained.
 *
 * @source Xu, Skoularidou, Cuesta-Infante and Veeramachaneni 2019 (CTGAN, arXiv 1907.00503) for the generator; its
 * training without privacy is replaced.
 */
export const ctgan: Synthesizer = {
  name: 'ctgan',
  summary: 'a neural generator fitted to adaptively measured noisy marginals',
  options: {
    learn: TRAINERS.map(([name, { summary }]) => `${name}: ${summary}`).join('; '),
    backend: 'auto, native or wasm: which neural backend computes',
    ...Object.fromEntries(
      Object.entries(NUMBER_OPTIONS).map(([name, { meaning, standard }]) => [name, `${meaning} (${standard})`]),
    ),
  },
  quickOptions: { rounds: 3, components: 8, latent: 2, hidden: 4, blocks: 1, steps: 1, finalSteps: 2, backend: 'wasm' },
  planShares: (shape) => findTrainer(shape)[1].planShares(shape),
  expectCost: (shape, expected) => findTrainer(shape)[1].expectCost(shape, expected),
  fit: fitCtgan,
  open: (domain, parts) => openCtgan(domain, loadCtgan(domain, parts)),
};
