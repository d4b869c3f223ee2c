import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportLedger } from '../../../src/privacy/ledger/export.ts';
import { openLedger, openOrCreateLedger } from '../../../src/privacy/ledger/open.ts';
import { gaussianPlan, SOME_HASH, training, useFolders } from '../../support/ledger.ts';

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

  it('every draw of a run begins at most as often as it was paid, and none after commit', async () => {
    const { ledger, path } = await freshLedger(1, 1e-9);
    const event = { kind: 'subsampled-gaussian', samplingRate: 2 ** -10, noiseMultiplier: 40, steps: 5 } as const;
    const plan = [...gaussianPlan(0.1, 1e-10), { label: 'steps', purpose: 'test', event }];
    const paid = await ledger.reserve(training(1, 1e-9, { plan, resumable: true, fingerprint: SOME_HASH }));
    await ledger.begin(paid, { label: 'measure', draws: 1 });
    await ledger.begin(paid, { label: 'steps', draws: 3 });
    await (await openLedger(path)).begin(paid, { label: 'steps', draws: 2 });
    const begun = new Map([
      ['measure', 1],
      ['steps', 5],
    ]);
    expect(await ledger.openRun(paid.entry)).toMatchObject({
      ...{ reservation: paid, begun, fingerprint: SOME_HASH },
      paid: { epsilon: 1, delta: 1e-9, plan },
    });
    const before = await readFile(path, 'utf8');
    const refused = expect.objectContaining({ kind: 'input', code: 'ledger.begun' });
    for (const label of ['measure', 'steps', 'unplanned']) {
      await expect(ledger.begin(paid, { label, draws: 1 })).rejects.toEqual(refused);
    }
    await expect(ledger.begin({ entry: '0'.repeat(32) }, { label: 'measure', draws: 1 })).rejects.toEqual(refused);
    expect(await readFile(path, 'utf8')).toBe(before);
    await ledger.commit(paid, { outputHash: SOME_HASH });
    expect(await ledger.openRun(paid.entry)).toBeUndefined();
  });

  it('no draw begins once its run is committed', async () => {
    const { ledger } = await freshLedger(1, 1e-9);
    const paid = await ledger.reserve(training(1, 1e-9, { resumable: true, fingerprint: SOME_HASH }));
    await ledger.commit(paid, { outputHash: SOME_HASH });
    await expect(ledger.begin(paid, { label: 'measure', draws: 1 })).rejects.toMatchObject({ code: 'ledger.begun' });
  });

  it('a run that does not note its draws cannot be taken up: nobody knows which were made', async () => {
    const { ledger, path } = await freshLedger(1, 1e-9);
    const paid = await ledger.reserve(training(1, 1e-9));
    const before = await readFile(path, 'utf8');
    await expect(ledger.begin(paid, { label: 'measure', draws: 1 })).rejects.toMatchObject({ code: 'ledger.begun' });
    expect(await ledger.openRun(paid.entry)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe(before);
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

describe('ledger: grants', () => {
  const on = (day: string) => ({ now: () => new Date(`${day}T12:00:00Z`) });

  async function ledgerOn(day: string) {
    const path = join(await folder(), 'claims.csv.ledger.jsonl');
    const { ledger } = await openOrCreateLedger(path, { epsilon: 0.1, delta: 1e-12, unit: ROW }, on(day));
    return { path, ledger };
  }

  it('an expired grant pays nothing more, its last day still counts', async () => {
    const { path, ledger } = await ledgerOn('2027-01-01');
    await ledger.grant({ epsilon: 2, delta: 2e-9, expires: '2027-03-31' });
    await (await openLedger(path, on('2027-03-31'))).reserve(training(1, 1e-9));
    const late = await openLedger(path, on('2027-04-01'));
    await expect(late.reserve(training(1, 1e-9))).rejects.toThrow(
      'needs epsilon 1.0, but 0.1 of 0.1 remains for dataset "claims.csv" (of its grants, not counted: 1 expired)',
    );
    expect((await late.history()).grants[1]).toMatchObject({ isExpired: true, spentEpsilon: 1 });
  });

  it('a grant whose last day is over is refused, and nothing is written', async () => {
    const { path, ledger } = await ledgerOn('2027-01-02');
    const before = await readFile(path, 'utf8');
    await expect(ledger.grant({ epsilon: 1, delta: 1e-9, expires: '2027-01-01' })).rejects.toThrow(/is over/);
    expect(await readFile(path, 'utf8')).toBe(before);
    await ledger.grant({ epsilon: 1, delta: 1e-9, expires: '2027-01-02' });
  });

  it('a clock that was set back does not revive a grant', async () => {
    const { path, ledger } = await ledgerOn('2027-01-01');
    await ledger.grant({ epsilon: 1, delta: 1e-9, expires: '2027-01-31' });
    await (await openLedger(path, on('2027-02-01'))).setPolicy({});
    const back = await openLedger(path, on('2027-01-15'));
    await expect(back.reserve(training(1, 1e-9))).rejects.toMatchObject({ kind: 'budget' });
  });

  it('a grant for a purpose pays that purpose only, and is used before general ones', async () => {
    const { ledger } = await freshLedger(1, 1e-9);
    await ledger.grant({ epsilon: 1, delta: 1e-9, purpose: 'research' });
    await expect(ledger.reserve(training(2, 2e-9))).rejects.toThrow(
      /1\.0 of 1\.0 remains .*1 for another purpose than "training"/,
    );
    await ledger.reserve(training(1, 1e-9, { purpose: 'research' }));
    const { grants } = await ledger.history();
    expect(grants.map(({ purpose, spentEpsilon }) => [purpose, spentEpsilon])).toEqual([
      [undefined, 0],
      ['research', 1],
    ]);
    expect((await ledger.remaining('research')).epsilon).toBe(1);
  });

  it('the grant that expires first is used first', async () => {
    const { ledger } = await freshLedger(1, 1e-9);
    await ledger.grant({ epsilon: 1, delta: 1e-9, expires: '9998-01-01' });
    await ledger.reserve(training(1, 1e-9));
    expect((await ledger.history()).grants.map(({ spentEpsilon }) => spentEpsilon)).toEqual([0, 1]);
  });

  it('numbers and dates that are none are refused and leave no trace', async () => {
    const { ledger, path } = await freshLedger();
    const before = await readFile(path);
    const bad = [
      { epsilon: 0, delta: 0 },
      { epsilon: Number.NaN, delta: 0 },
      { epsilon: -1, delta: 0 },
      { epsilon: Number.POSITIVE_INFINITY, delta: 0 },
      { epsilon: 1, delta: 1 },
      { epsilon: 1, delta: -1e-9 },
      { epsilon: 1, delta: Number.NaN },
      { epsilon: 1, delta: 0, expires: '2027-02-30' },
      { epsilon: 1, delta: 0, expires: 'soon' },
      { epsilon: 1, delta: 0, officer: 'two\nlines' },
      { epsilon: 1, delta: 0, purpose: '' },
    ];
    for (const request of bad) {
      await expect(ledger.grant(request), JSON.stringify(request)).rejects.toMatchObject({ kind: 'usage' });
    }
    expect(await readFile(path)).toEqual(before);
  });
});

describe('ledger: what a run may ask', () => {
  it('claims that are no numbers, too small for their events, or empty are refused before anything is written', async () => {
    const { ledger, path } = await freshLedger(10, 0.1);
    const before = await readFile(path);
    const bad = [
      training(1, 1e-9, { epsilon: Number.NaN }),
      training(1, 1e-9, { epsilon: 0 }),
      training(1, 1e-9, { delta: 1 }),
      training(1, 1e-9, { delta: 0 }),
      training(1, 1e-9, { plan: [] }),
      training(1, 1e-9, { epsilon: 0.9 }),
      training(1, 1e-9, { delta: 1e-12 }),
    ];
    for (const request of bad) await expect(ledger.reserve(request)).rejects.toMatchObject({ kind: 'usage' });
    expect(await readFile(path)).toEqual(before);
  });

  it('a line that readers would refuse is never written', async () => {
    const { ledger, path } = await freshLedger();
    const before = await readFile(path);
    await expect(ledger.reserve(training(1, 1e-9, { schemaHash: 'no hash' }))).rejects.toMatchObject({ kind: 'bug' });
    const paid = await ledger.reserve(training(1, 1e-9));
    await expect(ledger.commit(paid, { outputHash: 'ABC' })).rejects.toMatchObject({ kind: 'bug' });
    expect((await ledger.history()).runs).toHaveLength(1);
    expect((await readFile(path)).subarray(0, before.length)).toEqual(before);
  });

  it('a run with another unit of privacy is refused', async () => {
    const { ledger } = await freshLedger();
    const unit = { kind: 'entity', key: ['patient'], maxRows: 3 } as const;
    await expect(ledger.reserve(training(1, 1e-9, { unit }))).rejects.toThrow(
      'is accounted per row, this run per entity (patient; at most 3 rows)',
    );
  });

  it('policy: delta above one over the population is forbidden, declared by ledger or schema', async () => {
    const { ledger } = await freshLedger(10, 0.1);
    await expect(ledger.reserve(training(1, 1e-3, { population: 1001 }))).rejects.toMatchObject({
      kind: 'budget',
      code: 'ledger.policy',
    });
    await ledger.setPolicy({ population: 1_000_000 });
    await expect(ledger.reserve(training(1, 1e-5))).rejects.toThrow('above 1/1000000');
    await ledger.reserve(training(1, 1e-6));
  });

  it('policy: the highest epsilon of a purpose holds over all its runs', async () => {
    const { ledger } = await freshLedger(10, 0.1);
    await ledger.setPolicy({ maxEpsilon: { training: 1 } });
    await ledger.reserve(training(0.7, 1e-9));
    await expect(ledger.reserve(training(0.4, 1e-9))).rejects.toThrow(
      'policy leaves 0.3 of 1.0 for purpose "training"',
    );
    await ledger.reserve(training(0.3, 1e-9));
    await ledger.reserve(training(2, 1e-9, { purpose: 'research' }));
    await expect(ledger.setPolicy({ population: 0.5 })).rejects.toMatchObject({ kind: 'usage' });
    await expect(ledger.setPolicy({ maxEpsilon: { x: Number.NaN } })).rejects.toMatchObject({ kind: 'usage' });
  });

  it('names of purposes that JavaScript objects have anyway are ordinary names', async () => {
    const { ledger } = await freshLedger(10, 0.1);
    await ledger.setPolicy({ maxEpsilon: { research: 1 } });
    await ledger.reserve(training(2, 1e-9, { purpose: 'constructor' }));
    expect((await ledger.history()).runs[0]?.purpose).toBe('constructor');
  });
});

describe('ledger: export', () => {
  it('holds no fingerprint, path, host or time of day, and every event', async () => {
    const { ledger, path } = await freshLedger();
    const fingerprint = '5a'.repeat(32);
    await ledger.reserve(training(1, 1e-9, { fingerprint, resumable: true }));
    expect(await readFile(path, 'utf8')).toContain(fingerprint);
    const exported = await exportLedger(path);
    const text = JSON.stringify(exported);
    expect(text).not.toContain(fingerprint);
    expect(text).not.toContain('claims');
    expect(text).not.toContain(hostname());
    expect(text).not.toMatch(/\d{2}:\d{2}/);
    expect(exported.runs[0]?.events).toEqual(training(1, 1e-9).plan);
  });
});
