import type { PrivacyEvent } from '../events.ts';
import type { GrantSummary, LedgerHistory, RunSummary } from './history.ts';
import { describeLedger } from './history.ts';
import { type LedgerOptions, openStore, requireSnapshot, today } from './store.ts';

/** A run with everything needed to recompute its cost. */
export type ExportedRun = Omit<RunSummary, 'events'> & {
  readonly events: readonly { readonly label: string; readonly purpose: string; readonly event: PrivacyEvent }[];
};

/** A ledger for people outside: what was granted and spent, for what. */
export interface LedgerExport
  extends Pick<LedgerHistory, 'dataset' | 'unit' | 'adjacency' | 'spent' | 'remaining' | 'policy'> {
  readonly format: 'tabveil-ledger-export';
  readonly version: 1;
  readonly grants: readonly GrantSummary[];
  readonly runs: readonly ExportedRun[];
  readonly lines: number;
  readonly head: string;
}

/**
 * The content of a ledger without private facts.
 *
 * **Privacy**: no content fingerprint, path, host, process or time finer than a day. `head` depends on the fingerprint, an
 * HMAC under a key of 256 bits that stays on the machine, so it tells nothing about the table.
 */
export async function exportLedger(path: string, options: LedgerOptions = {}): Promise<LedgerExport> {
  const store = await openStore(path, options);
  const { chain, state } = await requireSnapshot(store);
  const { runs, ...rest } = describeLedger(state, today(store, state.day));
  return {
    format: 'tabveil-ledger-export',
    version: 1,
    ...rest,
    runs: runs.map((run) => ({ ...run, events: state.runs.get(run.entry)?.reserve.events ?? [] })),
    lines: chain.lines.length,
    head: chain.head.hash,
  };
}
