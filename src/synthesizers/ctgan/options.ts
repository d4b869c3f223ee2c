import { TabveilError } from '../../errors.ts';
import type { BackendChoice } from '../../neural/backend.ts';
import type { FitInput, SynthesizerOptions } from '../synthesizer.ts';

/** A number that the user may set, with what it may be. */
interface NumberOption {
  readonly meaning: string;
  readonly standard: number;
  readonly least: number;
  readonly most: number;
}

/** Sizes of the network and of its training; the standards measured best on Adult at epsilon 1. */
export const NUMBER_OPTIONS = {
  components: { meaning: 'product distributions in the finished mixture', standard: 512, least: 2, most: 16_384 },
  latent: { meaning: 'numbers in a latent vector', standard: 128, least: 1, most: 1024 },
  hidden: { meaning: 'units of a hidden layer of the generator', standard: 128, least: 1, most: 2048 },
  blocks: { meaning: 'residual blocks of the generator', standard: 1, least: 0, most: 8 },
  rounds: { meaning: 'rounds of choosing and measuring; 0 leaves it to the plan', standard: 0, least: 0, most: 10_000 },
  steps: { meaning: 'gradient steps after each measurement', standard: 30, least: 1, most: 10_000 },
  finalSteps: { meaning: 'gradient steps after the last measurement', standard: 150, least: 1, most: 100_000 },
  adversarySteps: { meaning: 'adversarial: steps of the discriminator', standard: 500, least: 1, most: 100_000 },
  fakes: {
    meaning: 'adversarial: generated rows per step of the discriminator',
    standard: 1024,
    least: 1,
    most: 1_000_000,
  },
  oneRowIn: {
    meaning: 'adversarial: a step draws one unit of privacy (row or entity) in so many',
    standard: 16,
    least: 1,
    most: 2 ** 32,
  },
  seed: { meaning: 'seed of weights and latent vectors; never of noise', standard: 0, least: 0, most: 2 ** 32 - 1 },
} as const satisfies Readonly<Record<string, NumberOption>>;

/** Steps on the single columns alone, in units of the steps after a measurement. */
export const FIRST_STEPS = 3;

/** Name of a number option. */
export type NumberOptionName = keyof typeof NUMBER_OPTIONS;

/** Which neural backend computes; see `BackendChoice`. */
export type BackendName = 'auto' | 'native' | 'wasm';

const BACKENDS: readonly BackendName[] = ['auto', 'native', 'wasm'];

/**
 * The whole number that an option stands for.
 * @throws TabveilError (usage) when it is not a whole number in its range.
 */
export function readNumber(options: SynthesizerOptions, name: NumberOptionName): number {
  const { standard, least, most } = NUMBER_OPTIONS[name];
  const given = options[name];
  if (given === undefined) return standard;
  const value = typeof given === 'string' && given.trim() === '' ? Number.NaN : Number(given);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw wrongOption(name, given, `a whole number from ${least} to ${most}`);
}

/** Checks every option before anything is spent. @throws TabveilError (usage) naming the first wrong one. */
export function checkCtganOptions(options: SynthesizerOptions): void {
  for (const name of Object.keys(NUMBER_OPTIONS)) readNumber(options, name as NumberOptionName);
  readBackend(options);
}

/** The backend to compute on. @throws TabveilError (usage) when it is none. */
export function readBackend({ backend = 'auto' }: SynthesizerOptions): BackendName {
  const found = BACKENDS.find((name) => name === backend);
  if (found !== undefined) return found;
  throw wrongOption('backend', backend, BACKENDS.join(', '));
}

/** The error for a value that an option cannot have. */
export function wrongOption(name: string, given: unknown, allowed: string): TabveilError {
  return new TabveilError(
    'usage',
    'synthesizer.option',
    `model ctgan: option "${name}" is ${JSON.stringify(given)}; allowed: ${allowed}.`,
  );
}

/** How a training chooses its neural backend, and who is told. */
export function backendChoice({ options, onNotice }: Pick<FitInput, 'options' | 'onNotice'>): BackendChoice {
  return { prefer: readBackend(options), ...(onNotice === undefined ? {} : { notify: onNotice }) };
}
