import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createKey } from '../../src/tasks/key.ts';
import { signModel } from '../../src/tasks/sign.ts';
import { verifyModel } from '../../src/tasks/verify.ts';
import { writeModel } from '../support/certified-model.ts';
import { useFolders } from '../support/ledger.ts';

const folder = useFolders();

async function modelAndKey() {
  const home = await folder();
  const model = join(home, 'model');
  await writeModel(model);
  const key = await createKey({ out: join(home, 'officer.key') });
  return { home, model, key };
}

describe('verify', () => {
  it('says in one line what is guaranteed to whom, what was public and what lies outside', async () => {
    const { model } = await modelAndKey();
    const result = await verifyModel({ model });
    expect(result.guarantee).toMatch(
      /^\(epsilon 1, delta 1e-9\) differential privacy for one row of the training table, added or removed; recomputed epsilon 0\.8\d+ \((zcdp|pld)\) from 2 events; public by declaration: 2 facts of the schema; outside: other releases[^\n]*$/,
    );
    expect(result).toMatchObject({ epsilon: 1, delta: 1e-9, files: 2, signature: 'none' });
  });

  it('names the entity and its cap when the unit is an entity', async () => {
    const model = join(await folder(), 'model');
    await writeModel(model, { unit: { kind: 'entity', key: ['clinic', 'patient'], maxRows: 5 } });
    expect((await verifyModel({ model })).guarantee).toContain(
      'for all rows of one entity (clinic, patient; at most 5 rows) of the training table',
    );
  });

  it('refuses a model whose noise came from a test source, and so does sign', async () => {
    const { model, key } = await modelAndKey();
    await writeModel(model, { testNoise: true });
    await expect(verifyModel({ model })).rejects.toMatchObject({ kind: 'input', code: 'certificate.test-noise' });
    await expect(signModel({ model, key: key.privateKey })).rejects.toMatchObject({ code: 'certificate.test-noise' });
  });

  it('asked for the officer’s signature it accepts that one alone', async () => {
    const { home, model, key } = await modelAndKey();
    await expect(verifyModel({ model, key: key.publicKey })).rejects.toMatchObject({ code: 'certificate.unsigned' });
    const other = await createKey({ out: join(home, 'other.key') });
    await signModel({ model, key: other.privateKey });
    expect(await verifyModel({ model })).toMatchObject({ signature: 'unchecked', keyId: other.keyId });
    await expect(verifyModel({ model, key: key.publicKey })).rejects.toMatchObject({ code: 'signature.other-key' });
    expect(await signModel({ model, key: key.privateKey })).toMatchObject({ keyId: key.keyId });
    expect(await verifyModel({ model, key: key.publicKey })).toMatchObject({ signature: 'trusted', keyId: key.keyId });
  });

  it('a signature does not survive an edit of the certificate that is consistent in itself', async () => {
    const { model, key } = await modelAndKey();
    await signModel({ model, key: key.privateKey });
    const signature = await readFile(join(model, 'signature.json'));
    await writeModel(model, { publicInputs: ['nothing'] });
    await writeFile(join(model, 'signature.json'), signature);
    await expect(verifyModel({ model })).rejects.toMatchObject({ code: 'signature.mismatch' });
  });

  it('writes the certificate as a page', async () => {
    const { home, model } = await modelAndKey();
    const html = join(home, 'certificate.html');
    await verifyModel({ model, html });
    expect(await readFile(html, 'utf8')).toContain('Privacy certificate');
  });

  it('a public key does not sign and a private one does not verify; both say which is needed', async () => {
    const { model, key } = await modelAndKey();
    await expect(signModel({ model, key: key.publicKey })).rejects.toMatchObject({ code: 'key.public' });
    await signModel({ model, key: key.privateKey });
    await expect(verifyModel({ model, key: key.privateKey })).rejects.toThrow(/give the public one/);
  });

  it('a key file that is missing is named', async () => {
    const { model } = await modelAndKey();
    await expect(verifyModel({ model, key: '/nowhere/officer.pub' })).rejects.toThrow('/nowhere/officer.pub');
  });
});

describe('key and sign', () => {
  it.skipIf(process.platform === 'win32')('the private key is readable by its owner only', async () => {
    const { key } = await modelAndKey();
    expect((await stat(key.privateKey)).mode & 0o777).toBe(0o600);
    expect(await readFile(key.publicKey, 'utf8')).toContain('BEGIN PUBLIC KEY');
  });

  it('keys are never overwritten, and half a pair is never left', async () => {
    const { home, key } = await modelAndKey();
    const before = await readFile(key.privateKey);
    await expect(createKey({ out: key.privateKey })).rejects.toThrow('exists already; keys are never overwritten');
    expect(await readFile(key.privateKey)).toEqual(before);
    await writeFile(join(home, 'half.key.pub'), 'x');
    await expect(createKey({ out: join(home, 'half.key') })).rejects.toMatchObject({ kind: 'input' });
    await expect(stat(join(home, 'half.key'))).rejects.toThrow('ENOENT');
  });

  it.skipIf(process.platform === 'win32')(
    'a private key that others can read is refused and signs nothing',
    async () => {
      const { model, key } = await modelAndKey();
      await chmod(key.privateKey, 0o640);
      await expect(signModel({ model, key: key.privateKey })).rejects.toMatchObject({
        kind: 'input',
        code: 'key.permissions',
        message:
          'officer.key: permissions are 640; a secret key must be readable by its owner only. Run: chmod 600 officer.key',
      });
      await expect(stat(join(model, 'signature.json'))).rejects.toThrow('ENOENT');
    },
  );

  it('a model that does not verify is not signed', async () => {
    const { model, key } = await modelAndKey();
    await writeFile(join(model, 'arrays.bin'), 'other');
    await expect(signModel({ model, key: key.privateKey })).rejects.toMatchObject({ code: 'certificate.hash' });
  });
});
