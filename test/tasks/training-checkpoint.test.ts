import { readFileSync, writeFileSync } from 'node:fs';
import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rational } from '../../src/math/rational.ts';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import { defaultLedgerPath, openLedger } from '../../src/privacy/ledger/open.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import { ReplayedReleases, recordReleases } from '../../src/privacy/recorded-releases.ts';
import { findSynthesizer } from '../../src/synthesizers/registry.ts';
import type { SynthesizerOptions } from '../../src/synthesizers/synthesizer.ts';
import { showLedger } from '../../src/tasks/ledger.ts';
import type { Progress } from '../../src/tasks/task-context.ts';
import { type TrainOptions, train } from '../../src/tasks/train.ts';
import { readCheckpoint } from '../../src/tasks/training-checkpoint.ts';
import { verifyModel } from '../../src/tasks/verify.ts';
import { scanFolder } from '../support/canary.ts';
import { writeCanaryTable } from '../support/canary-table.ts';
import { useFolders } from '../support/ledger.ts';
import { StreamBits } from '../support/stream-bits.ts';

const newFolder = useFolders();

async function prepare(model: string, settings: SynthesizerOptions = {}) {
  const folder = await newFolder();
  const planted = writeCanaryTable(folder);
  const options: TrainOptions = {
    ...{ table: planted.table, schema: planted.schema, model, epsilon: 2, delta: 1e-7 },
    out: join(folder, 'model'),
    checkpoint: join(folder, 'training.checkpoint'),
    modelOptions: { ...findSynthesizer(model).quickOptions, ...settings },
  };
  return { folder, planted, options };
}

/** Crashes when `when` says so. */
const crashing = (when: (progress: Progress) => boolean) => ({
  onProgress: (progress: Progress) => {
    if (progress.phase === 'fit' && when(progress)) throw new RangeError('crash');
  },
});

const afterTheLastRelease = crashing(({ done, total }) => done > 0 && done === total);
const inBetween = crashing(({ done }) => done === 2);

/** Draws that the ledger beside a table knows to have begun, in their order. */
function begunDraws(table: string): { readonly label: string; readonly draws: number }[] {
  return readFileSync(defaultLedgerPath(table), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === 'begin')
    .map(({ label, draws }) => ({ label, draws }));
}

async function runsOf(table: string): Promise<string[]> {
  const shown = await showLedger({ table });
  return shown.exists ? shown.runs.map(({ status }) => status) : [];
}

