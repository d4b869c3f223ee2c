import { existsSync } from 'node:fs';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NODE_FILES } from '../../../src/privacy/ledger/durable.ts';
import { withLock } from '../../../src/privacy/ledger/lock.ts';
import { useFolders } from '../../support/ledger.ts';

const folder = useFolders();
const options = { files: NODE_FILES, waitMs: 5000 };
/** Larger than any process number Linux or macOS gives out. */
const NO_SUCH_PROCESS = 2 ** 30;

async function lockPath(): Promise<string> {
  return join(await folder(), 'claims.ledger.jsonl.lock');
}

/** The owner this process writes, to be changed into somebody else's. */
async function ownerNow(): Promise<Record<string, unknown>> {
  const path = await lockPath();
  return withLock(path, options, async () => JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>);
}

describe('lock', () => {
  it('lets one task in at a time and leaves no file behind', async () => {
    const path = await lockPath();
    let inside = 0;
    let most = 0;
    const visits = Array.from({ length: 12 }, () =>
      withLock(path, options, async () => {
        inside++;
        most = Math.max(most, inside);
        await sleep(3);
        inside--;
      }),
    );
    await Promise.all(visits);
    expect(most).toBe(1);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('is released when the task fails', async () => {
    const path = await lockPath();
    await expect(withLock(path, options, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });

  it('a lock whose process is dead is broken once, however many wait for it', async () => {
    const path = await lockPath();
    await writeFile(path, JSON.stringify({ ...(await ownerNow()), pid: NO_SUCH_PROCESS, token: '0'.repeat(16) }));
    let inside = 0;
    const visits = Array.from({ length: 8 }, () =>
      withLock(path, options, async () => {
        expect(++inside).toBe(1);
        await sleep(2);
        inside--;
      }),
    );
    await Promise.all(visits);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'a process number that was given out again does not keep a lock (Linux)',
    async () => {
      const path = await lockPath();
      await writeFile(path, JSON.stringify({ ...(await ownerNow()), started: '1', token: '1'.repeat(16) }));
      expect(await withLock(path, { ...options, waitMs: 0 }, async () => 'in')).toBe('in');
    },
  );

  it('a live lock is waited for, then refused with one clear line', async () => {
    const path = await lockPath();
    await withLock(path, options, async () => {
      const refused = withLock(path, { ...options, waitMs: 50 }, async () => 'in');
      await expect(refused).rejects.toMatchObject({
        kind: 'input',
        code: 'ledger.locked',
        message: `claims.ledger.jsonl.lock: the ledger is in use by process ${process.pid}. Try again when it has finished; if no tabveil is running, remove this file.`,
      });
    });
  });

  it('a lock of another machine is never broken', async () => {
    const path = await lockPath();
    const owner = { ...(await ownerNow()), host: `not-${hostname()}`, pid: NO_SUCH_PROCESS, token: '2'.repeat(16) };
    await writeFile(path, JSON.stringify(owner));
    await expect(withLock(path, { ...options, waitMs: 30 }, async () => 'in')).rejects.toMatchObject({
      code: 'ledger.locked',
    });
    expect(existsSync(path)).toBe(true);
  });

  it('an owner file left empty by a crash is waited for, then broken', async () => {
    const path = await lockPath();
    await writeFile(path, '');
    await expect(withLock(path, { ...options, waitMs: 30 }, async () => 'in')).rejects.toMatchObject({
      code: 'ledger.locked',
    });
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    expect(await withLock(path, options, async () => 'in')).toBe('in');
  });

  it('a crash while breaking a lock is recovered', async () => {
    const path = await lockPath();
    const dead = { ...(await ownerNow()), pid: NO_SUCH_PROCESS };
    await writeFile(path, JSON.stringify({ ...dead, token: '3'.repeat(16) }));
    await writeFile(`${path}.${'3'.repeat(16)}`, JSON.stringify({ ...dead, token: '4'.repeat(16) }));
    expect(await withLock(path, options, async () => 'in')).toBe('in');
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('stops waiting when the user stops', async () => {
    const path = await lockPath();
    await withLock(path, options, async () => {
      const controller = new AbortController();
      const waiting = withLock(path, { ...options, signal: controller.signal }, async () => 'in');
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    });
  });
});
