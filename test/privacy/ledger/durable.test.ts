import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileSystem, NODE_FILES } from '../../../src/privacy/ledger/durable.ts';
import { openLedger, openOrCreateLedger } from '../../../src/privacy/ledger/open.ts';
import { verifyLedger } from '../../../src/privacy/ledger/verify.ts';
import { type FileCall, watchFiles } from '../../support/failing-files.ts';
import { training, useFolders } from '../../support/ledger.ts';

const folder = useFolders();
const NAME = 'claims.ledger.jsonl';

async function grantedLedger() {
  const path = join(await folder(), NAME);
  await openOrCreateLedger(path, { epsilon: 1, delta: 1e-9, unit: { kind: 'row' } });
  return path;
}

const isAnchor = (call: FileCall) => call.includes('.head.json');

describe('reserve is on disk before it returns', () => {
  it('append, fsync of the file, fsync of its folder, then the local anchor, in this order', async () => {
    const path = await grantedLedger();
    const { files, calls } = watchFiles(() => undefined);
    await (await openLedger(path, { files })).reserve(training(1, 1e-9));
    const about = calls.filter((call) => !call.includes('.lock') && !call.startsWith('open'));
    const home = basename(dirname(path));
    expect(about.slice(0, 3)).toEqual([`append ${NAME}`, `sync ${NAME}`, `sync ${home}`]);
    expect(about.slice(3).map((call) => call.split(' ')[0])).toEqual(['write', 'sync', 'rename', 'sync']);
    expect(about.slice(3, 6).every(isAnchor)).toBe(true);
  });
});

describe('a disk that fails', () => {
  const failures: readonly (readonly [what: string, code: string, hits: (call: FileCall) => boolean])[] = [
    ['the lock cannot be made', 'EROFS', (call) => call === `open ${NAME}.lock`],
    ['the lock cannot be written', 'ENOSPC', (call) => call === `write ${NAME}.lock`],
    ['the ledger cannot be opened', 'EACCES', (call) => call === `open ${NAME}`],
    ['the disk is full in the middle of the line', 'ENOSPC', (call) => call === `append ${NAME}`],
    ['the line cannot be synced', 'EIO', (call) => call === `sync ${NAME}`],
    ['the anchor cannot be written', 'ENOSPC', (call) => call.startsWith('write') && isAnchor(call)],
    ['the anchor cannot be synced', 'EIO', (call) => call.startsWith('sync') && isAnchor(call)],
    ['the anchor cannot be renamed', 'EACCES', (call) => call.startsWith('rename') && isAnchor(call)],
  ];

  it.each(failures)('%s (%s): refused with the reason, no entry lost or left', async (_what, code, hits) => {
    const path = await grantedLedger();
    const before = await readFile(path);
    let failed = false;
    const { files } = watchFiles((call) => {
      if (failed || !hits(call)) return undefined;
      failed = true;
      return code;
    });
    const ledger = await openLedger(path, { files });
    await expect(ledger.reserve(training(1, 1e-9))).rejects.toMatchObject({
      kind: 'input',
      code: 'ledger.storage',
      fields: { systemCode: code },
      message: expect.stringContaining('nothing was drawn from the private table'),
    });
    expect(failed).toBe(true);
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(dirname(path))).toEqual(['.tabveil', NAME]);
    await ledger.reserve(training(1, 1e-9));
    expect(await verifyLedger(path)).toMatchObject({ tornBytes: 0 });
  });

  it('when even taking the line back fails, the torn line frees nothing and the next append seals it', async () => {
    const path = await grantedLedger();
    await (await openLedger(path)).reserve(training(0.5, 1e-10));
    let appended = false;
    const { files } = watchFiles((call) => {
      appended ||= call === `append ${NAME}`;
      return appended && !call.includes('.lock') ? 'ENOSPC' : undefined;
    });
    await expect((await openLedger(path, { files })).reserve(training(0.5, 1e-10))).rejects.toMatchObject({
      code: 'ledger.storage',
    });
    expect((await verifyLedger(path)).tornBytes).toBeGreaterThan(0);
    const ledger = await openLedger(path);
    expect(await ledger.remaining()).toMatchObject({ epsilon: 0.5 });
    await ledger.reserve(training(0.5, 1e-10));
    expect((await verifyLedger(path)).tornBytes).toBe(0);
  });

  it('a line that cannot be taken back after a failed sync counts as spent', async () => {
    const path = await grantedLedger();
    let synced = false;
    const { files } = watchFiles((call) => {
      synced ||= call === `sync ${NAME}`;
      return synced && !call.includes('.lock') ? 'EIO' : undefined;
    });
    await expect((await openLedger(path, { files })).reserve(training(1, 1e-9))).rejects.toThrow('input/output error');
    await expect((await openLedger(path)).reserve(training(1, 1e-9))).rejects.toMatchObject({ kind: 'budget' });
  });

  it('a new ledger that cannot be written leaves nothing', async () => {
    const path = join(await folder(), NAME);
    const { files } = watchFiles((call) => (call.startsWith('rename') && !isAnchor(call) ? 'ENOSPC' : undefined));
    const request = { epsilon: 1, delta: 1e-9, unit: { kind: 'row' } } as const;
    await expect(openOrCreateLedger(path, request, { files })).rejects.toThrow('no space left');
    expect(await readdir(dirname(path))).toEqual([]);
    await expect(openOrCreateLedger(join(path, 'no', NAME), request)).rejects.toMatchObject({ code: 'ledger.storage' });
  });

  it('a folder in place of the ledger is refused', async () => {
    await expect(openLedger(await folder())).rejects.toThrow('this is a folder');
  });
});

describe('reading while another process writes', () => {
  it('a line added between reading the file and reading the anchor is no sign of tampering', async () => {
    const path = await grantedLedger();
    let hasRaced = false;
    const files: FileSystem = {
      ...NODE_FILES,
      readFile: (async (target: string, encoding?: BufferEncoding) => {
        const bytes = await NODE_FILES.readFile(target, encoding);
        if (!hasRaced && basename(target) === NAME) {
          hasRaced = true;
          await (await openLedger(path)).reserve(training(1, 1e-9));
        }
        return bytes;
      }) as FileSystem['readFile'],
    };
    const ledger = await openLedger(path, { files });
    expect(hasRaced).toBe(true);
    expect((await ledger.history()).runs).toHaveLength(1);
  });
});
