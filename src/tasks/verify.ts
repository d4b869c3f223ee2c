import { readFile } from 'node:fs/promises';
import { describeReadFailure, TabveilError } from '../errors.ts';
import type { Certificate, PrivacyUnit } from '../privacy/certificate.ts';
import { refuse } from '../privacy/certificate-check.ts';
import { checkCertifiedFolder } from '../privacy/certified-folder.ts';
import { checkSignature } from '../privacy/signature.ts';
import { describeGuarantee } from '../privacy/statement.ts';
import { certificatePage } from '../report/certificate-page.ts';
import { writeReport } from '../report/write-report.ts';
import type { TaskContext } from './task-context.ts';

/** What to verify. */
export interface VerifyOptions {
  /** Model folder. */
  readonly model: string;
  /** Public key file of the officer; the model must then be signed by it. */
  readonly key?: string;
  /** Where to write the certificate as a page for people. */
  readonly html?: string;
}

/** What holds for a model, recomputed without data and ledger. */
export interface VerifyResult {
  readonly model: string;
  /** Always true: what does not verify throws. */
  readonly verified: true;
  /** One line: what is guaranteed to whom. */
  readonly guarantee: string;
  readonly epsilon: number;
  readonly delta: number;
  /** Recomputed from the events. */
  readonly accountedEpsilon: number;
  readonly accountant: string;
  readonly unit: PrivacyUnit;
  readonly adjacency: 'add-remove';
  /** Number of events and of certified files. */
  readonly events: number;
  readonly files: number;
  /** `trusted`: signed by the given key; `unchecked`: signed by some key; `none`: not signed. */
  readonly signature: 'trusted' | 'unchecked' | 'none';
  readonly keyId?: string;
  readonly certificate: Certificate;
}

/**
 * Verifies a released model folder on a machine without its data and ledger.
 * @throws TabveilError (input) naming what disagrees; also for models whose noise came from a test source.
 */
export async function verifyModel(options: VerifyOptions, context: TaskContext = {}): Promise<VerifyResult> {
  const { model } = options;
  const folder = await checkCertifiedFolder(model);
  context.signal?.throwIfAborted();
  const { certificate, epsilon: accountedEpsilon, accountant } = folder;
  if (certificate.testNoise) {
    throw refuse(model, 'test-noise', 'its noise came from a test source that others can know, so it protects nobody');
  }
  const key = options.key === undefined ? undefined : await readKeyFile(options.key);
  if (key !== undefined && folder.signature === undefined) {
    throw refuse(model, 'unsigned', 'it is not signed, but --key asks for a signature');
  }
  const keyId = folder.signature && checkSignature(folder.certificateBytes, folder.signature, key);
  const signature = keyId === undefined ? 'none' : key === undefined ? 'unchecked' : 'trusted';
  const result: VerifyResult = {
    model,
    verified: true,
    guarantee: describeGuarantee(certificate, { epsilon: accountedEpsilon, accountant }),
    epsilon: certificate.epsilon,
    delta: certificate.delta,
    accountedEpsilon,
    accountant,
    unit: certificate.unit,
    adjacency: certificate.adjacency,
    events: certificate.events.length,
    files: Object.keys(certificate.artefacts).length,
    signature,
    ...(keyId === undefined ? {} : { keyId }),
    certificate,
  };
  if (options.html !== undefined) await writeReport(options.html, certificatePage(result));
  return result;
}

/**
 * Text of a key file.
 * @throws TabveilError (input) when it cannot be read.
 */
export async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TabveilError(
      'input',
      'key.unreadable',
      `${path}: ${describeReadFailure(error)}; name a key file and check its permissions.`,
    );
  }
}
