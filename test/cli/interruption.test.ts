import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, runTabveil, startTabveil } from '../support/cli.ts';
import { writeSmallTable } from '../support/small-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-interrupt-'));
/** Enough rows that reading takes far longer than sending a signal. */
const MANY_ROWS = 400_000;

const trainArguments = (paths: { table: string; schema: string }, out: string): string[] => [
  ...['train', paths.table, '--schema', paths.schema, '--model', 'independent'],
  ...['--epsilon', '1', '--delta', '1e-6', '--out', out],
];

/** Sends `signal` as soon as a file whose name matches appears in the folder, and waits for the end. */
async function interruptOnceSeen(running: Running, folder: string, name: RegExp, signal: NodeJS.Signals = 'SIGINT') {
  while (running.child.exitCode === null && !readdirSync(folder).some((file) => name.test(file))) await sleep(2);
  running.child.kill(signal);
  return running.outcome;
}

describe('Ctrl-C', () => {
  const folder = join(home, 'train');
  let paths = { table: '', schema: '' };
  let model = '';
  beforeAll(async () => {
    const small = mkdtempSync(join(home, 'small-'));
    model = join(small, 'model');
    expect(await runTabveil(trainArguments(writeSmallTable(small), model))).toMatchObject({ exitCode: 0 });
    paths = writeSmallTable(mkdtempSync(`${folder}-`), MANY_ROWS);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('during train leaves no model, says what became of the budget, and the ledger remembers the payment', async () => {
    const here = join(paths.table, '..');
    const before = readdirSync(here).sort();
    const outcome = await interruptOnceSeen(startTabveil(trainArguments(paths, join(here, 'model'))), here, /ledger/);
    expect(outcome.stderr).toMatch(/^tabveil: [^\n]*spent[^\n]*\n$/);
    expect(outcome).toMatchObject({ exitCode: 130, stdout: '' });
    const left = readdirSync(here).filter((file) => !before.includes(file));
    expect(left.filter((file) => !/ledger|^\.tabveil$/.test(file))).toEqual([]);
    expect(left.filter((file) => /lock|tmp/.test(file))).toEqual([]);
    const again = await runTabveil(trainArguments(paths, join(here, 'model')));
    expect(again, 'the interrupted training used the whole grant').toMatchObject({ exitCode: 4 });
  });

  it.each(['csv', 'parquet', 'arrow'])('during sample leaves no part of a .%s file', async (extension) => {
    const here = mkdtempSync(join(home, 'sample-'));
    const sampling = startTabveil(['sample', model, '--rows', '500000000', '--out', join(here, `out.${extension}`)]);
    const outcome = await interruptOnceSeen(sampling, here, /./);
    expect(outcome.stderr).toMatch(/^tabveil: [^\n]*\n$/);
    expect(outcome).toMatchObject({ exitCode: 130, stdout: '' });
    expect(readdirSync(here)).toEqual([]);
  });

  it('SIGTERM cleans up in the same way', async () => {
    const here = mkdtempSync(join(home, 'sample-'));
    const sampling = startTabveil(['sample', model, '--rows', '500000000', '--out', join(here, 'out.csv')]);
    const outcome = await interruptOnceSeen(sampling, here, /./, 'SIGTERM');
    expect(outcome).toMatchObject({ exitCode: 143, stdout: '' });
    expect(existsSync(join(here, 'out.csv'))).toBe(false);
    expect(readdirSync(here)).toEqual([]);
  });
});
