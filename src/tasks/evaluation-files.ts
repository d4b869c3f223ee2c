import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeReadFailure, TabveilError } from '../errors.ts';
import type { EvaluationTables } from '../evaluation/aligned-tables.ts';
import { type Policy, parsePolicy } from '../evaluation/verdict/policy.ts';
import type { Claim } from '../evaluation/verdict/verdict.ts';
import type { Certificate } from '../privacy/certificate.ts';
import { CERTIFYING_FILES, checkCertificate, parseCertificate } from '../privacy/certificate-check.ts';
import { type Table, UNLISTED_CODE } from '../table/columns.ts';
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
    `${file}: the model was fitted with test noise and guarantees nothing; name one that was trained for use.`,
  );
}

function describeUnit(unit: Certificate['unit']): string {
  return unit.kind === 'row' ? 'one row' : `all rows of one ${unit.key.join(', ')} (at most ${unit.maxRows})`;
}

async function readText(path: string, what: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new TabveilError(
      'input',
      `${what}.unreadable`,
      `${path}: ${describeReadFailure(error)}; name a ${what} file.`,
    );
  });
}

/** Files of an evaluation. */
export interface TablePaths {
  readonly realPath: string;
  readonly syntheticPath: string;
  readonly holdoutPath?: string;
}

/** Whether texts that the field does not list are to be kept: training would send them elsewhere. */
function isOpenable({ domain, type, outOfDomain }: Field): boolean {
  const isListed = domain.kind === 'categorical' && domain.categories.status === 'public';
  return isListed && type === 'string' && outOfDomain !== 'other';
}

/** The field with its categories taken from the table. */
function opened(field: Field): Field {
  if (field.domain.kind !== 'categorical') return field;
  return { ...field, outOfDomain: 'other', domain: { ...field.domain, categories: { status: 'learn' } } };
}

/**
 * Reads a table and keeps the texts of categories that its schema does not list: an evaluation that sent them to the missing
 * or the first category, as training does, would hide categories that a generator invents. Columns that hold such texts
 * are read a second time, because reading codes is several times faster than reading texts.
 */
async function readOpenTable(path: string, schema: TableSchema, signal: AbortSignal): Promise<Table> {
  const table = await readTable(path, schema, { signal });
  const fields = schema.fields.filter((field) => {
    const column = table.columns.get(field.name);
    return isOpenable(field) && column?.kind === 'category' && column.codes.includes(UNLISTED_CODE);
  });
  if (fields.length === 0) return table;
  const open = await readTable(path, { ...schema, fields: fields.map(opened) }, { signal });
  return { rowCount: table.rowCount, columns: new Map([...table.columns, ...open.columns]) };
}

/**
 * The tables of an evaluation, read side by side with one schema; texts outside the listed categories are kept.
 * @throws TabveilError (input) for the first file, in this order, that cannot be read.
 */
export async function readEvaluationTables(
  { realPath, syntheticPath, holdoutPath }: TablePaths,
  schema: TableSchema,
  signal: AbortSignal | undefined,
): Promise<EvaluationTables> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const read = async (path: string) => {
    try {
      return await readOpenTable(path, schema, either);
    } catch (error) {
      // The others stop, too, and give this as their reason.
      stop.abort(error);
      throw error;
    }
  };
  const reads = [realPath, syntheticPath, ...(holdoutPath === undefined ? [] : [holdoutPath])].map(read);
  await Promise.allSettled(reads);
  const [real, synthetic, holdout] = (await Promise.all(reads)) as [Table, Table, Table?];
  return holdout === undefined ? { real, synthetic } : { real, synthetic, holdout };
}
