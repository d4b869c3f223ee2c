import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NODE_FILES } from '../../../src/privacy/ledger/durable.ts';
import {
  createIfMissing,
  openLedger,
  openOrCreateLedger,
  rememberedDataset,
} from '../../../src/privacy/ledger/open.ts';
import { fingerprintFile, stateFolderPath } from '../../../src/privacy/ledger/state-folder.ts';
import { openTableLedger } from '../../../src/privacy/ledger/table-ledger.ts';
import { watchFiles } from '../../support/failing-files.ts';
import { training, useFolders } from '../../support/ledger.ts';

const folder = useFolders();
const SPEND = { epsilon: 1, delta: 1e-9, unit: { kind: 'row' } } as const;

async function spentTable() {
  const home = await folder();
  const table = join(home, 'claims.csv');
  await writeFile(table, 'age\n41\n');
  const opened = await openTableLedger(table, SPEND);
  await opened.ledger.reserve(training(1, 1e-9, { fingerprint: opened.fingerprint }));
  return { home, table, ...opened };
}

describe('the ledger of a table', () => {
  it('lies beside the table and is made once', async () => {
    const { table, created, ledger } = await spentTable();
    expect(created).toBe(true);
    expect(ledger.path.endsWith('claims.csv.ledger.jsonl')).toBe(true);
    expect(await openTableLedger(table, SPEND)).toMatchObject({ created: false, recognised: false });
  });

  it('a renamed copy is recognised and finds its budget spent', async () => {
    const { home, table, ledger } = await spentTable();
    const copy = join(home, 'renamed.csv');
    await copyFile(table, copy);
    const found = await openTableLedger(copy, SPEND);
    expect(found).toMatchObject({ created: false, recognised: true });
    expect(found.ledger.dataset).toBe(ledger.dataset);
    await expect(found.ledger.reserve(training(1, 1e-9))).rejects.toMatchObject({ kind: 'budget' });
  });

  it('another content beside it gets a ledger of its own, and a named ledger is used as named', async () => {
    const { home, table } = await spentTable();
    const other = join(home, 'other.csv');
    await writeFile(other, 'age\n42\n');
    expect(await openTableLedger(other, SPEND)).toMatchObject({ created: true, recognised: false });
    const named = await openTableLedger(table, { ...SPEND, ledger: join(home, 'mine.ledger.jsonl') });
    expect(named).toMatchObject({ created: true, recognised: false });
  });

  it('a table that changed keeps its ledger, which then knows both contents', async () => {
    const { home, table, ledger } = await spentTable();
    await writeFile(table, 'age\n43\n');
    await ledger.grant({ epsilon: 1, delta: 1e-9 });
    const changed = await openTableLedger(table, SPEND);
    await changed.ledger.reserve(training(1, 1e-9, { fingerprint: changed.fingerprint }));
    const copy = join(home, 'copy.csv');
    await copyFile(table, copy);
    expect(await openTableLedger(copy, SPEND)).toMatchObject({ recognised: true });
    await writeFile(copy, 'age\n41\n');
    expect(await openTableLedger(copy, SPEND)).toMatchObject({ recognised: true });
  });

  it('one shared state folder recognises copies in other folders', async () => {
    const [home, elsewhere] = [await folder(), await folder()];
    const options = { stateFolder: join(await folder(), 'state') };
    await writeFile(join(home, 'a.csv'), 'age\n41\n');
    await writeFile(join(elsewhere, 'b.csv'), 'age\n41\n');
    await openTableLedger(join(home, 'a.csv'), SPEND, options);
    const found = await openTableLedger(join(elsewhere, 'b.csv'), SPEND, options);
    expect(found).toMatchObject({ recognised: true });
    expect(stateFolderPath('/data/a.csv.ledger.jsonl', { TABVEIL_STATE: '/state' })).toBe('/state');
    expect(stateFolderPath('/data/a.csv.ledger.jsonl', {})).toBe('/data/.tabveil');
  });

  it('the fingerprint is keyed: the same bytes elsewhere have another one', async () => {
    const [first, second] = [await spentTable(), await spentTable()];
    expect(first.fingerprint).not.toBe(second.fingerprint);
    expect((await stat(join(first.home, '.tabveil/fingerprint.key'))).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === 'win32')('a key that others can read is refused, and nothing is made', async () => {
    const home = await folder();
    const table = join(home, 'claims.csv');
    await writeFile(table, 'age\n41\n');
    await mkdir(join(home, '.tabveil'));
    const key = join(home, '.tabveil/fingerprint.key');
    await writeFile(key, `${'ab'.repeat(32)}\n`);
    await chmod(key, 0o644);
    await expect(openTableLedger(table, SPEND)).rejects.toMatchObject({
      code: 'key.permissions',
      message: expect.stringContaining('permissions are 644'),
    });
    await expect(stat(`${table}.ledger.jsonl`)).rejects.toThrow('ENOENT');
    await chmod(key, 0o600);
    await writeFile(key, 'short');
    await expect(openTableLedger(table, SPEND)).rejects.toMatchObject({ code: 'key.malformed' });
  });

  it('a missing table makes no ledger', async () => {
    const table = join(await folder(), 'none.csv');
    await expect(openTableLedger(table, SPEND)).rejects.toMatchObject({ kind: 'input' });
    await expect(stat(`${table}.ledger.jsonl`)).rejects.toThrow('ENOENT');
  });

  it('a ledger that was deleted is remembered: no new one is made unless an officer begins again', async () => {
    const { table, ledger } = await spentTable();
    await rm(ledger.path);
    await expect(openTableLedger(table, SPEND)).rejects.toMatchObject({ kind: 'budget', code: 'ledger.lost' });
    expect(await rememberedDataset(ledger.path)).toBe(ledger.dataset);
    const grant = { epsilon: 1, delta: 1e-9 };
    const again = await createIfMissing(ledger.path, { unit: SPEND.unit, grant, startOver: true });
    expect(again).toMatchObject({ created: true, replaces: ledger.dataset });
    expect((await again.ledger.history()).replaces).toBe(ledger.dataset);
    expect(await openTableLedger(table, SPEND)).toMatchObject({ created: false });
  });

  it('a copy of the table is no way around a deleted ledger', async () => {
    const { home, table, ledger } = await spentTable();
    const copy = join(home, 'copy.csv');
    await copyFile(table, copy);
    await rm(ledger.path);
    await expect(openTableLedger(copy, SPEND)).rejects.toMatchObject({ code: 'ledger.lost' });
    await writeFile(copy, 'age\n42\n');
    expect(await openTableLedger(copy, SPEND)).toMatchObject({ created: true });
  });

  it('writers that race for the first key share one, and a full disk leaves none behind', async () => {
    const home = await folder();
    const table = join(home, 'claims.csv');
    await writeFile(table, 'age\n41\n');
    const state = { path: join(home, '.tabveil'), files: NODE_FILES };
    const prints = await Promise.all(Array.from({ length: 8 }, () => fingerprintFile(table, state)));
    expect(new Set(prints).size).toBe(1);
    expect(await readdir(state.path)).toEqual(['fingerprint.key']);
    const other = join(home, 'other');
    const { files } = watchFiles((call) => (call.startsWith('write fingerprint.key') ? 'ENOSPC' : undefined));
    await expect(fingerprintFile(table, { path: other, files })).rejects.toMatchObject({ code: 'ledger.storage' });
    expect(await readdir(other)).toEqual([]);
    expect(await fingerprintFile(table, { path: other, files: NODE_FILES })).toMatch(/^[0-9a-f]{64}$/);
  });

  it('a ledger copied without its local state opens, and its next write is remembered', async () => {
    const { home, ledger } = await spentTable();
    const elsewhere = join(await folder(), 'claims.csv.ledger.jsonl');
    await copyFile(ledger.path, elsewhere);
    const moved = await openLedger(elsewhere);
    await moved.grant({ epsilon: 1, delta: 1e-9 });
    const lines = (await readFile(elsewhere, 'utf8')).split('\n').slice(0, -2);
    await writeFile(elsewhere, `${lines.join('\n')}\n`);
    await expect(openLedger(elsewhere)).rejects.toMatchObject({ code: 'ledger.tampered' });
    expect(home).not.toBe(elsewhere);
  });

  it('two names of one ledger share one history', async () => {
    const { home, ledger } = await spentTable();
    const { symlink } = await import('node:fs/promises');
    const alias = join(home, 'alias.jsonl');
    await symlink(ledger.path, alias);
    expect((await openOrCreateLedger(alias, SPEND)).created).toBe(false);
    expect((await openLedger(alias)).path).toBe((await openLedger(ledger.path)).path);
  });
});
