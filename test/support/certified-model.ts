import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildCertificate,
  type Certificate,
  type CertificateInput,
  serializeCertificate,
} from '../../src/privacy/certificate.ts';
import { gaussianPlan, SOME_HASH } from './ledger.ts';

/** What a small honest training would certify. */
export function certificateInput(change: Partial<CertificateInput> = {}): CertificateInput {
  return {
    epsilon: 1,
    delta: 1e-9,
    plan: [
      ...gaussianPlan(0.9, 5e-10),
      { label: 'rows', purpose: 'row count', event: { kind: 'zcdp', rho: 1e-5, count: 2 } },
    ],
    unit: { kind: 'row' },
    synthesizer: 'mst',
    reservation: { dataset: '1a'.repeat(16), entry: '2b'.repeat(16), day: '2027-01-31', software: 'tabveil 0.1.0' },
    publicInputs: ['age: bounds 17 to 90', 'sex: 2 categories'],
    schemaHash: SOME_HASH,
    artefacts: {},
    testNoise: false,
    ...change,
  };
}

/** Contents of the files of a small model. */
export const MODEL_CONTENTS: Readonly<Record<string, string>> = {
  'manifest.json': '{"format":"tabveil-model"}\n',
  'arrays.bin': '\u0000\u0001\u0002',
};

/** Writes a certified model folder. */
export async function writeModel(folder: string, change: Partial<CertificateInput> = {}): Promise<Certificate> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(MODEL_CONTENTS)) await writeFile(join(folder, name), text);
  const hashes = Object.entries(MODEL_CONTENTS).map(
    ([name, text]) => [name, createHash('sha256').update(text).digest('hex')] as const,
  );
  const certificate = buildCertificate(certificateInput({ artefacts: Object.fromEntries(hashes), ...change }));
  await writeFile(join(folder, 'certificate.json'), serializeCertificate(certificate));
  return certificate;
}
