import { coarseDomain } from '../encode/table-codec.ts';
import { checkModelFiles } from '../privacy/certified-folder.ts';
import { corrupt, MODEL_FILES, readModelFolder, type StoredModel } from '../synthesizers/model-folder.ts';
import { SYNTHESIZERS } from '../synthesizers/registry.ts';
import type { OpenModel, Synthesizer } from '../synthesizers/synthesizer.ts';

/** A model folder opened for use. */
export interface LoadedModel {
  readonly stored: StoredModel;
  readonly model: OpenModel;
}

/**
 * Reads a model folder whose files are those of its certificate, and opens it with its synthesizer. What the certificate
 * claims to cost is checked by `verify`, not here.
 * @throws TabveilError (input) when the folder is missing, damaged, or of an unknown synthesizer.
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  await checkModelFiles(folder);
  const stored = await readModelFolder(folder);
  return { stored, model: findStoredSynthesizer(folder, stored).open(coarseDomain(stored.codec), stored.parts) };
}

/** The synthesizer that a file names: an unknown one is a fault of the file, not of the command. */
function findStoredSynthesizer(folder: string, { synthesizer }: StoredModel): Synthesizer {
  const found = SYNTHESIZERS.find(({ name }) => name === synthesizer);
  if (found !== undefined) return found;
  const names = SYNTHESIZERS.map(({ name }) => name).join(', ');
  const named = JSON.stringify(synthesizer);
  throw corrupt(folder, MODEL_FILES.manifest, `synthesizer ${named} is unknown; this version knows ${names}`);
}
