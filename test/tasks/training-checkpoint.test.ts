import { readFileSync, writeFileSync } from 'node:fs';
import { appendFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rational } from '../../src/math/rational.ts';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import { ReplayedReleases, recordReleases } from '../../src/privacy/recorded-releases.ts';
import { findSynthesizer } from '../../src/synthesizers/registry.ts';
import { showLedger } from '../../src/tasks/ledger.ts';
import type { Progress } from '../../src/tasks/task-context.ts';
import { type TrainOptions, train } from '../../src/tasks/train.ts';
import { verifyModel } from '../../src/tasks/verify.ts';
import { scanFolder } from '../support/canary.ts';
import { writeCanaryTable } from '../support/canary-table.ts';
import { useFolders } from '../support/ledger.ts';
import { StreamBits } from '../support/stream-bits.ts';

const newFolder = useFolders();

async function prepare(model: string) {
  const folder = await newFolder();
  const planted = writeCanaryTable(folder);
  const options: TrainOptions = {
    ...{ table: planted.table, schema: planted.schema, model, epsilon: 2, delta: 1e-7 },
    out: join(folder, 'model'),
    checkpoint: join(folder, 'training.checkpoint'),
    modelOptions: findSynthesizer(model).quickOptions ?? {},
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

  it('that stopped between releases is spent: nothing is drawn a second time', async () => {
    const { options } = await prepare('mst');
    await expect(train(options, inBetween)).rejects.toThrow(RangeError);
    const again = train(options);
    await expect(again).rejects.toMatchObject({ kind: 'input', code: 'checkpoint.incomplete' });
    await expect(again).rejects.toThrow('had not been released when the training stopped');
    expect(await runsOf(options.table)).toEqual(['reserved']);
  });

  it('loses a last line that is cut short, and is refused when any other line is damaged', async () => {
    const { options } = await prepare('mst');
    await expect(train(options, afterTheLastRelease)).rejects.toThrow(RangeError);
    const path = options.checkpoint ?? '';
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, `${whole.slice(0, whole.length - 9)}\n`);
    await expect(train(options)).rejects.toMatchObject({ code: 'checkpoint.corrupt' });
    writeFileSync(path, whole.slice(0, whole.length - 9));
    await expect(train(options)).rejects.toMatchObject({ code: 'checkpoint.incomplete' });
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
    await expect(second).rejects.toThrow('a run that is committed in the ledger');
    await rm(options.checkpoint ?? '');
  });
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
      'had not been released',
    );
  });
});
