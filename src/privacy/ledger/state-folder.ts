import { createHmac, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { TabveilError } from '../../errors.ts';
import type { ChainHead } from './chain.ts';
import { type FileSystem, readIfPresent, storageFailure, systemCode, writeOnce, writeWhole } from './durable.ts';

/** Local memory beside a ledger that never leaves the machine: the fingerprint key and the last known line per dataset. */
export interface StateFolder {
  readonly path: string;
  readonly files: FileSystem;
}

const anchorSchema = z.strictObject({
  dataset: z.string().regex(/^[0-9a-f]{32}$/),
  ledger: z.string(),
  seq: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Keyed fingerprints of the contents that the ledger has seen last: they outlive it when it is deleted. */
  contents: z.array(z.string().regex(/^[0-9a-f]{64}$/)).optional(),
});

/** The last line of a ledger that this machine has seen. */
export type Anchor = z.infer<typeof anchorSchema>;

const MOST_BYTES = 1 << 16;
/** Contents an anchor remembers; more would not fit. */
const MOST_CONTENTS = 500;
const KEY_BYTES = 32;

/**
 * Where the local state of a ledger lives: `.tabveil` in the ledger's folder, or the folder that the environment variable
 * TABVEIL_STATE names, which then serves all ledgers of the machine and can be kept out of reach of those who train.
 */
export function stateFolderPath(ledger: string, environment: Readonly<Record<string, string | undefined>>): string {
  const named = environment.TABVEIL_STATE;
  return named === undefined || named === '' ? join(dirname(resolve(ledger)), '.tabveil') : resolve(named);
}

const anchorPath = (state: StateFolder, dataset: string) => join(state.path, `${dataset}.head.json`);

/** Creates the folder, readable by its owner only. */
async function ensureFolder(state: StateFolder): Promise<void> {
  try {
    await state.files.mkdir(state.path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw storageFailure(state.path, 'create the local state folder', error);
  }
}

/** The last line this machine has seen of a dataset's ledger, or `undefined` when it has seen none. */
export async function readAnchor(state: StateFolder, dataset: string): Promise<Anchor | undefined> {
  const bytes = await readIfPresent(anchorPath(state, dataset), state.files, MOST_BYTES);
  return bytes === undefined ? undefined : parseAnchor(bytes.toString('utf8'));
}

function parseAnchor(text: string): Anchor | undefined {
  try {
    return anchorSchema.parse(JSON.parse(text));
  } catch {
    throw new TabveilError(
      'input',
      'ledger.anchor',
      'ledger: the local record of its last line (.tabveil/*.head.json) is damaged. Check the ledger with `ledger verify --head`, then remove that record.',
    );
  }
}

/** Remembers the last line of a ledger. */
export async function writeAnchor(
  state: StateFolder,
  dataset: string,
  at: { readonly ledger: string; readonly head: ChainHead; readonly contents: Iterable<string> },
): Promise<void> {
  await ensureFolder(state);
  const contents = [...at.contents].slice(-MOST_CONTENTS);
  const anchor: Anchor = { dataset, ledger: resolve(at.ledger), ...at.head, contents };
  await writeWhole(anchorPath(state, dataset), `${JSON.stringify(anchor)}\n`, { files: state.files, mode: 0o600 });
}

/** Every anchor of the folder; none when there is no folder. */
export async function listAnchors(state: StateFolder): Promise<readonly Anchor[]> {
  let names: string[];
  try {
    names = await state.files.readdir(state.path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw storageFailure(state.path, 'read the local state folder', error);
  }
  const datasets = names.flatMap((name) => /^([0-9a-f]{32})\.head\.json$/.exec(name)?.[1] ?? []).sort();
  const anchors = await Promise.all(datasets.map((dataset) => readAnchor(state, dataset)));
  return anchors.filter((anchor) => anchor !== undefined);
}

/**
 * The secret key of content fingerprints, made on first use.
 * @throws TabveilError `key.permissions` when others may read it.
 */
async function fingerprintKey(state: StateFolder): Promise<Buffer> {
  await ensureFolder(state);
  const path = join(state.path, 'fingerprint.key');
  if ((await readIfPresent(path, state.files, MOST_BYTES)) === undefined) {
    await writeOnce(path, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { files: state.files, mode: 0o600 });
  }
  await requirePrivateMode(path, state.files);
  const text = (await readIfPresent(path, state.files, MOST_BYTES))?.toString('utf8').trim() ?? '';
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  throw new TabveilError(
    'input',
    'key.malformed',
    `${basename(path)}: this is not a key of 64 hex digits. Remove it; copies of known tables are then no longer recognised.`,
  );
}

/**
 * Refuses a secret file that other users may read or write.
 * @throws TabveilError `key.permissions`.
 */
export async function requirePrivateMode(path: string, files: FileSystem): Promise<void> {
  // Windows keeps no such bits.
  if (process.platform === 'win32') return;
  const { mode } = await files.stat(path);
  if ((mode & 0o077) === 0) return;
  throw new TabveilError(
    'input',
    'key.permissions',
    `${basename(path)}: permissions are ${(mode & 0o777).toString(8)}; a secret key must be readable by its owner only. Run: chmod 600 ${basename(path)}`,
  );
}

/**
 * HMAC-SHA256 of a file's bytes under the local key: recognises a renamed copy, tells nothing without the key.
 *
 * **Privacy**: an exact function of the private table; it is written to the local ledger only and never exported.
 */
export async function fingerprintFile(path: string, state: StateFolder): Promise<string> {
  const mac = createHmac('sha256', await fingerprintKey(state)).update('tabveil table content 1\n');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) mac.update(chunk as Buffer);
  } catch (error) {
    throw storageFailure(path, 'read the table', error);
  }
  return mac.digest('hex');
}

/**
 * Like `fingerprintFile`, for a table that is in memory: its bytes in a fixed order. A table in memory and a file of the same
 * content have different fingerprints.
 *
 * **Privacy**: as `fingerprintFile`.
 */
export async function fingerprintParts(parts: Iterable<Uint8Array>, state: StateFolder): Promise<string> {
  const mac = createHmac('sha256', await fingerprintKey(state)).update('tabveil table in memory 1\n');
  for (const part of parts) mac.update(part);
  return mac.digest('hex');
}
