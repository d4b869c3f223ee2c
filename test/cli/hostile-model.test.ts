import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, runTabveil } from '../support/cli.ts';
import { writeSmallTable } from '../support/small-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-hostile-'));
const good = join(home, 'good');

beforeAll(async () => {
  const { table, schema } = writeSmallTable(home);
  const trained = await runTabveil([
    ...['train', table, '--schema', schema, '--model', 'mst', '--epsilon', '1', '--delta', '1e-6', '--out', good],
  ]);
  expect(trained).toMatchObject({ exitCode: 0 });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A copy of the good model. */
function copyModel(): string {
  const folder = join(mkdtempSync(join(home, 'case-')), 'model');
  cpSync(good, folder, { recursive: true });
  return folder;
}

/** Makes the certificate agree with the files again, as an attacker would. */
function rehash(folder: string): void {
  const path = join(folder, 'certificate.json');
  const certificate = JSON.parse(readFileSync(path, 'utf8')) as { artefacts: Record<string, string> };
  for (const file of Object.keys(certificate.artefacts)) {
    certificate.artefacts[file] = createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
  }
  writeFileSync(path, JSON.stringify(certificate));
}

/** Replaces the value at a dotted path of a JSON file. */
function setValue(folder: string, file: string, path: string, value: unknown): void {
  const content = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place = content;
  for (const key of keys) place = place[key] as Record<string, unknown>;
  place[last] = value;
  writeFileSync(join(folder, file), JSON.stringify(content));
}

function editBytes(folder: string, file: string, edit: (bytes: Buffer) => void): void {
  const bytes = readFileSync(join(folder, file));
  edit(bytes);
  writeFileSync(join(folder, file), bytes);
}

/** Refused as bad input with one line, quickly, in little memory, and without writing anything. */
function expectRefusal(outcome: Outcome): void {
  expect(outcome.stderr).toMatch(/^tabveil: [^\n]{20,}\n$/);
  expect(outcome.stderr).not.toMatch(/internal error|\bat .*\.js:\d+/);
  expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
}

async function sampleFrom(folder: string): Promise<Outcome> {
  const out = join(folder, '..', 'out.csv');
  // A small heap shows that a model that claims to be huge is refused before memory is taken for it.
  const outcome = await runTabveil(['sample', folder, '--rows', '50', '--out', out], {
    env: { NODE_OPTIONS: '--max-old-space-size=256' },
  });
  expect(existsSync(out)).toBe(outcome.exitCode === 0);
  expect(readdirSync(join(folder, '..')).filter((file) => file !== 'model' && file !== 'out.csv')).toEqual([]);
  return outcome;
}

/** Edits that keep every hash right: the reader has to find them by itself. */
const REHASHED: Readonly<Record<string, (folder: string) => void>> = {
  'a manifest that is not JSON': (folder) => writeFileSync(join(folder, 'manifest.json'), '{"format":'),
  'a manifest of another format': (folder) => setValue(folder, 'manifest.json', 'format', 'pickle'),
  'a manifest of a future version': (folder) => setValue(folder, 'manifest.json', 'version', 99),
  'an unknown synthesizer': (folder) => setValue(folder, 'manifest.json', 'synthesizer', '../../evil'),
  'a name from the prototype of objects as synthesizer': (folder) =>
    setValue(folder, 'manifest.json', 'synthesizer', 'constructor'),
  'a negative row count': (folder) => setValue(folder, 'manifest.json', 'rows', -5),
  'arrays that claim to be huge': (folder) => setValue(folder, 'manifest.json', 'arrays.0.length', 2 ** 50),
  'arrays that are cut short': (folder) => truncateSync(join(folder, 'arrays.bin'), 40),
  'NaN in an array': (folder) => editBytes(folder, 'arrays.bin', (bytes) => bytes.writeDoubleLE(Number.NaN, 0)),
  'infinity in an array': (folder) =>
    editBytes(folder, 'arrays.bin', (bytes) => bytes.writeDoubleLE(Number.POSITIVE_INFINITY, 0)),
  'a schema whose domain is huge': (folder) => setValue(folder, 'schema.json', 'fields.1.constraints.maximum', 1e15),
  'a schema with a column too many': (folder) =>
    setValue(folder, 'schema.json', 'fields.3', { name: 'extra', type: 'boolean', constraints: { required: true } }),
  'no manifest': (folder) => rmSync(join(folder, 'manifest.json')),
  'no arrays': (folder) => rmSync(join(folder, 'arrays.bin')),
};

describe('a model from a stranger', () => {
  it('samples and verifies as long as nobody touched it', async () => {
    const folder = copyModel();
    expect(await sampleFrom(folder)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await runTabveil(['verify', folder])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it.each(Object.keys(REHASHED))('sample refuses %s even when its hashes are right', async (name) => {
    const folder = copyModel();
    REHASHED[name]?.(folder);
    if (!name.startsWith('no ')) rehash(folder);
    expectRefusal(await sampleFrom(folder));
  });

  it('sample and verify refuse a file whose hash is wrong', async () => {
    const folder = copyModel();
    editBytes(folder, 'arrays.bin', (bytes) => bytes.writeDoubleLE(bytes.readDoubleLE(0) + 1, 0));
    expectRefusal(await sampleFrom(folder));
    expectRefusal(await runTabveil(['verify', folder]));
  });

  it.each(['../../../etc/hostname', '/etc/hostname', '..\\..\\secret'])(
    'verify and sample refuse a certificate that names the path %s',
    async (path) => {
      const folder = copyModel();
      const certificate = JSON.parse(readFileSync(join(folder, 'certificate.json'), 'utf8')) as { artefacts: object };
      setValue(folder, 'certificate.json', 'artefacts', { ...certificate.artefacts, [path]: '0'.repeat(64) });
      expectRefusal(await runTabveil(['verify', folder]));
      expectRefusal(await sampleFrom(folder));
    },
  );

  it('a link in place of a file, and a file nobody certified, are refused', async () => {
    const linked = copyModel();
    rmSync(join(linked, 'arrays.bin'));
    symlinkSync('/etc/hostname', join(linked, 'arrays.bin'));
    const extended = copyModel();
    writeFileSync(join(extended, 'notes.txt'), 'trust me');
    for (const folder of [linked, extended]) {
      expectRefusal(await sampleFrom(folder));
      expectRefusal(await runTabveil(['verify', folder]));
    }
  });

  it('verify refuses a certificate that claims less than its events cost', async () => {
    const folder = copyModel();
    setValue(folder, 'certificate.json', 'epsilon', 0.01);
    expectRefusal(await runTabveil(['verify', folder]));
  });

  it('a folder that is no model, a file, and nothing at all are refused alike', async () => {
    const folder = mkdtempSync(join(home, 'case-'));
    for (const place of [folder, join(home, 'people.csv'), join(home, 'nowhere')]) {
      for (const args of [
        ['sample', place, '--rows', '5', '--out', join(folder, 'x.csv')],
        ['verify', place],
        ['model', 'show', place],
      ]) {
        expectRefusal(await runTabveil(args));
      }
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
