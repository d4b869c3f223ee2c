import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { coarseDomain } from '../../src/encode/table-codec.ts';
import { TabveilError } from '../../src/errors.ts';
import { generateRows } from '../../src/sampling/generate-rows.ts';
import { checkModelPath, readModelFolder, writeModelFolder } from '../../src/synthesizers/model-folder.ts';
import { findSynthesizer, SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import { loadModel } from '../../src/tasks/load-model.ts';
import { train } from '../../src/tasks/train.ts';
import { CANARY_SCHEMA, writeCanaryTable } from '../support/canary-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Folder = string;

const home = await temporaryFolder('model-folder');
const models = new Map<string, Folder>();
let copies = 0;

beforeAll(async () => {
  const { table, schema } = writeCanaryTable(home, 400);
  for (const { name: model, quickOptions: modelOptions = {} } of SYNTHESIZERS) {
    const out = join(home, model);
    const ledger = join(home, `${model}.ledger`);
    await train({ table, schema, model, modelOptions, epsilon: 2, delta: 1e-6, out, ledger });
    models.set(model, out);
  }
});

async function copyOf(model: string): Promise<Folder> {
  const folder = join(home, `copy-${copies++}`);
  await cp(models.get(model) ?? '', folder, { recursive: true });
  return folder;
}

/** Replaces the value at a dotted path of a JSON file; the empty path is the whole document. */
async function setValue(folder: Folder, file: string, path: string, value: Json): Promise<void> {
  const place = join(folder, file);
  const content = { document: JSON.parse(await readFile(place, 'utf8')) as Json };
  const keys = ['document', ...path.split('.').filter((key) => key !== '')];
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Json>((value, key) => (value as Record<string, Json>)[key] ?? null, content);
  (parent as Record<string, Json>)[last] = value;
  await writeFile(place, JSON.stringify(content.document));
}

const setManifest = (path: string, value: Json) => (folder: Folder) => setValue(folder, 'manifest.json', path, value);

async function setLastNumber(folder: Folder, value: number): Promise<void> {
  const bytes = await readFile(join(folder, 'arrays.bin'));
  bytes.writeDoubleLE(value, bytes.length - 8);
  await writeFile(join(folder, 'arrays.bin'), bytes);
}

/** Opens a folder without looking at its certificate, and generates a few rows. */
async function openAndGenerate(folder: Folder): Promise<number> {
  const { synthesizer, schema, codec, parts } = await readModelFolder(folder);
  const model = findSynthesizer(synthesizer).open(coarseDomain(codec), parts);
  let rows = 0;
  for (const method of ['iid', 'systematic'] as const) {
    for (const table of generateRows({ model, codec, schema, rows: 50, seed: 1, method })) rows += table.rowCount;
  }
  return rows;
}

/** Edits of single facts, by what is wrong afterwards. */
const WRONG: Readonly<Record<string, (folder: Folder) => Promise<void>>> = {
  'a manifest that is not JSON': (folder) => writeFile(join(folder, 'manifest.json'), '{'),
  'a manifest that is not UTF-8': (folder) => writeFile(join(folder, 'manifest.json'), Buffer.from([0xff, 0xfe])),
  'a manifest that is a list': setManifest('', []),
  'another format': setManifest('format', 'pickle'),
  'a future version': setManifest('version', 2),
  'a field nobody knows': setManifest('run', 'rm -rf /'),
  'a negative row count': setManifest('rows', -1),
  'an array of huge declared length': setManifest('arrays.0.length', 2 ** 50),
  'bins that do not ascend': setManifest('bins.age', [0, 7, 7]),
  'bins above the grid': setManifest('bins.age', [0, 1e9]),
  'learned categories that repeat': setManifest('learned.categories', { town: ['a', 'a'] }),
  'no learned categories': setManifest('learned.categories', {}),
  'settings that are missing': setManifest('settings', {}),
  'a clique of unknown attributes': setManifest('settings.cliques.0', [99]),
  'a merge into a huge code': setManifest('settings.merges', { 0: [0, 0, 0, 2 ** 40] }),
  'NaN in an array': (folder) => setLastNumber(folder, Number.NaN),
  'infinity in an array': (folder) => setLastNumber(folder, Number.POSITIVE_INFINITY),
  'a negative number in an array': (folder) => setLastNumber(folder, -1),
  'arrays cut short': (folder) => truncate(join(folder, 'arrays.bin'), 16),
  'arrays cut within a number': (folder) => truncate(join(folder, 'arrays.bin'), 13),
  'arrays that are too long': (folder) => writeFile(join(folder, 'arrays.bin'), Buffer.alloc(8), { flag: 'a' }),
  'no arrays': (folder) => rm(join(folder, 'arrays.bin')),
  'no schema': (folder) => rm(join(folder, 'schema.json')),
  'a folder in place of the schema': async (folder) => {
    await rm(join(folder, 'schema.json'));
    await mkdir(join(folder, 'schema.json'));
  },
  'a schema with another column': (folder) =>
    setValue(folder, 'schema.json', `fields.${CANARY_SCHEMA.fields.length}`, { name: 'more', type: 'boolean' }),
};

/** Damage to settings that a model does not have. */
const NOT_THERE: Readonly<Record<string, readonly string[]>> = {
  copula: ['a clique of unknown attributes', 'a merge into a huge code'],
  ctgan: ['a clique of unknown attributes'],
};

describe.each(SYNTHESIZERS.map(({ name }) => name))('a model of %s', (model) => {
  it('opens and generates as written', async () => {
    expect(await openAndGenerate(models.get(model) ?? '')).toBe(100);
  });

  it.each(Object.keys(WRONG).filter((name) => !NOT_THERE[model]?.includes(name)))(
    'with %s is refused in one line that names the file',
    async (name) => {
      const folder = await copyOf(model);
      await WRONG[name]?.(folder);
      const failure = await openAndGenerate(folder).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TabveilError);
      expect(failure).toMatchObject({ kind: 'input', message: expect.stringMatching(/^[^\n]{20,600}$/) });
    },
  );

  it('whatever one value of its JSON becomes, it opens and generates or is refused as bad input', async () => {
    const folder = await copyOf(model);
    const texts = new Map<string, string>();
    for (const file of ['manifest.json', 'schema.json']) texts.set(file, await readFile(join(folder, file), 'utf8'));
    const value = fc.oneof(
      fc.constantFrom<Json>(null, true, '', '__proto__', -1, 0, 1, 2, 0.5, 1e308, 2 ** 31, 2 ** 53, [], {}, [0], [[]]),
      fc.jsonValue() as fc.Arbitrary<Json>,
    );
    const file = fc.constantFrom('manifest.json', 'manifest.json', 'schema.json');
    await fc.assert(
      fc.asyncProperty(file, fc.double({ min: 0, max: 1, noNaN: true }), value, async (name, place, replacement) => {
        const content = JSON.parse(texts.get(name) ?? '') as Json;
        replaceAt(content, place, replacement);
        await writeFile(join(folder, name), JSON.stringify(content));
        const failure = await openAndGenerate(folder).then(
          () => undefined,
          (error: unknown) => error,
        );
        await writeFile(join(folder, name), texts.get(name) ?? '');
        if (failure !== undefined) {
          expect(failure, failure instanceof Error ? failure.stack : '').toBeInstanceOf(TabveilError);
          expect(failure).toMatchObject({ kind: 'input' });
        }
      }),
      { numRuns: 300, seed: 20 },
    );
  });

  it('whatever one of its numbers becomes, it opens and generates or is refused as bad input', async () => {
    const folder = await copyOf(model);
    const original = await readFile(join(folder, 'arrays.bin'));
    const place = fc.nat(original.length / 8 - 1);
    await fc.assert(
      fc.asyncProperty(place, fc.double(), async (index, value) => {
        const bytes = Buffer.from(original);
        bytes.writeDoubleLE(value, 8 * index);
        await writeFile(join(folder, 'arrays.bin'), bytes);
        const failure = await openAndGenerate(folder).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure !== undefined) expect(failure).toMatchObject({ kind: 'input' });
      }),
      { numRuns: 150, seed: 21 },
    );
  });
});

