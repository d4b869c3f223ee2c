import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TabveilError } from '../errors.ts';
import {
  type EvaluationOptions,
  type EvaluationResult,
  evaluateTables,
  type Origin,
} from '../evaluation/evaluate-tables.ts';
import type { Section } from '../evaluation/families.ts';
import { type Policy, parsePolicy } from '../evaluation/verdict/policy.ts';
import type { Claim } from '../evaluation/verdict/verdict.ts';
import { CERTIFYING_FILES, checkCertificate, parseCertificate } from '../privacy/certificate-check.ts';
import { hashFile } from '../privacy/certified-folder.ts';
import { renderEvaluationJson } from '../report/evaluation-json.ts';
import { renderInternalDossier } from '../report/internal-dossier.ts';
import { writeReport } from '../report/write-report.ts';
import { readTable } from '../table/read-table.ts';
import type { TableSchema } from '../table/schema.ts';
import { readVersion } from '../version.ts';
import { readEvaluationSchema } from './evaluation-schema.ts';
import type { TaskContext } from './task-context.ts';

/** What to compare and where to write. */
export interface EvaluateOptions {
  /** Table the generator was trained on: CSV, Parquet, JSON or Arrow. */
  readonly realPath: string;
  readonly syntheticPath: string;
  /** Real rows of other people, kept apart from training. Baselines and attack verdicts need it. */
  readonly holdoutPath?: string;
  /** A draft is accepted: evaluation spends no budget. */
  readonly schemaPath: string;
  /** Internal dossier (HTML). */
  readonly htmlPath?: string;
  /** All numbers (JSON). */
  readonly jsonPath?: string;
  /** Column that models should predict; the field of role `target` by default. */
  readonly target?: string;
  /** Columns whose groups are compared; fields of role `protected` by default. */
  readonly protectedColumns?: readonly string[];
  /** Columns an attacker would like to learn; fields of role `sensitive`, or the target, by default. */
  readonly secrets?: readonly string[];
  /** Columns an attacker knows; fields of role `quasi-identifier` by default. */
  readonly keys?: readonly string[];
  /** Sections to measure; all by default. */
  readonly sections?: readonly Section[];
  /** Rows per table that attacks use at most; 20,000 by default. */
  readonly maxAttackRows?: number;
  /** Thresholds of the verdict (JSON). */
  readonly policyPath?: string;
  /** Model folder or `certificate.json` of the model that made the synthetic table. */
  readonly certificatePath?: string;
  /** Of subsamples, splits and queries; 0 by default. */
  readonly seed?: number | string;
}

/**
 * Measures a synthetic table against the real one and writes the internal reports that were asked for.
 *
 * **Privacy**: the result and both files are private: functions of real rows that no mechanism protects.
 * @throws TabveilError (input) when a file is missing or broken, or an output cannot be written; (usage) when a named
 * column does not exist.
 */
export async function evaluate(options: EvaluateOptions, context: TaskContext = {}): Promise<EvaluationResult> {
  const { signal } = context;
  const schema = await readEvaluationSchema(options.schemaPath);
  const policy = options.policyPath === undefined ? undefined : await readPolicy(options.policyPath);
  const claim = options.certificatePath === undefined ? undefined : await readClaim(options.certificatePath);
  const tables = await readTables(options, schema, signal);
  const measured = await evaluateTables(schema, tables, {
    ...choicesOf(options),
    ...(policy && { policy }),
    ...(claim && { claim }),
    ...(signal && { signal }),
    onFamily: (name, done, total) => context.onProgress?.({ phase: `measure ${name}`, done, total }),
  });
  const result = { ...measured, origin: await originOf(options) };
  if (options.htmlPath !== undefined) await writeReport(options.htmlPath, await renderInternalDossier(result));
  if (options.jsonPath !== undefined) await writeReport(options.jsonPath, renderEvaluationJson(result));
  return result;
}

async function originOf(options: EvaluateOptions): Promise<Origin> {
  const paths = [
    ['real', options.realPath],
    ['synthetic', options.syntheticPath],
    ['holdout', options.holdoutPath],
    ['schema', options.schemaPath],
    ['policy', options.policyPath],
  ] as const;
  const given = paths.flatMap(([role, path]) => (path === undefined ? [] : [{ role, path }]));
  const files = given.map(async ({ role, path }) => ({ role, name: basename(path), sha256: await hashFile(path) }));
  return { files: await Promise.all(files), software: readVersion(), day: new Date().toISOString().slice(0, 10) };
}

function choicesOf(options: EvaluateOptions): EvaluationOptions {
  const { target, protectedColumns, secrets, keys, sections, maxAttackRows, seed } = options;
  return {
    ...(target !== undefined && { target }),
    ...(protectedColumns !== undefined && { protectedColumns }),
    ...(secrets !== undefined && { secrets }),
    ...(keys !== undefined && { keys }),
    ...(sections !== undefined && { sections }),
    ...(maxAttackRows !== undefined && { maxAttackRows }),
    ...(seed !== undefined && { seed }),
  };
}

async function readPolicy(path: string): Promise<Policy> {
  const text = await readText(path, 'policy');
  try {
    return parsePolicy(JSON.parse(text), path);
  } catch (error) {
    if (error instanceof TabveilError) throw error;
    throw new TabveilError('input', 'policy.json', `${path}: is not JSON; a policy is a JSON object.`);
  }
}

/** The guarantee of a certificate that recomputes. */
async function readClaim(path: string): Promise<Claim> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = isFolder ? join(path, CERTIFYING_FILES.certificate) : path;
  const { certificate } = checkCertificate(parseCertificate(await readText(file, 'certificate'), file), file);
  return { epsilon: certificate.epsilon, delta: certificate.delta };
}

async function readText(path: string, what: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new TabveilError('input', `${what}.unreadable`, `${path}: no readable ${what} file; name an existing one.`);
  });
}

async function readTables(options: EvaluateOptions, schema: TableSchema, signal: AbortSignal | undefined) {
  const read = (path: string) => readTable(path, schema, { signal });
  const real = await read(options.realPath);
  const synthetic = await read(options.syntheticPath);
  return options.holdoutPath === undefined
    ? { real, synthetic }
    : { real, synthetic, holdout: await read(options.holdoutPath) };
}
