import { readFile } from 'node:fs/promises';
import { describeReadFailure, TabveilError } from '../errors.ts';
import type { SynthesizerOptions } from '../synthesizers/synthesizer.ts';

/** Option of a synthesizer that may name a file. */
const WORKLOAD = 'workload';

/**
 * Settings of a synthesizer with files replaced by what they hold: a `workload` that ends in `.json` is read.
 *
 * **Privacy**: the file is a public input; it must not be made from private rows.
 * @throws TabveilError (input) when the file cannot be read.
 */
export async function resolveModelOptions(options: SynthesizerOptions = {}): Promise<SynthesizerOptions> {
  const path = options[WORKLOAD];
  if (typeof path !== 'string' || !path.endsWith('.json')) return options;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TabveilError(
      'input',
      'model-options.workload',
      `${path}: ${describeReadFailure(error)}; write a JSON list like [{"columns": ["age", "income"], "weight": 2}].`,
    );
  });
  return { ...options, [WORKLOAD]: text.trim() };
}
