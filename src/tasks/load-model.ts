import { coarseDomain } from '../encode/table-codec.ts';
import { readModelFolder, type StoredModel } from '../synthesizers/model-folder.ts';
import { findSynthesizer } from '../synthesizers/registry.ts';
import type { OpenModel } from '../synthesizers/synthesizer.ts';

/** A model folder opened for use. */
export interface LoadedModel {
  readonly stored: StoredModel;
  readonly model: OpenModel;
}

/**
 * Reads a model folder and opens it with its synthesizer.
 * @throws TabveilError (input) when the folder is missing, damaged, or of an unknown synthesizer.
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const stored = await readModelFolder(folder);
  return { stored, model: findSynthesizer(stored.synthesizer).open(coarseDomain(stored.codec), stored.parts) };
}
