import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TabveilError } from '../errors.ts';
import type { EvaluationTables } from '../evaluation/aligned-tables.ts';
import { type Policy, parsePolicy } from '../evaluation/verdict/policy.ts';
import type { Claim } from '../evaluation/verdict/verdict.ts';
import type { Certificate } from '../privacy/certificate.ts';
import { CERTIFYING_FILES, checkCertificate, parseCertificate } from '../privacy/certificate-check.ts';
import { readTable } from '../table/read-table.ts';
import type { Field, TableSchema } from '../table/schema.ts';

/**
 * A policy file.
 * @throws TabveilError (input) when it is absent or not a policy.
 */
export async function readPolicy(path: string): Promise<Policy> {
  const text = await readText(path, 'policy');
  try {
    return parsePolicy(JSON.parse(text), path);
  } catch (error) {
    if (error instanceof TabveilError) throw error;
    throw new TabveilError('input', 'policy.json', `${path}: is not JSON; a policy is a JSON object.`);
  }
}

/**
 * The guarantee of a certificate that recomputes; `path` is the file or its model folder.
 * @throws TabveilError (input) when it is absent, does not add up or rests on test noise.
 */
export async function readClaim(path: string): Promise<Claim> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = isFolder ? join(path, CERTIFYING_FILES.certificate) : path;
  const { certificate } = checkCertificate(parseCertificate(await readText(file, 'certificate'), file), file);
  const { epsilon, delta, unit, synthesizer } = certificate;
  if (!certificate.testNoise) return { epsilon, delta, unit: describeUnit(unit), synthesizer };
  throw new TabveilError(
    'input',
    'certificate.test-noise',
    `${file}: the model was fitted with test noise; it guarantees nothing.`,
  );
}

function describeUnit(unit: Certificate['unit']): string {
  return unit.kind === 'row' ? 'one row' : `all rows of one ${unit.key.join(', ')} (at most ${unit.maxRows})`;
}

async function readText(path: string, what: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new TabveilError('input', `${what}.unreadable`, `${path}: no readable ${what} file; name an existing one.`);
  });
}

/** Files of an evaluation. */
export interface TablePaths {
  readonly realPath: string;
  readonly syntheticPath: string;
  readonly holdoutPath?: string;
}

/**
 * The schema with the texts of listed categories left as they are. Training sends a text that is not listed to the missing or the
 * first category, as declared; an evaluation that read so would hide categories that a generator invents.
 */
function withOpenCategories(schema: TableSchema): TableSchema {
  const fields = schema.fields.map((field): Field => {
    const { domain, type, outOfDomain } = field;
    if (domain.kind !== 'categorical' || type !== 'string' || outOfDomain === 'other') return field;
    return { ...field, outOfDomain: 'other', domain: { ...domain, categories: { status: 'learn' } } };
  });
  return { ...schema, fields };
}

/** The tables of an evaluation, read with one schema; texts outside the listed categories are kept. */
export async function readEvaluationTables(
  options: TablePaths,
  schema: TableSchema,
  signal: AbortSignal | undefined,
): Promise<EvaluationTables> {
  const open = withOpenCategories(schema);
  const read = (path: string) => readTable(path, open, { signal });
  const real = await read(options.realPath);
  const synthetic = await read(options.syntheticPath);
  return options.holdoutPath === undefined
    ? { real, synthetic }
    : { real, synthetic, holdout: await read(options.holdoutPath) };
}
