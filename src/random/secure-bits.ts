import { randomFillSync } from 'node:crypto';
import { WordBits } from './word-bits.ts';

/**
 * The operating system's cryptographic generator: the only source of privacy noise. It has no seed and no fallback;
 * when the system cannot deliver, it throws.
 *
 * **Privacy**: words are erased once used, so that a later memory dump does not hold the noise of an earlier release.
 * **Cost**: about 50 million words per second; a pool of 64 KiB per instance.
 */
export class SecureBits extends WordBits {
  /** Makes the class nominal: no look-alike passes `isSecureBits`. */
  readonly #operatingSystem = true;

  protected override refill(pool: Uint32Array): void {
    randomFillSync(pool);
  }

  /** Whether `source` is a genuine `SecureBits`: not a subclass or an altered instance, whose words could come from anywhere. */
  static isGenuine(source: object): boolean {
    const isUnaltered = Object.getPrototypeOf(source) === SecureBits.prototype && Reflect.ownKeys(source).length === 0;
    return #operatingSystem in source && isUnaltered;
  }
}