describe('a training with a checkpoint', () => {
  it.each(['ctgan', 'mst'])(
    '%s: that stopped after its last release goes on without table and without paying',
    async (model) => {
      const { folder, options, planted } = await prepare(model);
      await expect(train(options, afterTheLastRelease)).rejects.toThrow(RangeError);
      expect(await runsOf(options.table)).toEqual(['reserved']);
      expect(scanFolder(folder, planted.canaries, ['people.csv'])).toEqual([]);
      // Whoever goes on need not even be able to read the rows.
      const table = readFileSync(options.table);
      writeFileSync(options.table, 'rubbish\n');
      const notices: string[] = [];
      const result = await train(options, { onNotice: (notice) => notices.push(notice) });
      expect(notices).toEqual(model === 'ctgan' ? [expect.stringMatching(/^neural backend: .*\.$/)] : []);
      writeFileSync(options.table, table);
      expect(result).toMatchObject({ synthesizer: model, ledger: { created: false } });
      expect(await runsOf(options.table)).toEqual(['committed']);
      expect(await verifyModel({ model: options.out })).toMatchObject({ verified: true, epsilon: 2 });
      expect(await readdir(folder)).not.toContain('training.checkpoint');
      expect(scanFolder(folder, planted.canaries, ['people.csv'])).toEqual([]);
    },
  );

  it.each(['aim', 'ctgan', 'mst'])(
    '%s: that stopped between releases draws those that had not begun',
    async (model) => {
      const { folder, options, planted } = await prepare(model);
      await expect(train(options, inBetween)).rejects.toThrow(RangeError);
      const before = begunDraws(options.table);
      expect(scanFolder(folder, planted.canaries, ['people.csv'])).toEqual([]);
      await train(options);
      const begun = begunDraws(options.table);
      expect(begun.length).toBeGreaterThan(before.length);
      expect(begun.slice(0, before.length)).toEqual(before);
      expect(new Set(begun.map(({ label }) => label)).size).toBe(begun.length);
      expect(await runsOf(options.table)).toEqual(['committed']);
      expect(await verifyModel({ model: options.out })).toMatchObject({ verified: true, epsilon: 2 });
      expect(scanFolder(folder, planted.canaries, ['people.csv'])).toEqual([]);
    },
  );

  it('a draw that had begun and is not in the checkpoint is lost, and two copies of one share what is left', async () => {
    const { folder, options } = await prepare('mst');
    await expect(train(options, inBetween)).rejects.toThrow(RangeError);
    const copy = readFileSync(options.checkpoint!);
    await expect(train(options, afterTheLastRelease)).rejects.toThrow(RangeError);
    const begun = begunDraws(options.table);
    writeFileSync(options.checkpoint!, copy);
    const second = train({ ...options, out: join(folder, 'second') });
    await expect(second).rejects.toMatchObject({ kind: 'input', code: 'ledger.begun' });
    await expect(second).rejects.toThrow('none is drawn twice');
    // What is lost stays lost: nobody should be told to try once more.
    await expect(second).rejects.toThrow(/count as spent\.$/);
    expect(begunDraws(options.table)).toEqual(begun);
  });

  it('a table with another content, or none, costs no draw', async () => {
    const { options } = await prepare('mst');
    await expect(train(options, inBetween)).rejects.toThrow(RangeError);
    const begun = begunDraws(options.table);
    const table = readFileSync(options.table, 'utf8');
    writeFileSync(options.table, `${table.trimEnd()}\n${table.split('\n')[1]}\n`);
    await expect(train(options)).rejects.toThrow('on a table with another content');
    // Nor may it be one that the same ledger has paid for since.
    const ledger = defaultLedgerPath(options.table);
    await (await openLedger(ledger)).grant({ epsilon: 2, delta: 1e-7 });
    const { checkpoint: _, ...other } = options;
    await train({ ...other, out: `${options.out}-2`, model: 'independent', modelOptions: {} });
    await expect(train(options)).rejects.toThrow('on a table with another content');
    await rm(options.table);
    await expect(train(options)).rejects.toMatchObject({ kind: 'input' });
    expect(begunDraws(options.table)).toEqual(begun);
    writeFileSync(options.table, table);
    expect(await train(options)).toMatchObject({ synthesizer: 'mst', ledger: { created: false } });
  });

  it('DP-SGD goes on where it was kept, without the steps that were lost, and never takes more than were paid', async () => {
    const { folder, options, planted } = await prepare('ctgan', {
      ...{ learn: 'adversarial', adversarySteps: 60, fakes: 16, oneRowIn: 2 },
    });
    const steps = () =>
      begunDraws(options.table)
        .filter(({ label }) => label === 'adversary')
        .reduce((sum, { draws }) => sum + draws, 0);
    const crashAt = (step: number) => crashing(({ done, total }) => done === step && total >= 40);
    await expect(train(options, crashAt(31))).rejects.toThrow(RangeError);
    // Two steps are booked at once; the second of them was lost with the state after the first.
    expect(steps()).toBe(32);
    expect(scanFolder(folder, planted.canaries, ['people.csv'])).toEqual([]);
    const copy = readFileSync(options.checkpoint!);
    expect((await readCheckpoint(options.checkpoint!)).kept).toMatchObject({ steps: 30 });
    const totals = new Set<number>();
    const crash = crashAt(40);
    const watched = {
      onProgress: (progress: Progress) => {
        if (progress.done > 1) totals.add(progress.total);
        crash.onProgress(progress);
      },
    };
    await expect(train(options, watched)).rejects.toThrow(RangeError);
    expect([...totals]).toEqual([58]);
    expect(steps()).toBe(42);
    // The copy knows of 30 steps and may take 18 more, because twelve of the 42 are not in it.
    writeFileSync(options.checkpoint!, copy);
    await train(options);
    expect(steps()).toBe(60);
    expect(await runsOf(options.table)).toEqual(['committed']);
    expect(await verifyModel({ model: options.out })).toMatchObject({ verified: true, epsilon: 2 });
    expect(await readdir(folder)).not.toContain('training.checkpoint');
  });

  it('loses a last line that is cut short, and is refused when any other line is damaged', async () => {
    const { options } = await prepare('mst');
    await expect(train(options, afterTheLastRelease)).rejects.toThrow(RangeError);
    const path = options.checkpoint ?? '';
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, `${whole.slice(0, whole.length - 9)}\n`);
    await expect(train(options)).rejects.toMatchObject({ code: 'checkpoint.corrupt' });
    writeFileSync(path, whole.slice(0, whole.length - 9));
    await expect(train(options)).rejects.toMatchObject({ code: 'ledger.begun' });
    writeFileSync(path, whole);
    await appendFile(path, '{"label":"measure:torn","entry":');
    expect(await train(options)).toMatchObject({ synthesizer: 'mst' });
  });

  it('is refused for other settings, another budget, and after its run was committed', async () => {
    const { folder, options } = await prepare('mst');
    await expect(train(options, afterTheLastRelease)).rejects.toThrow(RangeError);
    await expect(train({ ...options, epsilon: 3 })).rejects.toMatchObject({ code: 'checkpoint.other' });
    await expect(train({ ...options, model: 'independent' })).rejects.toMatchObject({ code: 'checkpoint.other' });
    const copy = readFileSync(options.checkpoint ?? '');
    await train(options);
    writeFileSync(options.checkpoint ?? '', copy);
    const second = train({ ...options, out: join(folder, 'second') });
    await expect(second).rejects.toThrow('or is committed in it');
    await rm(options.checkpoint ?? '');
  });

  it('nothing that is written into a checkpoint changes what the ledger has paid for', async () => {
    const { options } = await prepare('mst');
    const beforeTheFirstDraw = crashing(({ done }) => done === 0);
    await expect(train(options, beforeTheFirstDraw)).rejects.toThrow(RangeError);
    const checkpoint = options.checkpoint!;
    const [own, ledger] = [readFileSync(checkpoint), readFileSync(defaultLedgerPath(options.table))];
    const other = await prepare('mst');
    const louder = { ...options, epsilon: 50 };
    const borrowed = { ...louder, table: other.options.table, schema: options.schema, checkpoint: `${checkpoint}-2` };
    await expect(train(borrowed, beforeTheFirstDraw)).rejects.toThrow(RangeError);
    // The header of a training with less noise, pointed to the run that was paid.
    const header = JSON.parse(readFileSync(borrowed.checkpoint, 'utf8'));
    const { entry } = await readCheckpoint(checkpoint);
    writeFileSync(checkpoint, `${JSON.stringify({ ...header, ledger: defaultLedgerPath(options.table), entry })}\n`);
    await expect(train(louder)).rejects.toMatchObject({ code: 'checkpoint.other' });
    writeFileSync(checkpoint, own);
    await expect(train({ ...options, purpose: 'another' })).rejects.toMatchObject({ code: 'checkpoint.other' });
    expect(readFileSync(defaultLedgerPath(options.table))).toEqual(ledger);
    expect(await train(options)).toMatchObject({ epsilon: 2 });
  });

  it('a run that was begun without a checkpoint cannot be taken up with one', async () => {
    const { options } = await prepare('mst');
    const { checkpoint = '', ...without } = options;
    await expect(train(without, afterTheLastRelease)).rejects.toThrow(RangeError);
    const ledger = defaultLedgerPath(options.table);
    const reserved = readFileSync(ledger, 'utf8')
      .split('\n')
      .find((line) => line.includes('"reserve"'));
    const other = await prepare('mst');
    await expect(train(other.options, inBetween)).rejects.toThrow(RangeError);
    const { settingsHash } = await readCheckpoint(other.options.checkpoint!);
    const header = {
      format: 'tabveil-checkpoint',
      version: 1,
      ledger,
      entry: JSON.parse(reserved!).entry,
      settingsHash,
    };
    writeFileSync(checkpoint, `${JSON.stringify(header)}\n`);
    await expect(train(options)).rejects.toMatchObject({ code: 'checkpoint.other' });
    expect(begunDraws(options.table)).toEqual([]);
  });

  it('a run of another version is refused: its draws may mean something else', async () => {
    const { options } = await prepare('mst');
    await expect(train(options, inBetween)).rejects.toThrow(RangeError);
    const path = defaultLedgerPath(options.table);
    const ledger = await openLedger(path);
    await ledger.grant({ epsilon: 2, delta: 1e-7 });
    const { paid, fingerprint } = (await ledger.openRun((await readCheckpoint(options.checkpoint!)).entry))!;
    const older = { ...paid, fingerprint, unit: ledger.unit, resumable: true, software: 'tabveil 0.0.1' };
    const { entry } = await ledger.reserve(older);
    const lines = readFileSync(options.checkpoint!, 'utf8').split('\n');
    writeFileSync(options.checkpoint!, `${JSON.stringify({ ...JSON.parse(lines[0]!), entry })}\n`);
    await expect(train(options)).rejects.toThrow('was made by tabveil 0.0.1');
    expect((await ledger.openRun(entry))?.begun.size).toBe(0);
  });

  it('a place where no checkpoint can be written costs nothing, and losing it later is said to have cost the budget', async () => {
    const { folder, options } = await prepare('mst');
    const nowhere = train({ ...options, checkpoint: join(folder, 'absent', 'training.checkpoint') });
    await expect(nowhere).rejects.toMatchObject({ kind: 'input', code: 'checkpoint.unwritable' });
    expect(await runsOf(options.table)).toEqual([]);
    const taken = {
      onProgress: ({ phase }: Progress) => {
        if (phase === 'read') writeFileSync(options.checkpoint!, 'of somebody else\n');
      },
    };
    await expect(train(options, taken)).rejects.toThrow(/EEXIST\. Epsilon 2, delta 1e-7 count as spent\.$/);
    expect(await runsOf(options.table)).toEqual(['reserved']);
  });

  it.skipIf(process.platform === 'win32')(
    'is readable by its owner alone, bound to its seed, and leaves nothing beside it',
    async () => {
      const { folder, options } = await prepare('ctgan', {
        ...{ learn: 'adversarial', adversarySteps: 4, fakes: 16, oneRowIn: 2 },
      });
      const modes: number[] = [];
      const watched = crashing(({ done, total }) => done === 3 && total === 4);
      await expect(train(options, watched)).rejects.toThrow(RangeError);
      modes.push((await stat(options.checkpoint!)).mode & 0o777);
      // A setting that changes no draw, so that the ledger knows nothing of it, is bound as well.
      const reseeded = { ...options, modelOptions: { ...options.modelOptions, seed: 7 } };
      await expect(train(reseeded)).rejects.toMatchObject({ code: 'checkpoint.other' });
      await rm(options.checkpoint!);
      const other = { ...options, ledger: join(folder, 'other.ledger.jsonl') };
      await expect(
        train(
          other,
          crashing(({ done }) => done === 0),
        ),
      ).rejects.toThrow(RangeError);
      modes.push((await stat(options.checkpoint!)).mode & 0o777);
      expect(modes).toEqual([0o600, 0o600]);
      expect((await readdir(folder)).filter((name) => name.includes('.tmp'))).toEqual([]);
    },
  );
});

