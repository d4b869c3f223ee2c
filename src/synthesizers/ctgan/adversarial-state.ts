import { TabveilError } from '../../errors.ts';
import type { AdamState } from '../../neural/adam.ts';
import type { MovingAverage } from '../../neural/moving-average.ts';
import type { Parameters } from '../../neural/parameters.ts';
import type { KeptState } from '../synthesizer.ts';

/** Everything that steps of an adversarial training change. */
export interface AdversarialState {
  readonly generator: Learner;
  readonly adversary: Learner;
  readonly average: MovingAverage;
  /** Losses of the generator so far. */
  readonly losses: number[];
}

/** A network with its optimiser; both are changed in place. */
export interface Learner {
  readonly parameters: Parameters;
  readonly adam: AdamState;
}

/** The arrays of a state that have a fixed length, by name; changing them changes the state. */
function arraysOf({ generator, adversary, average }: AdversarialState): Map<string, Float32Array | Float64Array> {
  const arrays = new Map<string, Float32Array | Float64Array>();
  for (const [name, { parameters, adam }] of Object.entries({ generator, adversary })) {
    for (const [index, { values }] of parameters.entries()) {
      arrays.set(`${name}.${index}`, values);
      arrays.set(`${name}.${index}.first`, adam.first[index]!);
      arrays.set(`${name}.${index}.second`, adam.second[index]!);
    }
  }
  for (const [index, { values }] of average.average.entries()) arrays.set(`average.${index}`, values);
  return arrays;
}

const COUNTERS = 'counters';
const LOSSES = 'losses';

/**
 * The state after some steps, as it is kept.
 *
 * **Privacy**: noisy gradients, rows of the generator and public constants are all it was made from; row draws and sums before
 * noise are no part of it. Streams are derived from public seeds step by step and need no place in it.
 */
export function keepState(state: AdversarialState, steps: number): KeptState {
  const { generator, adversary, average, losses } = state;
  const counters = Float64Array.of(generator.adam.steps, adversary.adam.steps, average.seen);
  const fixed = [...arraysOf(state)].map(([name, values]) => [name, Float64Array.from(values)] as const);
  return { steps, arrays: new Map([...fixed, [COUNTERS, counters], [LOSSES, Float64Array.from(losses)]]) };
}

/**
 * Puts a kept state into a fresh one.
 * @throws TabveilError (input) when it is of another network: it comes from a file.
 */
export function restoreState(state: AdversarialState, { arrays }: KeptState): void {
  const take = (name: string, length?: number): Float64Array => {
    const kept = arrays.get(name);
    if (kept !== undefined && kept.length === (length ?? kept.length) && kept.every(Number.isFinite)) return kept;
    throw new TabveilError(
      'input',
      'checkpoint.corrupt',
      `checkpoint: its state has ${kept === undefined ? 'no' : 'a damaged'} "${name}". Remove the checkpoint and train again with fresh budget.`,
    );
  };
  for (const [name, values] of arraysOf(state)) values.set(take(name, values.length));
  const counters = take(COUNTERS, 3);
  state.generator.adam.steps = counters[0]!;
  state.adversary.adam.steps = counters[1]!;
  state.average.seen = counters[2]!;
  state.losses.splice(0, state.losses.length, ...take(LOSSES));
}
