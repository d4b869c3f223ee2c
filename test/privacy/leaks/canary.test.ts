import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSynthesizer, SYNTHESIZERS } from '../../../src/synthesizers/registry.ts';
import { exportLedgerOf, grantBudget, showLedger } from '../../../src/tasks/ledger.ts';
import { sample } from '../../../src/tasks/sample.ts';
import { showModel } from '../../../src/tasks/show-model.ts';
import type { Progress } from '../../../src/tasks/task-context.ts';
import { type TrainOptions, train } from '../../../src/tasks/train.ts';
import { verifyModel } from '../../../src/tasks/verify.ts';
import { type Canary, integerCanary, listFiles, scanBytes, scanFolder, textCanary } from '../../support/canary.ts';
import { type CanaryTable, writeCanaryTable } from '../../support/canary-table.ts';
import { runTabveil } from '../../support/cli.ts';
import { useFolders } from '../../support/ledger.ts';

const newFolder = useFolders();
const TABLE = 'people.csv';
const BUDGET = { epsilon: 2, delta: 1e-7 };

/** Everything an error says: message, stack, fields, causes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = JSON.stringify(error, Object.getOwnPropertyNames(error));
  return `${error.stack ?? ''}\n${own}\n${error.cause === undefined ? '' : textOf(error.cause)}`;
}

/** Every synthesizer, and the other way of training `ctgan`, as a name with its setting of `learn`. */
const WAYS = [...SYNTHESIZERS.map(({ name }) => name), 'ctgan adversarial'];
const ADVERSARIAL = { learn: 'adversarial', adversarySteps: 8, oneRowIn: 2, fakes: 32 };

function optionsFor(folder: string, { table, schema }: CanaryTable, way: string): TrainOptions {
  const [model = way, learn] = way.split(' ');
  const quick = findSynthesizer(model).quickOptions ?? {};
  const modelOptions = learn === undefined ? quick : { ...quick, ...ADVERSARIAL };
  return { table, schema, model, modelOptions, ...BUDGET, out: join(folder, 'model') };
}

describe('the scan', () => {
  const canaries = [textCanary('text'), integerCanary('integer')];
  const [text, integer] = canaries as [Canary, Canary];
  const double = Buffer.alloc(8);
  double.writeDoubleLE(integer.number ?? 0);

  it.each([
    ['UTF-8', Buffer.from(`…${text.text}…`)],
    ['UTF-16', Buffer.from(`…${text.text}…`, 'utf16le')],
    ['base64 at 2', Buffer.from(Buffer.from(`xx${text.text}yyy`).toString('base64'))],
    ['64-bit integer, big-endian', Buffer.from(text.text, 'hex')],
    ['float64, little-endian', Buffer.concat([Buffer.from([1, 2, 3]), double])],
  ])('finds a canary in %s', (encoding, bytes) => {
    expect(scanBytes('here', bytes, canaries)).toEqual([
      expect.stringMatching(new RegExp(`^here: (text|integer) in ${encoding}$`)),
    ]);
  });

  it('finds a canary in the table itself, in a copy of it, and in the name of a file', async () => {
    const folder = await newFolder();
    const { table, canaries: planted } = writeCanaryTable(folder);
    const found = scanFolder(folder, planted, []);
    for (const { name } of planted) expect(found).toContainEqual(`${TABLE}: ${name} in UTF-8`);
    writeFileSync(join(folder, 'copy'), readFileSync(table));
    writeFileSync(join(folder, planted[0]?.text ?? ''), '');
    expect(scanFolder(folder, planted, [TABLE]).filter((line) => line.endsWith('in UTF-8'))).toHaveLength(
      planted.length + 1,
    );
  });
});

describe.each(WAYS)('%s: no canary of the private table occurs', (model) => {
  it('in the model, the ledger, its export, samples, summaries, the certificate page and the progress', async () => {
    const folder = await newFolder();
    const planted = writeCanaryTable(folder);
    const options = optionsFor(folder, planted, model);
    const progress: Progress[] = [];
    const context = { onProgress: (step: Progress) => void progress.push(step) };
    const said: unknown[] = [await train(options, context)];
    for (const extension of ['csv', 'arrow', 'parquet']) {
      const out = join(folder, `synthetic.${extension}`);
      said.push(await sample({ model: options.out, rows: 2000, out, seed: 5 }, context));
    }
    said.push(await showModel(options.out));
    said.push(await verifyModel({ model: options.out, html: join(folder, 'certificate.html') }));
    said.push(await showLedger({ table: options.table }), await exportLedgerOf({ table: options.table }));
    writeFileSync(join(folder, 'said.json'), JSON.stringify({ said, progress }));
    expect(progress.length).toBeGreaterThan(2);
    const files = listFiles(folder, [TABLE]);
    expect(files.filter((file) => /^model|synthetic|ledger|\.tabveil|said|html/.test(file)).length).toBeGreaterThan(10);
    expect(scanFolder(folder, planted.canaries, [TABLE])).toEqual([]);
  });

  it('after a training that is aborted or crashes while it fits', async () => {
    const folder = await newFolder();
    const planted = writeCanaryTable(folder);
    await grantBudget({ table: planted.table, epsilon: 10, delta: 1e-5 });
    const options = optionsFor(folder, planted, model);
    const failures = [
      (abort: () => void) => abort(),
      () => {
        throw new Error('crash');
      },
    ];
    const texts: string[] = [];
    for (const fail of failures) {
      const controller = new AbortController();
      const onProgress = ({ phase, done }: Progress) => {
        if (phase === 'fit' && (done > 0 || model === 'independent')) fail(() => controller.abort());
      };
      const failure = await train(options, { signal: controller.signal, onProgress }).catch((error) => error);
      expect(failure).toBeInstanceOf(Error);
      texts.push(textOf(failure));
    }
    writeFileSync(join(folder, 'errors.txt'), texts.join('\n'));
    expect(scanFolder(folder, planted.canaries, [TABLE])).toEqual([]);
  });
});

