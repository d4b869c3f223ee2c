import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, runTabveil } from '../support/cli.ts';
import { writeSmallTable } from '../support/small-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-unwritable-'));
const model = join(home, 'model');
let paths = { table: '', schema: '' };

/** Mounts a file system of `kilobytes` at `place`; false where that is not allowed. */
function mountTiny(place: string, kilobytes: number): boolean {
  mkdirSync(place);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', place]).status === 0;
}

const probe = join(home, 'probe');
const CAN_MOUNT = mountTiny(probe, 16);
if (CAN_MOUNT) spawnSync('umount', [probe]);

const trainTo = (out: string, table = paths.table): Promise<Outcome> =>
  runTabveil([
    ...['train', table, '--schema', paths.schema, '--model', 'independent', '--epsilon', '1', '--delta', '1e-6'],
    ...['--out', out],
  ]);

function expectRefusal(outcome: Outcome, reason: RegExp): void {
  expect(outcome.stderr).toMatch(reason);
  expect(outcome.stderr).toMatch(/^tabveil: [^\n]{20,}\n$/);
  expect(outcome.stderr).not.toMatch(/internal error/);
  expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
}

beforeAll(async () => {
  paths = writeSmallTable(home);
  expect(await trainTo(model)).toMatchObject({ exitCode: 0 });
  writeFileSync(join(home, 'file'), 'kept');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('output that cannot be written', () => {
  it.each(['file/model', 'nowhere/model', 'file'])('train to %s is refused before anything is spent', async (out) => {
    const folder = mkdtempSync(join(home, 'case-'));
    const own = writeSmallTable(folder);
    const before = readdirSync(folder);
    expectRefusal(await trainTo(join(home, out), own.table), /file|nowhere/);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each(['file/out.csv', 'nowhere/out.parquet', 'nowhere/out.arrow'])('sample to %s is refused', async (out) => {
    expectRefusal(await runTabveil(['sample', model, '--rows', '9', '--out', join(home, out)]), /file|nowhere/);
  });

  it('sample to a file of unknown kind names the kinds there are', async () => {
    const outcome = await runTabveil(['sample', model, '--rows', '9', '--out', join(home, 'out.xlsx')]);
    expect(outcome.stderr).toMatch(/^tabveil: [^\n]*\.csv[^\n]*\n$/);
    expect(outcome.exitCode).toBe(2);
    expect(existsSync(join(home, 'out.xlsx'))).toBe(false);
  });
});

describe.skipIf(!CAN_MOUNT)(
  `a full disk${CAN_MOUNT ? '' : ' (skipped: mounting a small file system needs root)'}`,
  () => {
    const disk = join(home, 'disk');
    beforeAll(() => {
      expect(mountTiny(disk, 64)).toBe(true);
    });
    afterAll(() => {
      spawnSync('umount', [disk]);
    });

    it.each(['csv', 'parquet', 'arrow'])('sample to .%s says so and keeps no part of the file', async (extension) => {
      const outcome = await runTabveil(['sample', model, '--rows', '3000000', '--out', join(disk, `out.${extension}`)]);
      expectRefusal(outcome, /space/);
      expect(readdirSync(disk)).toEqual([]);
    });

    it('train says so, keeps no part of the model, and the payment stays in the ledger', async () => {
      const folder = mkdtempSync(join(home, 'case-'));
      const own = writeSmallTable(folder);
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(60_000));
      expectRefusal(await trainTo(join(disk, 'model'), own.table), /space/);
      expect(readdirSync(disk)).toEqual(['ballast']);
      rmSync(join(disk, 'ballast'));
      expect((await trainTo(join(folder, 'model'), own.table)).exitCode, 'the budget is gone').toBe(4);
    });
  },
);
