import { TabveilError } from '../errors.ts';
import { aim } from './aim.ts';
import { copula } from './copula/copula.ts';
import { ctgan } from './ctgan/ctgan.ts';
import { independent } from './independent.ts';
import { mst } from './mst.ts';
import type { Synthesizer, SynthesizerOptions } from './synthesizer.ts';

/** Every synthesizer, in the order of help texts. */
export const SYNTHESIZERS: readonly Synthesizer[] = [aim, mst, copula, ctgan, independent];

/** The synthesizer of a name. @throws TabveilError (usage) listing the names when there is none. */
export function findSynthesizer(name: string): Synthesizer {
  const found = SYNTHESIZERS.find((synthesizer) => synthesizer.name === name);
  if (found !== undefined) return found;
  const names = SYNTHESIZERS.map((synthesizer) => synthesizer.name).join(', ');
  throw new TabveilError(
    'usage',
    'synthesizer.unknown',
    `--model is "${name}"; models are ${names}; train also takes auto, which chooses.`,
  );
}

/** Refuses options the synthesizer does not know. @throws TabveilError (usage) */
export function checkOptions(synthesizer: Synthesizer, options: SynthesizerOptions): void {
  const unknown = Object.keys(options).find((key) => !(key in synthesizer.options));
  if (unknown === undefined) return;
  const known = Object.keys(synthesizer.options).join(', ') || 'none';
  throw new TabveilError(
    'usage',
    'synthesizer.option',
    `model ${synthesizer.name}: option "${unknown}" is unknown; options are: ${known}.`,
  );
}
