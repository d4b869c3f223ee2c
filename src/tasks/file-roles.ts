import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TabveilError } from '../errors.ts';
import { hashFile } from '../privacy/certified-folder.ts';
import { defaultLedgerPath } from '../privacy/ledger/open.ts';

/** A file that a command was given, and as what. */
export interface FileRole {
  /** As people say it: `the real table`. */
  readonly role: string;
  readonly path: string;
}

/**
 * Refuses outputs that are an input or another output: writing one would destroy a table, or half of what was asked for.
 * @throws TabveilError (usage) that names both.
 */
export async function requireSeparate(inputs: readonly FileRole[], outputs: readonly string[]): Promise<void> {
  const taken = new Map<string, string>();
  for (const { role, path } of inputs) taken.set(await identityOf(path), role);
  for (const path of outputs) {
    const identity = await identityOf(path);
    const role = taken.get(identity);
    if (role !== undefined) {
      throw new TabveilError(
        'usage',
        'output.taken',
        `${path}: this file is ${role} and would be overwritten; name another file for the output.`,
      );
    }
    taken.set(identity, 'another output of the same command');
  }
}

/** One text per file, whatever name leads to it. */
async function identityOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? resolve(path) : `${found.dev}:${found.ino}`;
}

/**
 * Refuses a path that has a ledger beside it where a synthetic table is expected: a table with a ledger holds real rows.
 * @param what what to do instead.
 * @throws TabveilError (input).
 */
export async function refuseProtected(path: string, what: string): Promise<void> {
  const ledger = defaultLedgerPath(path);
  const isThere = await stat(ledger).catch(() => undefined);
  if (isThere === undefined) return;
  throw new TabveilError(
    'input',
    'table.protected',
    `${path}: ${ledger} lies beside it, so it holds real rows; ${what}.`,
  );
}

/**
 * Refuses tables that are given twice, by content: a holdout that is the training table, and a synthetic table that is real.
 * Files that cannot be read are left to those who read them.
 *
 * **Privacy**: only that the files are equal is told.
 * @throws TabveilError (input).
 */
export async function requireDifferent(tables: {
  readonly realPath: string;
  readonly syntheticPath: string;
  readonly holdoutPath?: string;
}): Promise<void> {
  const hash = async (path: string | undefined) =>
    path === undefined ? undefined : await hashFile(path).catch(() => undefined);
  const [real, synthetic, holdout] = await Promise.all(
    [tables.realPath, tables.syntheticPath, tables.holdoutPath].map(hash),
  );
  const refuse = (code: string, message: string) => new TabveilError('input', code, message);
  if (real !== undefined && real === holdout) {
    throw refuse(
      'evaluate.same-holdout',
      `${tables.holdoutPath}: the holdout is the same file as the real table ${tables.realPath}; name rows of people who were kept apart from training.`,
    );
  }
  if (synthetic === undefined || (synthetic !== real && synthetic !== holdout)) return;
  const [role, path] = synthetic === real ? ['real table', tables.realPath] : ['holdout', tables.holdoutPath];
  throw refuse(
    'evaluate.same-synthetic',
    `${tables.syntheticPath}: the synthetic table is the same file as the ${role} ${path}; name the table that was made from a model, and release neither of these.`,
  );
}
