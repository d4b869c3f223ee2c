import { basename, dirname } from 'node:path';
import { TabveilError } from '../../errors.ts';
import { type Chain, type ChainHead, readChain, tampered } from './chain.ts';
import {
  appendDurably,
  type FileSystem,
  NODE_FILES,
  readIfPresent,
  storageFailure,
  systemCode,
  writeWhole,
} from './durable.ts';
import { CHAIN_START, decodeLine, encodeLine, type LineBody, sha256 } from './lines.ts';
import { withLock } from './lock.ts';
import { applyLine, type LedgerState, openState, replayChain } from './state.ts';
import { type Anchor, readAnchor, type StateFolder, stateFolderPath, writeAnchor } from './state-folder.ts';

/** Settings of a ledger; all have defaults. */
export interface LedgerOptions {
  /** Folder of the local state; see `stateFolderPath`. */
  readonly stateFolder?: string;
  /** Longest wait for another writer, in milliseconds; 10,000 by default. */
  readonly waitMs?: number;
  /** Stops waiting for another writer. */
  readonly signal?: AbortSignal;
  /** The clock; only its UTC day is used. */
  readonly now?: () => Date;
  /** The file system; tests inject failures. */
  readonly files?: FileSystem;
}

/** A checked ledger as it was on disk at one moment. */
export interface Snapshot {
  readonly chain: Chain;
  readonly state: LedgerState;
  /** What this machine remembered of the ledger, if anything. */
  readonly anchor?: Anchor;
}

/** A ledger file with its lock, its clock and its local state. */
export interface LedgerStore {
  readonly path: string;
  readonly files: FileSystem;
  readonly stateFolder: StateFolder;
  readonly waitMs: number;
  readonly signal?: AbortSignal;
  readonly now: () => Date;
}

/** A ledger of hundreds of thousands of lines; anything larger is not one. */
const MOST_BYTES = 256 * 2 ** 20;
const DEFAULT_WAIT_MS = 10_000;

