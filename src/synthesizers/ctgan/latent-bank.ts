import { createStream } from '../../random/stream.ts';

/**
 * A fixed set of generator inputs. Heads are independent given the input, so the generator on a bank is a mixture of as
 * many product distributions.
 */
export interface LatentBank {
  /** Number of inputs. */
  readonly components: number;
  /** Standard normal numbers per input. */
  readonly latentSize: number;
  /** Public seed of the numbers. */
  readonly seed: number;
  /**
   * For generators with a condition vector: by component, which cell of which column it asks for, as an index into the
   * cells of all columns one after the other; -1 asks for nothing.
   */
  readonly conditions?: Int32Array;
}

/** Numbers per input: latent vector, then the condition vector over `width` cells if the bank has conditions. */
export function bankInputSize({ latentSize, conditions }: LatentBank, width: number): number {
  return latentSize + (conditions === undefined ? 0 : width);
}

/**
 * The inputs of a bank.
 * @param width cells of all columns together: the length of a condition vector.
 * @returns components × `bankInputSize(bank, width)`, row-major.
 */
export function bankInputs(bank: LatentBank, width: number): Float32Array {
  const size = bankInputSize(bank, width);
  const inputs = new Float32Array(bank.components * size);
  const stream = createStream(bank.seed, 'ctgan', 'latents');
  for (let component = 0; component < bank.components; component++) {
    const start = component * size;
    for (let entry = 0; entry < bank.latentSize; entry++) inputs[start + entry] = stream.nextNormal();
    const cell = bank.conditions?.[component] ?? -1;
    if (cell >= 0) inputs[start + bank.latentSize + cell] = 1;
  }
  return inputs;
}
