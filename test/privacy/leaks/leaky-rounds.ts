import { rational } from '../../../src/math/rational.ts';
import type { Mechanisms } from '../../../src/privacy/mechanisms.ts';
import { openPrivate, type Private } from '../../../src/privacy/private.ts';
import { aim } from '../../../src/synthesizers/aim.ts';
import type { FitInput, Synthesizer, SynthesizerOptions } from '../../../src/synthesizers/synthesizer.ts';
import { build, type LeakyTraining, type Recipe } from './leaky-trainings.ts';

/** Few rounds, each over the whole workload: enough for a leak to show. */
const ROUNDS = 3;

interface Mutation {
  readonly options?: SynthesizerOptions;
  /** What the fit is given in place of what it should be given; rows are the exact ones. */
  readonly instead: (input: FitInput, rows: number) => Partial<FitInput>;
  readonly shows: Recipe['shows'];
}

/** `aim` that is planned as it should be and fitted with something else. */
function mutantOf({ options, instead }: Mutation): Synthesizer {
  return {
    ...aim,
    name: 'mutant',
    quickOptions: { rounds: ROUNDS, ...options },
    fit: async (input) => {
      const counts = await openPrivate(input.source.map(async (source) => (await source.count([[0]]))[0]!));
      const rows = counts.reduce((sum, count) => sum + count, 0);
      return aim.fit({ ...input, ...instead(input, rows) });
    },
  };
}

/** Mechanisms with some replaced. */
const replaced = (run: Mechanisms, methods: Partial<Mechanisms>): Mechanisms => ({
  discreteGaussian: (counts, request) => run.discreteGaussian(counts, request),
  discreteLaplace: (counts, request) => run.discreteLaplace(counts, request),
  exponential: (scores, request) => run.exponential(scores, request),
  exponentialByPart: (scores, request) => run.exponentialByPart(scores, request),
  stabilityHistogram: (counts, request) => run.stabilityHistogram(counts, request),
  subsampledGaussian: (rows, request) => run.subsampledGaussian(rows, request),
  ...methods,
});

/** Scores whose weights the declared sensitivity leaves out. */
const forgetWeights = ({ mechanisms }: FitInput): Partial<FitInput> => ({
  mechanisms: replaced(mechanisms, {
    exponential: (scores, request) => mechanisms.exponential(scores, { ...request, sensitivity: rational(1n) }),
  }),
});

/** Counts that are asked for with noise and used without it. */
const withoutNoise =
  (isMeant: (label: string) => boolean) =>
  ({ mechanisms }: FitInput): Partial<FitInput> => ({
    mechanisms: replaced(mechanisms, {
      discreteGaussian: async (counts: Private<Float64Array>, request) => {
        const released = await mechanisms.discreteGaussian(counts, request);
        return isMeant(request.label) ? { ...released, value: await openPrivate(counts) } : released;
      },
    }),
  });

const isRound = (label: string) => /:round-\d+$/.test(label);

const QUERIES = '[{"columns": ["ward", "age", "pay"], "weight": 7}, {"columns": ["color", "town"], "weight": 3}]';

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'pairs with the target count double, the sensitivity does not': { instead: forgetWeights, shows: ['sensitivity'] },
  'triples weigh three, the sensitivity one': {
    options: { workload: '3-way' },
    instead: forgetWeights,
    shows: ['sensitivity'],
  },
  'listed queries have weights, the sensitivity has none': {
    options: { workload: QUERIES },
    instead: forgetWeights,
    shows: ['sensitivity'],
  },
  'the best candidate itself instead of a noisy choice': {
    options: { workload: 'target' },
    instead: ({ mechanisms }) => ({
      mechanisms: replaced(mechanisms, {
        exponential: async (scores, request) => {
          const released = await mechanisms.exponential(scores, request);
          const exact = await openPrivate(scores);
          return { ...released, value: exact.indexOf(Math.max(...exact)) };
        },
      }),
    }),
    shows: ['request'],
  },
  'cells merged by exact counts': { instead: withoutNoise((label) => !isRound(label)), shows: ['request', 'result'] },
  'rounds chosen with an exact model': { instead: withoutNoise(isRound), shows: ['sensitivity', 'result'] },
  'a number of rounds that depends on the rows': {
    instead: ({ options }, rows) => ({ options: { ...options, rounds: 1 + (rows % ROUNDS) } }),
    shows: ['missing call', 'extra call'],
  },
  'a workload that depends on the rows': {
    instead: ({ options }, rows) => ({ options: { ...options, workload: rows % 2 === 0 ? '3-way' : '2-way' } }),
    shows: ['request'],
  },
  'a size limit that depends on the rows': {
    instead: ({ options }, rows) => ({ options: { ...options, maxCells: rows % 2 === 0 ? 400_000 : 20 } }),
    shows: ['request'],
  },
};

/** Trainings of `aim` that leak in what is special to its rounds, by name of the leak. */
export const LEAKY_ROUNDS: Readonly<Record<string, LeakyTraining>> = Object.fromEntries(
  Object.entries(MUTATIONS).map(([name, mutation]) => [
    name,
    build(name, { shows: mutation.shows, synthesizer: mutantOf(mutation) }),
  ]),
);
