import { ctgan } from '../../src/synthesizers/ctgan/ctgan.ts';
import type { Synthesizer, SynthesizerOptions } from '../../src/synthesizers/synthesizer.ts';

/** A synthesizer with settings of its own, as if the user had given them. */
export function withOptions(synthesizer: Synthesizer, settings: SynthesizerOptions): Synthesizer {
  const merge = <T extends { readonly options: SynthesizerOptions }>(given: T): T => ({
    ...given,
    options: { ...given.options, ...settings },
  });
  return {
    ...synthesizer,
    planShares: (shape) => synthesizer.planShares(merge(shape)),
    fit: (input) => synthesizer.fit(merge(input)),
  };
}

/** The adversarial way of learning, small enough for tests. */
export const smallAdversarial = withOptions(ctgan, {
  learn: 'adversarial',
  backend: 'wasm',
  adversarySteps: 4,
  fakes: 32,
  oneRowIn: 2,
  components: 16,
  latent: 4,
  hidden: 8,
});
