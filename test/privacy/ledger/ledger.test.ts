import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLedger, openOrCreateLedger } from '../../../src/privacy/ledger/open.ts';
import { SOME_HASH, training, useFolders } from '../../support/ledger.ts';

const folder = useFolders();
const ROW = { kind: 'row' } as const;

async function freshLedger(epsilon = 1, delta = 1e-9) {
  const path = join(await folder(), 'claims.csv.ledger.jsonl');
  const opened = await openOrCreateLedger(path, { epsilon, delta, unit: ROW });
  return { path, ...opened };
}

describe('ledger: life cycle', () => {
  it('a dataset without a ledger gets one whose grant is exactly the first training', async () => {
    const { ledger, created, path } = await freshLedger(1, 1e-9);
    expect(created).toBe(true);
    expect((await ledger.history()).grants).toMatchObject([{ epsilon: 1, delta: 1e-9, rule: 'unused' }]);
    expect((await openOrCreateLedger(path, { epsilon: 9, delta: 0.1, unit: ROW })).created).toBe(false);
    expect((await ledger.history()).grants).toHaveLength(1);
  });

  it('one run may use the whole grant, and a second equal run is refused with what remains', async () => {
    const { ledger } = await freshLedger(1, 1e-9);
    await ledger.reserve(training(1, 1e-9));
    await expect(ledger.reserve(training(1, 1e-9))).rejects.toMatchObject({
      kind: 'budget',
      code: 'ledger.overspend',
      message:
        'ledger: this training needs epsilon 1.0, but 0 of 1.0 remains for dataset "claims.csv". Lower --epsilon or raise the grant.',
    });
  });

  it('a refused payment leaves no trace', async () => {
    const { ledger, path } = await freshLedger(1, 1e-9);
    await ledger.reserve(training(0.6, 1e-10));
    const before = await readFile(path);
    await expect(ledger.reserve(training(0.5, 1e-10))).rejects.toThrow('0.4 of 1.0 remains');
    expect(await readFile(path)).toEqual(before);
  });

  it('a run reserved and never committed counts as spent after reopening', async () => {
    const { ledger, path } = await freshLedger(1, 1e-9);
    await ledger.reserve(training(1, 1e-9));
    const again = await openLedger(path);
    expect((await again.history()).runs).toMatchObject([{ status: 'reserved', epsilon: 1 }]);
    await expect(again.reserve(training(0.1, 1e-12))).rejects.toMatchObject({ kind: 'budget' });
  });

  it('a commit notes the output once, for a reserved run only', async () => {
    const { ledger } = await freshLedger(1, 1e-9);
    const paid = await ledger.reserve(training(1, 1e-9));
    await ledger.commit(paid, { outputHash: SOME_HASH });
    expect((await ledger.history()).runs).toMatchObject([{ status: 'committed', outputHash: SOME_HASH }]);
    await expect(ledger.commit(paid, { outputHash: SOME_HASH })).rejects.toThrow('committed already');
    await expect(ledger.commit({ entry: '0'.repeat(32) }, { outputHash: SOME_HASH })).rejects.toThrow('never reserved');
  });

  it('decimals add up as written: 0.1 and 0.2 use up 0.3 exactly', async () => {
    const { ledger } = await freshLedger(0.3, 3e-9);
    await ledger.reserve(training(0.1, 1e-9));
    await ledger.reserve(training(0.2, 2e-9));
    expect(await ledger.remaining()).toMatchObject({ epsilon: 0, delta: 0, grantedEpsilon: 0.3 });
  });

  it('a later grant pays what the first left over, in parts', async () => {
    const { ledger } = await freshLedger(1, 1e-9);
    await ledger.reserve(training(0.6, 1e-10));
    await ledger.grant({ epsilon: 0.6, delta: 0 });
    await ledger.reserve(training(1, 9e-10));
    expect(await ledger.remaining()).toMatchObject({ epsilon: 0, delta: 0, grantedEpsilon: 1.6 });
  });
});
