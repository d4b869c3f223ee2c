import { stat } from 'node:fs/promises';
import { TabveilError } from '../errors.ts';
import type { PrivacyUnit } from '../privacy/certificate.ts';
import { exportLedger, type LedgerExport } from '../privacy/ledger/export.ts';
import type { LedgerHistory } from '../privacy/ledger/history.ts';
import { createIfMissing, defaultLedgerPath, openLedger, rememberedDataset } from '../privacy/ledger/open.ts';
import type { GrantRequest, PolicyRequest } from '../privacy/ledger/requests.ts';
import { type LedgerVerification, verifyLedger } from '../privacy/ledger/verify.ts';
import { readSchema } from '../table/schema-file.ts';

/** Which ledger: the one beside a table, or the one named. The table itself is never read. */
export interface LedgerChoice {
  readonly table: string;
  readonly ledger?: string;
}

/** A ledger's history, or the news that there is none yet. */
export type LedgerShown =
  | {
      readonly ledger: string;
      readonly exists: false;
      /** Dataset of a ledger that this machine remembers here and whose file is gone. */
      readonly lost?: string;
    }
  | (LedgerHistory & { readonly ledger: string; readonly exists: true });

const pathOf = ({ table, ledger }: LedgerChoice) => ledger ?? defaultLedgerPath(table);

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

/** Grants, runs and what remains; a table without a ledger is no failure. */
export async function showLedger(choice: LedgerChoice): Promise<LedgerShown> {
  const path = pathOf(choice);
  if (!(await isThere(path))) {
    // A mistyped table would otherwise look like one that has spent nothing.
    if (choice.ledger === undefined && !(await isThere(choice.table))) throw missingTable(choice.table);
    const lost = await rememberedDataset(path);
    return { ledger: path, exists: false, ...(lost === undefined ? {} : { lost }) };
  }
  return { ledger: path, exists: true, ...(await (await openLedger(path)).history()) };
}

function missingTable(table: string): TabveilError {
  return new TabveilError('input', 'table.missing', `${table}: there is no such file. Check the path of the table.`);
}

/** Budget to add, and the unit of a ledger that has to be made first. */
export interface GrantOptions extends LedgerChoice, GrantRequest {
  /** Schema file whose unit of privacy a new ledger takes; rows without it. An existing ledger keeps its own. */
  readonly schema?: string;
  /** Begins a new ledger although this machine remembers one here that is gone; the new one says so. */
  readonly startOver?: boolean;
}

/** A ledger after a grant. */
export interface GrantResult extends LedgerHistory {
  readonly ledger: string;
  /** True when the ledger was made for this grant. */
  readonly created: boolean;
  /** Id of the new grant. */
  readonly grant: string;
}

function nothingLost(path: string): TabveilError {
  return new TabveilError(
    'usage',
    'ledger.start-over',
    `${path}: there is a ledger, so there is nothing to begin again; leave out --start-over.`,
  );
}

/**
 * Adds budget to a dataset; makes its ledger when there is none.
 * @throws TabveilError kind `budget` when the ledger this machine remembers is gone and `startOver` is not set.
 */
export async function grantBudget(options: GrantOptions): Promise<GrantResult> {
  const { table, ledger, schema, startOver = false, ...grant } = options;
  const path = pathOf(options);
  if (ledger === undefined && !(await isThere(table)) && !(await isThere(path))) throw missingTable(table);
  const unit: PrivacyUnit = schema === undefined ? { kind: 'row' } : (await readSchema(schema)).unit;
  const opened = await createIfMissing(path, { unit, grant, startOver });
  if (!opened.created && startOver) throw nothingLost(path);
  if (!opened.created) await opened.ledger.grant(grant);
  const history = await opened.ledger.history();
  return { ledger: opened.ledger.path, created: opened.created, grant: history.grants.at(-1)?.grant ?? '', ...history };
}

/** Replaces the policy of a dataset's ledger. */
export async function setLedgerPolicy(options: LedgerChoice & PolicyRequest): Promise<LedgerShown> {
  const { table: _table, ledger: _ledger, ...policy } = options;
  const opened = await openLedger(pathOf(options));
  await opened.setPolicy(policy);
  return { ledger: opened.path, exists: true, ...(await opened.history()) };
}

/** Checks every line of a ledger; see `verifyLedger`. */
export function checkLedger(options: LedgerChoice & { readonly head?: string }): Promise<LedgerVerification> {
  return verifyLedger(pathOf(options), options.head === undefined ? {} : { head: options.head });
}

/** The ledger without private facts, for people outside. */
export function exportLedgerOf(choice: LedgerChoice): Promise<LedgerExport> {
  return exportLedger(pathOf(choice));
}
