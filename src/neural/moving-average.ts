import { copyParameters, type Parameter, type Parameters } from './parameters.ts';

/** An exponential moving average of parameters and how many states it has seen. */
export interface MovingAverage {
  seen: number;
  readonly average: readonly Parameter[];
}

/** An average that has seen the current parameters only. */
export function startAverage(parameters: Parameters): MovingAverage {
  return { seen: 1, average: copyParameters(parameters) };
}

/**
 * Adds the current parameters: average ← d·average + (1−d)·parameters with d = min(decay, seen/(9 + seen)), so that early
 * states are forgotten whatever the decay.
 *
 * **Privacy**: post-processing of the parameters.
 * @param decay weight of the past, 0 to below 1.
 */
export function updateAverage(average: MovingAverage, parameters: Parameters, decay: number): void {
  const kept = Math.min(decay, average.seen / (9 + average.seen));
  average.seen += 1;
  for (const [index, { values }] of parameters.entries()) {
    const means = average.average[index]!.values;
    for (let entry = 0; entry < means.length; entry++) {
      means[entry] = kept * means[entry]! + (1 - kept) * values[entry]!;
    }
  }
}