describe('replayed releases', () => {
  const share = { purpose: 'test', weight: 1, l2Sensitivity: 1, oneCell: true } as const;
  const { plan } = calibratePlan(
    [
      { ...share, label: 'counts', kind: 'discrete-gaussian' },
      { label: 'choice', purpose: 'test', weight: 1, kind: 'exponential' },
    ],
    { epsilon: 1, delta: 1e-6 },
  );
  const never = <T>() =>
    Private.seal(0).map((): T => {
      throw new Error('opened');
    });

  it('are the recorded ones, and no private value is opened for them', async () => {
    const releases: Parameters<Parameters<typeof recordReleases>[1]>[0][] = [];
    const run = new PrivacyRun({ plan, bits: new StreamBits('record') });
    const recording = recordReleases(run, async (release) => void releases.push(release));
    const counts = await recording.discreteGaussian(Private.seal(Float64Array.from([5, 7])), {
      label: 'counts',
      cells: 2,
    });
    const request = { label: 'choice', candidates: 3, sensitivity: rational(1n) };
    const choice = await recording.exponential(Private.seal(Float64Array.from([1, 2, 300])), request);
    const replay = new ReplayedReleases(JSON.parse(JSON.stringify(releases)));
    expect(await replay.discreteGaussian(never(), { label: 'counts', cells: 2 })).toEqual(counts);
    expect(await replay.exponential(never(), request)).toEqual(choice);
    await expect(replay.discreteGaussian(never(), { label: 'counts', cells: 3 })).rejects.toThrow('does not fit');
    await expect(replay.exponential(never(), { ...request, candidates: 1 })).rejects.toThrow('does not fit');
    await expect(replay.discreteGaussian(never(), { label: 'other', cells: 2 })).rejects.toThrow(
      '"other" is not recorded',
    );
  });
});