/** Replaces the value at a place in document order, given as a share of all values. */
function replaceAt(content: Json, place: number, replacement: Json): void {
  const slots: [Json[] | { [key: string]: Json }, string][] = [];
  const collect = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    // Long lists of numbers would drown everything else.
    for (const key of Object.keys(value).slice(0, 12)) {
      slots.push([value, key]);
      collect((value as { [key: string]: Json })[key]!);
    }
  };
  collect(content);
  const [parent, key] = slots[Math.min(slots.length - 1, Math.floor(place * slots.length))]!;
  (parent as { [key: string]: Json })[key] = replacement;
}

describe('loadModel', () => {
  const edits: Readonly<Record<string, (folder: Folder) => Promise<void>>> = {
    'other arrays': (folder) => setLastNumber(folder, 0.5),
    'another manifest': setManifest('rows', 12345),
    'no certificate': (folder) => rm(join(folder, 'certificate.json')),
    'a file the certificate does not know': (folder) => writeFile(join(folder, 'extra.bin'), 'x'),
    'a link': (folder) => symlink('/etc/hostname', join(folder, 'link')),
    'a certificate that names a path outside': (folder) =>
      setValue(folder, 'certificate.json', 'artefacts', { '../x': '0'.repeat(64) }),
  };

  it.each(Object.keys(edits))('refuses a folder with %s', async (name) => {
    const folder = await copyOf('independent');
    await edits[name]?.(folder);
    await expect(loadModel(folder)).rejects.toMatchObject({
      kind: 'input',
      code: expect.stringMatching(/^certificate/),
    });
  });

  it('opens a folder whose files are those of its certificate', async () => {
    expect((await loadModel(models.get('independent') ?? '')).stored.synthesizer).toBe('independent');
  });
});

describe('writeModelFolder', () => {
  it('writes every file, and leaves nothing behind when it cannot', async () => {
    const folder = join(home, 'written');
    const files = new Map([['a.bin', new Uint8Array([1, 2])]]);
    await checkModelPath(folder);
    await writeModelFolder(folder, files);
    expect([...(await readFile(join(folder, 'a.bin')))]).toEqual([1, 2]);
    await expect(checkModelPath(folder)).rejects.toMatchObject({ kind: 'input', code: 'model.exists' });
    await expect(writeModelFolder(folder, files)).rejects.toMatchObject({ kind: 'input', code: 'model.unwritable' });
    await expect(writeModelFolder(join(home, 'nowhere', 'x'), files)).rejects.toMatchObject({ kind: 'input' });
    const bad = new Map([['no/such/folder', new Uint8Array(1)]]);
    await expect(writeModelFolder(join(home, 'bad'), bad)).rejects.toMatchObject({ kind: 'input' });
    expect((await readdir(home)).filter((name) => name.includes('tmp') || name === 'bad')).toEqual([]);
  });
});