/** What can go wrong around one training, each on a folder of its own. */
const FAULTS: Readonly<Record<string, (folder: string, planted: CanaryTable) => Partial<TrainOptions>>> = {
  'a ledger that is a folder': (folder) => {
    mkdirSync(join(folder, 'ledger'));
    return { ledger: join(folder, 'ledger') };
  },
  'a ledger that is no ledger': (folder, { table }) => ({ ledger: table, out: join(folder, 'm') }),
  'an output below a file': (_, { schema }) => ({ out: join(schema, 'model') }),
  'an output that exists': (folder) => ({ out: folder }),
  'a table in place of the schema': (_, { table }) => ({ schema: table }),
  'a schema with a column the table lacks': (folder) => {
    const fields = [{ name: 'shoe', type: 'integer', constraints: { minimum: 1, maximum: 50 } }];
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ fields }));
    return { schema: join(folder, 'other.json') };
  },
  'a ragged row': (_, { table, canaries }) => {
    writeFileSync(table, `${readFileSync(table, 'utf8')}${canaries.map(({ text }) => text).join(',')},9,9,9\n`);
    return {};
  },
  'an unclosed quote': (_, { table, canaries }) => {
    writeFileSync(table, `${readFileSync(table, 'utf8')}"${canaries.map(({ text }) => text).join(',')}\n`);
    return {};
  },
  'bytes that are not UTF-8': (_, { table, canaries }) => {
    const bad = Buffer.concat([readFileSync(table), Buffer.from([0xff, 0xfe]), Buffer.from(canaries[0]?.text ?? '')]);
    writeFileSync(table, bad);
    return {};
  },
  'an epsilon above the grant': () => ({ epsilon: 50 }),
};

describe('no canary of the private table occurs in what is said or written after', () => {
  it.each(Object.keys(FAULTS))('%s', async (name) => {
    const folder = await newFolder();
    const planted = writeCanaryTable(folder);
    await grantBudget({ table: planted.table, epsilon: 10, delta: 1e-5 });
    const fault = FAULTS[name]?.(folder, planted);
    const failure = await train({ ...optionsFor(folder, planted, 'independent'), ...fault }).catch((error) => error);
    expect(failure).toMatchObject({ kind: expect.stringMatching(/^(usage|input|budget)$/) });
    writeFileSync(join(folder, 'error.txt'), textOf(failure));
    expect(scanFolder(folder, planted.canaries, [TABLE])).toEqual([]);
  });
});

describe('the command line', () => {
  it('prints no canary of the private table, whether it succeeds or fails', async () => {
    const folder = await newFolder();
    const planted = writeCanaryTable(folder);
    const { table, schema } = planted;
    const model = join(folder, 'model');
    const trainTo = (out: string) => [
      ...['train', table, '--schema', schema, '--model', 'mst', '--epsilon', '2', '--delta', '1e-7', '--out', out],
    ];
    const runs = [
      trainTo(model),
      trainTo(join(folder, 'second')),
      trainTo(model),
      ['sample', model, '--out', join(folder, 'synthetic.csv'), '--json'],
      ['verify', model, '--json'],
      ['ledger', 'show', table, '--json'],
      ['train', table, '--schema', table, '--model', 'mst', '--epsilon', '1', '--delta', '1e-6', '--out', 'x'],
    ];
    const codes: (number | null)[] = [];
    for (const [index, words] of runs.entries()) {
      const { exitCode, stdout, stderr } = await runTabveil(words, { env: { TABVEIL_DEBUG: '' } });
      codes.push(exitCode);
      writeFileSync(join(folder, `printed-${index}.txt`), `${stdout}\n${stderr}`);
    }
    expect(codes).toEqual([0, 4, 3, 0, 0, 0, 3]);
    expect(scanFolder(folder, planted.canaries, [TABLE])).toEqual([]);
  });
});
