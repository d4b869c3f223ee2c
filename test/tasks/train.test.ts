import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSynthesizer, SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import { grantBudget, showLedger } from '../../src/tasks/ledger.ts';
import { showModel } from '../../src/tasks/show-model.ts';
import type { Progress } from '../../src/tasks/task-context.ts';
import { prepareTraining, type TrainOptions, train } from '../../src/tasks/train.ts';
import { verifyModel } from '../../src/tasks/verify.ts';
import { useFolders } from '../support/ledger.ts';
import { SMALL_SCHEMA, writeSmallTable } from '../support/small-table.ts';

const newFolder = useFolders();

/** A folder with a small table, and options that train on it. */
async function prepare(change: Partial<TrainOptions> = {}): Promise<{ folder: string; options: TrainOptions }> {
  const folder = await newFolder();
  const files = writeSmallTable(folder);
  const budget = { epsilon: 1, delta: 1e-6 };
  return { folder, options: { ...files, model: 'mst', ...budget, out: join(folder, 'model'), ...change } };
}

/** Status of every run in the ledger of a table; undefined when there is no ledger. */
async function runsOf(table: string): Promise<readonly string[] | undefined> {
  const shown = await showLedger({ table });
  return shown.exists ? shown.runs.map((run) => run.status) : undefined;
}

/** Names in the folder that a training should not leave behind. */
async function leftovers(folder: string): Promise<string[]> {
  const known = /^(people\.(csv|schema\.json)|people\.csv\.ledger\.jsonl|\.tabveil)$/;
  return (await readdir(folder)).filter((name) => !known.test(name));
}

/** Calls `act` once, at the first progress that matches. */
function onceAt(matches: (progress: Progress) => boolean, act: () => unknown): (progress: Progress) => void {
  let isDone = false;
  return (progress) => {
    if (isDone || !matches(progress)) return;
    isDone = true;
    act();
  };
}

