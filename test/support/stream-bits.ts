import { createStream, type Seed, type Stream } from '../../src/random/stream.ts';
import { WordBits } from '../../src/random/word-bits.ts';

/** Reproducible noise for tests: the production samplers fed from a seeded stream. Runs that use it carry `testNoise`. */
export class StreamBits extends WordBits {
  readonly #stream: Stream;

  constructor(seed: Seed) {
    super();
    this.#stream = createStream(seed, 'test noise');
  }

  protected override refill(pool: Uint32Array): void {
    this.#stream.fillUint32(pool);
  }
}