/** Resolves links, so that two names of one ledger share one lock, and fills in the defaults. */
export async function openStore(path: string, options: LedgerOptions): Promise<LedgerStore> {
  const files = options.files ?? NODE_FILES;
  const real = await realPathOf(path, files);
  return {
    path: real,
    files,
    stateFolder: { path: options.stateFolder ?? stateFolderPath(real, process.env), files },
    waitMs: options.waitMs ?? DEFAULT_WAIT_MS,
    now: options.now ?? (() => new Date()),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

async function realPathOf(path: string, files: FileSystem): Promise<string> {
  try {
    return await files.realpath(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw storageFailure(path, 'open the ledger', error);
  }
  try {
    return `${await files.realpath(dirname(path))}/${basename(path)}`;
  } catch (error) {
    throw storageFailure(path, 'open the ledger', error);
  }
}

/** Name of the dataset in messages: the ledger's file name without its ending. */
export function datasetName(path: string): string {
  return basename(path).replace(/\.ledger\.jsonl$/, '');
}

/**
 * Reads and checks a ledger; needs no lock because lines only ever get added.
 * @returns `undefined` when there is no such file.
 * @throws TabveilError `ledger.tampered`, `ledger.storage`.
 */
export async function readSnapshot(store: LedgerStore): Promise<Snapshot | undefined> {
  const name = basename(store.path);
  const first = await readChainOf(store, name);
  if (first === undefined) return undefined;
  const state = replayChain(first, name);
  const anchor = await readAnchor(store.stateFolder, state.dataset);
  if (anchor === undefined) return { chain: first, state };
  if (anchor.seq <= first.head.seq) {
    checkHead(first, anchor, name);
    return { chain: first, state, anchor };
  }
  // A line may have been added between the two reads; the file that is read after its anchor must hold it.
  const chain = (await readChainOf(store, name)) ?? first;
  checkHead(chain, anchor, name);
  return { chain, state: replayChain(chain, name), anchor };
}

async function readChainOf(store: LedgerStore, name: string): Promise<Chain | undefined> {
  const bytes = await readIfPresent(store.path, store.files, MOST_BYTES);
  return bytes === undefined ? undefined : readChain(bytes, name);
}

/**
 * Refuses a chain that does not contain a line known from before: lines at its end were removed, or its history differs.
 * @throws TabveilError `ledger.tampered`.
 */
export function checkHead(chain: Chain, known: ChainHead, name: string): void {
  if (known.seq > chain.head.seq) {
    throw tampered(
      `${name}: line ${known.seq + 1} is known on this machine but missing: lines at the end were removed`,
    );
  }
  if (chain.hashes[known.seq] !== known.hash) {
    throw tampered(
      `${name}: line ${known.seq + 1} is not the one known on this machine: it or a line before it was edited`,
    );
  }
}

/** Like `readSnapshot`, for ledgers that must exist. */
export async function requireSnapshot(store: LedgerStore): Promise<Snapshot> {
  const snapshot = await readSnapshot(store);
  if (snapshot !== undefined) return snapshot;
  throw new TabveilError(
    'input',
    'ledger.missing',
    `${basename(store.path)}: there is no such ledger. Make one with \`ledger grant\`, or check --ledger.`,
  );
}

/** Runs a task while no other process can write this ledger. */
export function whileLocked<T>(store: LedgerStore, task: () => Promise<T>): Promise<T> {
  const { files, waitMs, signal } = store;
  const options = signal === undefined ? { files, waitMs } : { files, waitMs, signal };
  return withLock(`${store.path}.lock`, options, task);
}

/** Today (UTC), or the day of the last line when the clock was set back. */
export function today(store: LedgerStore, lastDay = ''): string {
  const day = store.now().toISOString().slice(0, 10);
  return day < lastDay ? lastDay : day;
}

/**
 * Appends lines to a ledger whose lock is held, on disk before it returns: the file, its folder, then the anchor. When any
 * of these fails the ledger is as before.
 */
export async function appendLines(
  store: LedgerStore,
  snapshot: Snapshot,
  lines: { readonly bodies: readonly LineBody[]; readonly day: string },
): Promise<ChainHead> {
  const { torn, lacksLineBreak, head } = snapshot.chain;
  const seal: LineBody[] =
    torn.length === 0 ? [] : [{ kind: 'recover', tornBytes: torn.length, tornHash: sha256(torn) }];
  const encoded = encodeLines([...seal, ...lines.bodies], { head, day: lines.day, state: snapshot.state });
  const lead = lacksLineBreak || torn.length > 0 ? '\n' : '';
  const undo = await appendDurably(store.path, lead + encoded.text, store.files);
  await rememberHead(store, { ...encoded, undo });
  return encoded.head;
}

async function rememberHead(
  store: LedgerStore,
  at: { readonly state: LedgerState; readonly head: ChainHead; readonly undo: () => Promise<void> },
): Promise<void> {
  try {
    const { dataset, fingerprints } = at.state;
    await writeAnchor(store.stateFolder, dataset, { ledger: store.path, head: at.head, contents: fingerprints });
  } catch (error) {
    // The anchor was not replaced, so taking the line back is consistent; if that fails too, the line counts as spent.
    await at.undo().catch(() => undefined);
    throw error;
  }
}

/** Writes the first lines of a ledger whose lock is held and whose file does not exist. */
export async function createFile(store: LedgerStore, bodies: readonly LineBody[]): Promise<void> {
  const encoded = encodeLines(bodies, { head: { seq: -1, hash: CHAIN_START }, day: today(store) });
  await writeWhole(store.path, encoded.text, { files: store.files });
  const undo = () => store.files.unlink(store.path);
  await rememberHead(store, { ...encoded, undo });
}

/**
 * The text of new lines and the head after them. Every line is read back first: a line that a reader would refuse must
 * never be written, since it would lock everybody out of the ledger.
 */
function encodeLines(
  bodies: readonly LineBody[],
  after: { readonly head: ChainHead; readonly day: string; readonly state?: LedgerState },
): { readonly text: string; readonly head: ChainHead; readonly state: LedgerState } {
  let text = '';
  let { seq, hash } = after.head;
  let { state } = after;
  for (const body of bodies) {
    seq++;
    const line = encodeLine(body, { seq, previous: hash, day: after.day });
    const decoded = decodeLine(line);
    if ('problem' in decoded) throw unwritable(body.kind, decoded.problem);
    state = state === undefined ? openState(decoded.line) : applyLine(state, decoded.line, `new ${body.kind} line`);
    text += `${line}\n`;
    hash = sha256(line);
  }
  if (state === undefined) throw unwritable('first', 'opens no dataset');
  return { text, head: { seq, hash }, state };
}

function unwritable(kind: string, problem: string): TabveilError {
  return new TabveilError('bug', 'ledger.line', `ledger: a new ${kind} line ${problem}. Nothing was written.`);
}
