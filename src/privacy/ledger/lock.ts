import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TabveilError } from '../../errors.ts';
import { type FileSystem, storageFailure, systemCode } from './durable.ts';

/** Who holds a lock. Stays on this machine and is removed with the lock. */
interface LockOwner {
  readonly pid: number;
  /** Host and process namespace: process numbers of another one mean nothing here. */
  readonly host: string;
  /** Start of the process in clock ticks since boot (Linux): a process number that was given out again is not the owner. */
  readonly started: string;
  readonly token: string;
}

/** How to wait for a lock. */
export interface LockOptions {
  readonly files: FileSystem;
  /** Longest wait in milliseconds before giving up. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/** An owner file that is empty for longer than this was left by a crash between creating and writing it. */
const UNFINISHED_MS = 5000;
const POLL_MS = 20;

/**
 * Runs a task while holding a lock file that one process at a time can hold, and removes it afterwards.
 *
 * The file is created with O_EXCL and names its owner. A lock whose owner is dead is broken by whoever holds the lock on
 * breaking exactly that lock (its token is in the name), so a lock taken meanwhile is never removed.
 * @throws TabveilError `ledger.locked` when another process holds it for longer than `waitMs`.
 */
export async function withLock<T>(path: string, options: LockOptions, task: () => Promise<T>): Promise<T> {
  await acquire(path, options);
  try {
    return await task();
  } finally {
    await options.files.unlink(path).catch(() => undefined);
  }
}

async function acquire(path: string, options: LockOptions): Promise<void> {
  const deadline = Date.now() + options.waitMs;
  for (;;) {
    options.signal?.throwIfAborted();
    if (await tryCreate(path, options.files)) return;
    const holder = await inspect(path, options.files);
    if (holder === undefined) continue;
    if (holder.isDead) {
      await breakLock(path, holder.token, options);
      continue;
    }
    if (Date.now() >= deadline) throw locked(path, holder.description);
    await sleep(POLL_MS * (1 + (randomBytes(1)[0] ?? 0) / 256));
  }
}

async function tryCreate(path: string, files: FileSystem): Promise<boolean> {
  const owner: LockOwner = {
    pid: process.pid,
    host: processHost(),
    started: startOfProcess(process.pid),
    token: randomBytes(8).toString('hex'),
  };
  let handle: Awaited<ReturnType<FileSystem['open']>>;
  try {
    handle = await files.open(path, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw storageFailure(path, 'lock the ledger', error);
  }
  try {
    await handle.writeFile(JSON.stringify(owner));
  } catch (error) {
    await files.unlink(path).catch(() => undefined);
    throw storageFailure(path, 'lock the ledger', error);
  } finally {
    await handle.close();
  }
  return true;
}

interface Holder {
  readonly token: string;
  readonly isDead: boolean;
  readonly description: string;
}

/** Who holds the lock now, or `undefined` when it has just been released. */
async function inspect(path: string, files: FileSystem): Promise<Holder | undefined> {
  try {
    const { ino, mtimeMs } = await files.stat(path);
    const owner = parseOwner(await files.readFile(path, 'utf8'));
    if (owner !== undefined) {
      return { token: owner.token, isDead: isDead(owner), description: `process ${owner.pid}` };
    }
    const age = Date.now() - mtimeMs;
    return { token: `${ino}-${mtimeMs}`, isDead: age > UNFINISHED_MS, description: 'a process that is starting' };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageFailure(path, 'read the lock of the ledger', error);
  }
}

async function breakLock(path: string, token: string, options: LockOptions): Promise<void> {
  await withLock(`${path}.${token}`, options, async () => {
    const now = await inspect(path, options.files);
    // Only the holder of this breaking lock may remove the lock with this token, and tokens never return.
    if (now?.token === token) await options.files.unlink(path);
  });
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockOwner> | null;
    const isOwner =
      Number.isSafeInteger(value?.pid) &&
      typeof value?.host === 'string' &&
      typeof value.started === 'string' &&
      /^[0-9a-f]{16}$/.test(value.token ?? '');
    return isOwner ? (value as LockOwner) : undefined;
  } catch {
    return undefined;
  }
}

/** A process of another machine or container cannot be asked, so it counts as alive. */
function isDead(owner: LockOwner): boolean {
  if (owner.host !== processHost()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
  const started = startOfProcess(owner.pid);
  return started !== '' && owner.started !== '' && started !== owner.started;
}

function processHost(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Field 22 of /proc/PID/stat, or the empty text where there is no such file. */
function startOfProcess(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may hold blanks: count fields after the last bracket.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function locked(path: string, holder: string): TabveilError {
  return new TabveilError(
    'input',
    'ledger.locked',
    `${basename(path)}: the ledger is in use by ${holder}. Try again when it has finished; if no tabveil is running, remove this file.`,
  );
}