describe('train', () => {
  it.each(SYNTHESIZERS.map(({ name }) => name))(
    '%s: pays, writes a model that verifies, and commits',
    async (model) => {
      const { options, folder } = await prepare({ model, modelOptions: findSynthesizer(model).quickOptions ?? {} });
      const result = await train(options);
      expect(result).toMatchObject({ synthesizer: model, ledger: { created: true, recognised: false } });
      expect(result.accountedEpsilon).toBeLessThanOrEqual(1);
      expect(await verifyModel({ model: options.out })).toMatchObject({ verified: true, epsilon: 1, delta: 1e-6 });
      expect(await runsOf(options.table)).toEqual(['committed']);
      expect(await leftovers(folder)).toEqual(['model']);
    },
  );

  it('tells the time left of adaptive rounds, and reaches nothing at the end', async () => {
    const { options } = await prepare({ model: 'aim' });
    const seen: Progress[] = [];
    await train(options, { onProgress: (progress) => void seen.push(progress) });
    const left = seen.flatMap(({ secondsLeft }) => (secondsLeft === undefined ? [] : [secondsLeft]));
    expect(left.length).toBeGreaterThan(1);
    expect(left.every((seconds) => seconds >= 0)).toBe(true);
    expect(left.at(-1)).toBe(0);
  });

  it('reads a workload from a file, for the plan and for the training', async () => {
    const { options, folder } = await prepare({ model: 'aim' });
    const workload = join(folder, 'queries.json');
    const [first, second] = SMALL_SCHEMA.fields.map(({ name }) => name);
    await writeFile(workload, JSON.stringify([{ columns: [first, second], weight: 3 }]));
    const asked = { ...options, modelOptions: { workload } };
    const { plan } = (await prepareTraining(asked)).calibrated;
    expect(plan.filter(({ label }) => label.startsWith('select:'))).toHaveLength(1);
    await train(asked);
    const { uncertainty = [] } = await showModel(options.out);
    expect(uncertainty.filter(({ columns }) => columns.length > 1).map(({ columns }) => columns)).toEqual([
      [first, second],
    ]);
    await expect(prepareTraining({ ...options, modelOptions: { workload: 'none.json' } })).rejects.toMatchObject({
      code: 'model-options.workload',
    });
  });

  it('a second training without a grant is refused for its budget, before anything is learned or written', async () => {
    const { options, folder } = await prepare();
    await train(options);
    const phases: string[] = [];
    const second = train(
      { ...options, out: join(folder, 'second') },
      { onProgress: ({ phase }) => void phases.push(phase) },
    );
    await expect(second).rejects.toMatchObject({ kind: 'budget' });
    expect(phases).not.toContain('fit');
    expect(await leftovers(folder)).toEqual(['model']);
    expect(await runsOf(options.table)).toEqual(['committed']);
  });

  it('a crash while it fits leaves no model and no temporary folder, and its budget stays spent', async () => {
    const { options, folder } = await prepare();
    const crash = () => {
      throw new RangeError('crash');
    };
    const run = train(options, { onProgress: onceAt(({ phase, done }) => phase === 'fit' && done > 0, crash) });
    await expect(run).rejects.toThrow(RangeError);
    expect(await leftovers(folder)).toEqual([]);
    expect(await runsOf(options.table)).toEqual(['reserved']);
    await expect(train(options)).rejects.toMatchObject({ kind: 'budget' });
  });

  it('stopped while it reads it has spent nothing and made no ledger', async () => {
    const { options, folder } = await prepare();
    const controller = new AbortController();
    const onProgress = onceAt(
      ({ phase }) => phase === 'read',
      () => controller.abort(),
    );
    await expect(train(options, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await leftovers(folder)).toEqual([]);
    expect(await runsOf(options.table)).toBeUndefined();
  });

  it.each([
    ['at the start of the fit', (progress: Progress) => progress.done === 0],
    ['in the middle of the fit', (progress: Progress) => progress.done > 0],
    ['before the model is written', (progress: Progress) => progress.done === progress.total],
  ])('stopped %s it leaves no model and says that its budget is spent', async (_, matches) => {
    const { options, folder } = await prepare();
    const controller = new AbortController();
    const onProgress = onceAt(
      (step) => step.phase === 'fit' && matches(step),
      () => controller.abort(),
    );
    await expect(train(options, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'train.interrupted',
      message: expect.stringContaining('count as spent'),
    });
    expect(await leftovers(folder)).toEqual([]);
    expect(await runsOf(options.table)).toEqual(['reserved']);
  });

  it('aim stopped between rounds leaves nothing, and its whole claim stays in the ledger', async () => {
    const { options, folder } = await prepare({ model: 'aim' });
    const controller = new AbortController();
    let stoppedAt: Progress | undefined;
    const onProgress = onceAt(
      ({ phase, done, total }) => phase === 'fit' && done >= 2 && total !== undefined && done < total,
      () => controller.abort(),
    );
    const watch = (progress: Progress) => {
      if (!controller.signal.aborted) stoppedAt = progress;
      onProgress(progress);
    };
    await expect(train(options, { signal: controller.signal, onProgress: watch })).rejects.toMatchObject({
      code: 'train.interrupted',
      message: expect.stringContaining('Epsilon 1, delta 0.000001 count as spent'),
    });
    expect(stoppedAt).toMatchObject({ phase: 'fit' });
    expect(await leftovers(folder)).toEqual([]);
    const shown = await showLedger({ table: options.table });
    const { plan } = (await prepareTraining(options)).calibrated;
    // All rounds were reserved, also those that never came.
    expect(shown.exists && shown.runs).toMatchObject([
      { status: 'reserved', synthesizer: 'aim', epsilon: 1, delta: 1e-6, events: plan.length },
    ]);
    await expect(train(options)).rejects.toMatchObject({ kind: 'budget' });
  });

  it('a folder that appears at its output while it fits is kept, nothing is left beside it, and the budget is spent', async () => {
    const { options, folder } = await prepare();
    const appear = async () => {
      await mkdir(options.out);
      await writeFile(join(options.out, 'precious'), 'kept');
    };
    let appeared: Promise<void> | undefined;
    const onProgress = onceAt(
      ({ phase }) => phase === 'read',
      () => {
        appeared = new Promise((resolve) => setTimeout(resolve, 0)).then(appear);
      },
    );
    await expect(train(options, { onProgress })).rejects.toMatchObject({ kind: 'input', code: 'model.unwritable' });
    await appeared;
    expect(await readdir(options.out)).toEqual(['precious']);
    expect(await leftovers(folder)).toEqual(['model']);
    expect(await runsOf(options.table)).toEqual(['reserved']);
  });

  it.each([
    ['that exists', '.', 'model.exists'],
    ['whose parent is missing', 'nowhere/model', 'model.unwritable'],
    ['whose parent is a file', 'people.csv/model', 'model.unwritable'],
  ])('an output %s is refused before anything is spent', async (_, place, code) => {
    const { options, folder } = await prepare();
    await expect(train({ ...options, out: join(folder, place) })).rejects.toMatchObject({ kind: 'input', code });
    expect(await leftovers(folder)).toEqual([]);
    expect(await runsOf(options.table)).toBeUndefined();
  });

  it('of two trainings that race for one grant one is paid and the other refused', async () => {
    const { options, folder } = await prepare({ model: 'independent' });
    const outcomes = await Promise.allSettled(['a', 'b'].map((name) => train({ ...options, out: join(folder, name) })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject({ kind: 'budget' });
    expect(await runsOf(options.table)).toEqual(['committed']);
    expect(await leftovers(folder)).toHaveLength(1);
  });

  it('refuses a table whose ledger was deleted, whatever the copy is called, until an officer begins again', async () => {
    const { options, folder } = await prepare({ model: 'independent' });
    const first = await train(options);
    await rm(first.ledger.path);
    const copy = join(folder, 'copy.csv');
    await writeFile(copy, await readFile(options.table));
    for (const table of [options.table, copy]) {
      const again = train({ ...options, table, out: join(folder, 'second') });
      await expect(again).rejects.toMatchObject({ kind: 'budget', code: 'ledger.lost' });
    }
    const { table, epsilon, delta } = options;
    await expect(grantBudget({ table, epsilon, delta })).rejects.toMatchObject({ code: 'ledger.lost' });
    const begun = await grantBudget({ table, epsilon, delta, startOver: true });
    expect(begun).toMatchObject({ created: true, replaces: first.ledger.dataset });
    const second = await train({ ...options, out: join(folder, 'second') });
    expect(second.ledger).toMatchObject({ created: false, dataset: begun.dataset });
    await expect(grantBudget({ table, epsilon, delta, startOver: true })).rejects.toThrow(/nothing to begin again/);
  });

  it('lets only the ledger pay that the schema names, also where no machine remembers it', async () => {
    const { options, folder } = await prepare({ model: 'independent' });
    const pin = async (ledger: string) =>
      writeFile(options.schema, JSON.stringify({ ...SMALL_SCHEMA, privacy: { ledger } }));
    await pin('ab'.repeat(16));
    await expect(train(options)).rejects.toMatchObject({ kind: 'budget', code: 'ledger.pinned' });
    expect(await leftovers(folder)).toEqual([]);
    const { table, epsilon, delta } = options;
    const { dataset } = await grantBudget({ table, epsilon, delta });
    await expect(train(options)).rejects.toThrow(new RegExp(`that is dataset ${dataset}`));
    await pin(dataset);
    expect((await train(options)).ledger.dataset).toBe(dataset);
  });

  it('a renamed copy of a table pays from the same ledger', async () => {
    const { options, folder } = await prepare({ model: 'independent' });
    const first = await train(options);
    const copy = join(folder, 'copy.csv');
    await writeFile(copy, await readFile(options.table));
    const again = train({ ...options, table: copy, out: join(folder, 'second') });
    await expect(again).rejects.toMatchObject({ kind: 'budget' });
    await grantBudget({ table: options.table, epsilon: 1, delta: 1e-6 });
    const second = await train({ ...options, table: copy, out: join(folder, 'second') });
    expect(second.ledger).toMatchObject({ recognised: true, dataset: first.ledger.dataset });
  });

  it('with an entity as unit it counts the rows its cap drops, privately, and the model shows the number', async () => {
    const { options, folder } = await prepare({ model: 'independent', epsilon: 1000 });
    const lines = Array.from({ length: 900 }, (_, row) => `p${Math.floor(row / 9)},north,${row % 100},true`);
    await writeFile(options.table, ['who,city,age,member', ...lines, ''].join('\n'));
    const who = { name: 'who', type: 'string', privacy: { role: 'identifier' } };
    const unit = { entity: 'who', maxRows: 5 };
    const schema = { fields: [who, ...SMALL_SCHEMA.fields], privacy: { unit } };
    await writeFile(options.schema, JSON.stringify(schema));
    const result = await train(options);
    const shown = await showModel(options.out);
    // 100 entities of 9 rows keep 5 each and drop 4. The noise at this epsilon has a standard deviation below 2 rows.
    expect(Math.abs(result.rows - 500)).toBeLessThan(20);
    expect(Math.abs((shown.droppedRows ?? Number.NaN) - 400)).toBeLessThan(20);
    const { certificate } = await verifyModel({ model: options.out });
    expect(certificate.events[0]).toMatchObject({ label: 'dropped-rows', event: { l2Sensitivity: 5, count: 1 } });
    expect(await leftovers(folder)).toEqual(['model']);
  });
});
