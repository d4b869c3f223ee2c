import { basename } from 'node:path';
import { TabveilError } from '../../errors.ts';
import type { ChainHead } from './chain.ts';
import { tampered } from './chain.ts';
import { type LedgerOptions, openStore, requireSnapshot } from './store.ts';

/** What was found in a ledger whose every check passed. */
export interface LedgerVerification {
  readonly dataset: string;
  readonly lines: number;
  readonly head: ChainHead;
  /** Bytes of an append that a crash cut short; the next append seals them. */
  readonly tornBytes: number;
  /**
   * How removed last lines would be noticed: `machine` remembers the last line; `given` hash was found in the chain;
   * `none`: nobody remembers, so lines at the end may be missing.
   */
  readonly completeness: 'machine' | 'given' | 'none';
}

/**
 * Checks a ledger: every line continues the one before, every payment was allowed when it was made, and the last line known
 * on this machine (or the `head` noted elsewhere) is still there.
 * @param options.head hash of any earlier last line, for example from a print-out.
 * @throws TabveilError `ledger.tampered` naming the line that was edited, removed or moved.
 */
export async function verifyLedger(
  path: string,
  options: LedgerOptions & { readonly head?: string } = {},
): Promise<LedgerVerification> {
  const store = await openStore(path, options);
  const { chain, state, anchor } = await requireSnapshot(store);
  const name = basename(store.path);
  if (options.head !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(options.head)) {
      throw new TabveilError(
        'usage',
        'ledger.head',
        `--head is "${options.head.slice(0, 80)}"; it must be the 64 hex digits that \`ledger show\` prints.`,
      );
    }
    if (!chain.hashes.includes(options.head)) {
      throw tampered(`${name}: the line with the given hash is missing: it or a line before it was edited or removed`);
    }
  }
  const completeness = anchor !== undefined ? 'machine' : options.head !== undefined ? 'given' : 'none';
  return {
    dataset: state.dataset,
    lines: chain.lines.length,
    head: chain.head,
    tornBytes: chain.torn.length,
    completeness,
  };
}
