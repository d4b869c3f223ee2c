import { basename } from 'node:path';
import { TabveilError } from '../../errors.ts';
import type { PrivacyUnit } from '../certificate.ts';
import { NODE_FILES } from './durable.ts';
import { defaultLedgerPath, findLedgersByContent, type OpenedLedger, openLedger, openOrCreateLedger } from './open.ts';
import { fingerprintFile, fingerprintParts, stateFolderPath } from './state-folder.ts';
import type { LedgerOptions } from './store.ts';

/** What a run on a table wants to spend. */
export interface TableSpend {
  readonly epsilon: number;
  readonly delta: number;
  readonly unit: PrivacyUnit;
  /** Dataset id of the only ledger that may pay; any when absent. */
  readonly dataset?: string;
}

/** The ledger that a training on a table file must pay. */
export interface TableLedger extends OpenedLedger {
  /** To be passed on to `reserve`, which notes contents it has not seen. */
  readonly fingerprint: string;
  /** True when the ledger was found beside another name of the same content. */
  readonly recognised: boolean;
}

/**
 * The ledger for a training on a table file: the one the user names; else the one beside the table; else one in the same
 * folder (or in the shared state folder) that has seen the same bytes under another name; else a new one beside the table
 * with a grant of exactly this (epsilon, delta).
 *
 * **Privacy**: reads the file's bytes for a keyed fingerprint that stays on this machine. Whether a copy is recognised
 * decides only which ledger pays.
 * @param table path of the table file.
 * @throws TabveilError when the table or a ledger cannot be read, or a new ledger cannot be written.
 */
export async function openTableLedger(
  table: string,
  request: TableSpend & { readonly ledger?: string },
  options: LedgerOptions = {},
): Promise<TableLedger> {
  const path = request.ledger ?? defaultLedgerPath(table);
  const files = options.files ?? NODE_FILES;
  const stateFolder = options.stateFolder ?? stateFolderPath(path, process.env);
  const fingerprint = await fingerprintFile(table, { path: stateFolder, files });
  const known = request.ledger === undefined ? await ledgerOfCopy(path, fingerprint, options) : undefined;
  const isNamed = request.ledger !== undefined;
  const opened = await openPinned(known ?? path, { ...request, fingerprint, isNamed }, options);
  return { ...opened, fingerprint, recognised: known !== undefined };
}

/**
 * The ledger that a training on a table in memory must pay: the one that is named, made if there is none. There is no file
 * beside which another could lie.
 *
 * **Privacy**: as `openTableLedger`.
 * @param parts bytes of the table in a fixed order.
 */
export async function openMemoryLedger(
  parts: Iterable<Uint8Array>,
  request: TableSpend & { readonly ledger: string },
  options: LedgerOptions = {},
): Promise<TableLedger> {
  const { ledger: path } = request;
  const files = options.files ?? NODE_FILES;
  const stateFolder = options.stateFolder ?? stateFolderPath(path, process.env);
  const fingerprint = await fingerprintParts(parts, { path: stateFolder, files });
  const opened = await openPinned(path, { ...request, fingerprint, isNamed: true }, options);
  return { ...opened, fingerprint, recognised: false };
}

/** Opens or makes the ledger; one that the schema names must be there and be that one. */
async function openPinned(
  path: string,
  { dataset, ...spend }: TableSpend & { readonly fingerprint: string; readonly isNamed: boolean },
  options: LedgerOptions,
): Promise<OpenedLedger> {
  if (dataset === undefined) return openOrCreateLedger(path, spend, options);
  const isThere = await exists(path, options);
  const ledger = isThere ? await openLedger(path, options) : undefined;
  if (ledger?.dataset === dataset) return { ledger, created: false };
  const found = ledger === undefined ? 'there is none' : `that is dataset ${ledger.dataset}`;
  throw new TabveilError(
    'budget',
    'ledger.pinned',
    `${basename(path)}: the schema says that only the ledger of dataset ${dataset} pays for this table, but here ${found}. Restore it or name it with --ledger.`,
    { dataset },
  );
}

async function exists(path: string, { files = NODE_FILES }: LedgerOptions): Promise<boolean> {
  return files.stat(path).then(
    () => true,
    () => false,
  );
}

async function ledgerOfCopy(path: string, fingerprint: string, options: LedgerOptions): Promise<string | undefined> {
  return (await exists(path, options)) ? undefined : (await findLedgersByContent(path, fingerprint, options))[0];
}
