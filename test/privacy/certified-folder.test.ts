import { link, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCertifiedFolder } from '../../src/privacy/certified-folder.ts';
import { MODEL_CONTENTS, writeModel } from '../support/certified-model.ts';
import { useFolders } from '../support/ledger.ts';

const folder = useFolders();

async function model() {
  const path = join(await folder(), 'model');
  await writeModel(path);
  return path;
}

describe('certified folder', () => {
  it('accepts a folder that holds exactly what its certificate says', async () => {
    const checked = await checkCertifiedFolder(await model());
    expect(Object.keys(checked.certificate.artefacts).sort()).toEqual(Object.keys(MODEL_CONTENTS).sort());
    expect(checked.signature).toBeUndefined();
  });

  const attacks: readonly (readonly [what: string, attack: (path: string) => Promise<void>, message: RegExp])[] = [
    [
      'a changed byte',
      (path) => writeFile(join(path, 'arrays.bin'), '\u0000\u0001\u0003'),
      /arrays\.bin: .*SHA-256 is [0-9a-f]{12}…, not/,
    ],
    [
      'an emptied file',
      (path) => truncate(join(path, 'manifest.json')),
      /manifest\.json: .*SHA-256 is e3b0c44298fc…, not/,
    ],
    ['a missing file', (path) => rm(join(path, 'arrays.bin')), /arrays\.bin: .*missing/],
    ['an extra file', (path) => writeFile(join(path, 'notes.txt'), 'x'), /notes\.txt: the certificate does not know/],
    ['a hidden file', (path) => writeFile(join(path, '.env'), 'x'), /this name is not allowed/],
    ['a subfolder', (path) => mkdir(join(path, 'more')), /more: this is a folder; a model holds plain files only/],
    [
      'a link in place of a file',
      async (path) => {
        await rename(join(path, 'arrays.bin'), join(path, '../arrays.bin'));
        await symlink(join(path, '../arrays.bin'), join(path, 'arrays.bin'));
      },
      /arrays\.bin: this is a link/,
    ],
    ['no certificate', (path) => rm(join(path, 'certificate.json')), /certificate\.json: the file is missing/],
    [
      'a certificate that is not text',
      (path) => writeFile(join(path, 'certificate.json'), Buffer.from([0xff, 0xfe])),
      /UTF-8/,
    ],
    ['a huge certificate', (path) => truncate(join(path, 'certificate.json'), 2 ** 27), /bytes; at most/],
    ['a broken signature file', (path) => writeFile(join(path, 'signature.json'), '{}'), /not a Tabveil signature/],
  ];

  it.each(attacks)('refuses %s and names the file', async (_what, attack, message) => {
    const path = await model();
    await attack(path);
    const refused = expect(checkCertifiedFolder(path)).rejects;
    await refused.toMatchObject({ kind: 'input', message: expect.stringMatching(message) });
  });

  it('refuses a file or nothing in place of the folder', async () => {
    const path = await model();
    await expect(checkCertifiedFolder(join(path, 'manifest.json'))).rejects.toThrow('this is a file');
    await expect(checkCertifiedFolder(join(path, 'none'))).rejects.toThrow('there is no such folder');
  });

  it('hard links are plain files: content decides', async () => {
    const path = await model();
    await rename(join(path, 'arrays.bin'), join(path, '../arrays.bin'));
    await link(join(path, '../arrays.bin'), join(path, 'arrays.bin'));
    await checkCertifiedFolder(path);
  });
});
