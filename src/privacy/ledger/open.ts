import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { TabveilError } from '../../errors.ts';
import type { PrivacyUnit } from '../certificate.ts';
import { storageFailure } from './durable.ts';
import { Ledger } from './ledger.ts';
import { type GrantRequest, grantBody, requireFuture } from './requests.ts';
import { type Anchor, listAnchors } from './state-folder.ts';
import {
  createFile,
  datasetName,
  type LedgerOptions,
  type LedgerStore,
  openStore,
  readSnapshot,
  requireSnapshot,
  today,
  whileLocked,
} from './store.ts';

/** What a new ledger starts with. */
export interface CreateRequest {
  readonly unit: PrivacyUnit;
  /** First grant; its purpose and expiry are optional. */
  readonly grant: GrantRequest;
  /** Keyed fingerprint of the table's content, if it has been read. */
  readonly fingerprint?: string;
  /** The user named this very ledger: what other ledgers of the same content spent is theirs to add. */
  readonly isNamed?: boolean;
  /** An officer's decision to begin again although this machine remembers a ledger of this table that is gone. */
  readonly startOver?: boolean;
}

/** A ledger that exists now. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  /** True when this call made the file; its grant is then exactly the one asked for. */
  readonly created: boolean;
  /** Dataset id of the lost ledger that an officer replaced by this one. */
  readonly replaces?: string;
}

/** Where the ledger of a table file lives unless the user says otherwise: beside the table. */
export function defaultLedgerPath(table: string): string {
  return `${table}.ledger.jsonl`;
}

/**
 * Opens the ledger at `path`.
 * @throws TabveilError when it does not exist, cannot be read, or was tampered with.
 */
export async function openLedger(path: string, options: LedgerOptions = {}): Promise<Ledger> {
  const store = await openStore(path, options);
  return new Ledger(store, (await requireSnapshot(store)).state);
}

/**
 * Opens the ledger at `path`, or makes it with a grant of exactly this (epsilon, delta), so that a first training needs no
 * set-up and a second one needs an explicit grant. Of several processes that race, one makes it.
 * @throws TabveilError when the folder cannot be written, an existing ledger was tampered with, or this machine remembers a
 * ledger of this path or content that is gone (kind `budget`).
 */
export async function openOrCreateLedger(
  path: string,
  request: {
    readonly epsilon: number;
    readonly delta: number;
    readonly unit: PrivacyUnit;
    readonly fingerprint?: string;
    readonly isNamed?: boolean;
  },
  options: LedgerOptions = {},
): Promise<OpenedLedger> {
  const { epsilon, delta, ...rest } = request;
  return createIfMissing(path, { ...rest, grant: { epsilon, delta } }, options);
}

/** Like `openOrCreateLedger`, with a grant that may name officer, purpose and expiry. */
export async function createIfMissing(
  path: string,
  request: CreateRequest,
  options: LedgerOptions = {},
): Promise<OpenedLedger> {
  const grant = grantBody(request.grant);
  const store = await openStore(path, options);
  requireFuture(grant, today(store));
  const existing = await readSnapshot(store);
  if (existing !== undefined) return { ledger: new Ledger(store, existing.state), created: false };
  return whileLocked(store, async () => {
    const winner = await readSnapshot(store);
    if (winner !== undefined) return { ledger: new Ledger(store, winner.state), created: false };
    const dataset = randomBytes(16).toString('hex');
    const { unit, fingerprint } = request;
    const replaces = (await findLostLedger(store, request.isNamed === true ? undefined : fingerprint))?.dataset;
    if (replaces !== undefined && request.startOver !== true) throw lost(store.path, replaces);
    await createFile(store, [
      {
        kind: 'open',
        format: 'tabveil-ledger',
        version: 1,
        dataset,
        unit: copyUnit(unit),
        ...(replaces ? { replaces } : {}),
      },
      ...(fingerprint === undefined ? [] : [{ kind: 'content', fingerprint } as const]),
      grant,
    ]);
    const ledger = new Ledger(store, { dataset, unit });
    return { ledger, created: true, ...(replaces === undefined ? {} : { replaces }) };
  });
}

function copyUnit(unit: PrivacyUnit) {
  return unit.kind === 'row'
    ? { kind: 'row' as const }
    : { kind: 'entity' as const, key: [...unit.key], maxRows: unit.maxRows };
}

/** A ledger that this machine remembers, at the path of this store or for a content, and whose file is gone. */
async function findLostLedger(store: LedgerStore, fingerprint: string | undefined): Promise<Anchor | undefined> {
  for (const anchor of await listAnchors(store.stateFolder)) {
    const isSameContent = fingerprint !== undefined && anchor.contents?.includes(fingerprint) === true;
    if (anchor.ledger !== store.path && !isSameContent) continue;
    const bytes = await store.files.stat(anchor.ledger).catch(() => undefined);
    if (bytes === undefined) return anchor;
  }
  return undefined;
}

/** Dataset id of the ledger that this machine remembers at a path without a file. */
export async function rememberedDataset(path: string, options: LedgerOptions = {}): Promise<string | undefined> {
  return (await findLostLedger(await openStore(path, options), undefined))?.dataset;
}

function lost(path: string, dataset: string): TabveilError {
  return new TabveilError(
    'budget',
    'ledger.lost',
    `ledger: this machine remembers the ledger of "${datasetName(path)}" (dataset ${dataset}), but its file is gone, and what it spent counts. Restore it from a backup; only if it is lost for good, an officer begins again: ledger grant … --start-over.`,
    { dataset },
  );
}

/**
 * Other ledgers in the folder (and in the shared state folder, if one is set) that have seen a table of this content.
 * @param fingerprint from `fingerprintFile` with the same state folder.
 */
export async function findLedgersByContent(
  path: string,
  fingerprint: string,
  options: LedgerOptions = {},
): Promise<readonly string[]> {
  const store = await openStore(path, options);
  const candidates = new Set([
    ...(await ledgersBeside(store)),
    ...(await listAnchors(store.stateFolder)).map((a) => a.ledger),
  ]);
  candidates.delete(store.path);
  const found: string[] = [];
  for (const candidate of [...candidates].sort()) {
    const other = await readSnapshot({ ...store, path: candidate }).catch(ignoreDamaged);
    if (other?.state.fingerprints.has(fingerprint)) found.push(candidate);
  }
  return found;
}

async function ledgersBeside(store: LedgerStore): Promise<readonly string[]> {
  const folder = dirname(store.path);
  try {
    const names = await store.files.readdir(folder);
    return names.filter((name) => name.endsWith('.ledger.jsonl')).map((name) => join(folder, name));
  } catch (error) {
    throw storageFailure(basename(folder), 'list the folder of the ledger', error);
  }
}

/** A neighbour's damaged ledger is its owner's problem; it must not stop this dataset. */
function ignoreDamaged(error: unknown): undefined {
  if (error instanceof TabveilError) return undefined;
  throw error;
}
