import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openLedger } from '../../../src/privacy/ledger/open.ts';
import { verifyLedger } from '../../../src/privacy/ledger/verify.ts';
import { startProgram } from '../../support/cli.ts';
import { training, useFolders } from '../../support/ledger.ts';

const folder = useFolders();
const RACER = fileURLToPath(new URL('../../support/ledger-racer.mjs', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../dist/privacy/ledger/open.js', import.meta.url));

/** Runs the racer in a process of its own. */
function race(mode: string, path: string, count = 1) {
  if (!existsSync(BUILT)) throw new Error('dist/ is missing: run `npm run build` before these tests');
  return startProgram(process.execPath, [RACER, mode, path, String(count)]).outcome;
}

describe('ledger: several processes', () => {
  it('racing for one ledger make it once, spend exactly its grant, and lose no entry', async () => {
    const path = join(await folder(), 'claims.ledger.jsonl');
    const finished = await Promise.all(Array.from({ length: 4 }, () => race('race', path, 3)));
    expect(finished.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(finished.map(() => [0, '']));
    const reports = finished.map(({ stdout }) => JSON.parse(stdout) as { created: boolean; outcomes: string[] });
    expect(reports.filter(({ created }) => created)).toHaveLength(1);
    const outcomes = reports.flatMap((report) => report.outcomes);
    const paid = outcomes.filter((outcome) => /^[0-9a-f]{32}$/.test(outcome));
    expect(outcomes.filter((outcome) => outcome === 'budget')).toHaveLength(8);
    expect(paid).toHaveLength(4);
    const { runs, remaining } = await (await openLedger(path)).history();
    expect(runs.map(({ entry }) => entry).sort()).toEqual(paid.sort());
    expect(runs.every(({ status }) => status === 'committed')).toBe(true);
    expect(remaining.epsilon).toBe(0);
    expect(await verifyLedger(path)).toMatchObject({ lines: 10, tornBytes: 0, completeness: 'machine' });
  });

  it('a process killed after reserve has spent', async () => {
    const path = join(await folder(), 'claims.ledger.jsonl');
    expect((await race('crash-after-reserve', path)).exitCode).toBeNull();
    const ledger = await openLedger(path);
    expect((await ledger.history()).runs).toMatchObject([{ status: 'reserved', epsilon: 0.25 }]);
    await expect(ledger.reserve(training(0.25, 1e-10))).rejects.toMatchObject({ kind: 'budget' });
  });

  it('a process killed in the middle of an append leaves a lock and a torn line that the next one clears', async () => {
    const path = join(await folder(), 'claims.ledger.jsonl');
    await race('race', path, 1);
    expect((await race('crash-inside-append', path)).exitCode).toBeNull();
    expect(existsSync(`${path}.lock`)).toBe(true);
    const ledger = await openLedger(path);
    expect((await ledger.remaining()).epsilon).toBe(0.75);
    await ledger.reserve(training(0.75, 9e-10));
    expect(existsSync(`${path}.lock`)).toBe(false);
    expect(await verifyLedger(path)).toMatchObject({ tornBytes: 0 });
  });
});
