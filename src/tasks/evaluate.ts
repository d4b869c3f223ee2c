import { basename } from 'node:path';
import { TabveilError } from '../errors.ts';
import {
  type EvaluationOptions,
  type EvaluationResult,
  evaluateTables,
  type Origin,
} from '../evaluation/evaluate-tables.ts';
import { requireColumns } from '../evaluation/evaluation-input.ts';
import type { Section } from '../evaluation/families.ts';
import { hashFile } from '../privacy/certified-folder.ts';
import { defaultLedgerPath } from '../privacy/ledger/open.ts';
import { renderEvaluationJson } from '../report/evaluation-json.ts';
import { renderInternalDossier } from '../report/internal-dossier.ts';
import { requireChromium, writePdf } from '../report/pdf.ts';
import { requireWritable, writeReport } from '../report/write-report.ts';
import { readVersion } from '../version.ts';
import { readClaim, readEvaluationTables, readPolicy } from './evaluation-files.ts';
import { readEvaluationSchema } from './evaluation-schema.ts';
import { type FileRole, refuseProtected, requireDifferent, requireSeparate } from './file-roles.ts';
import { readErrorBars } from './model-error-bars.ts';
import { type ReleaseOptions, writeReleasableReport } from './release-report.ts';
import { type DeepOptions, planDeepAttack } from './shadow-fits.ts';
import { findSyntheticIdentifiers } from './synthetic-identifiers.ts';
import type { TaskContext } from './task-context.ts';
import { answerWorkload, readQueries } from './workload.ts';

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
  /** Internal dossier (PDF), printed by the system's Chromium. */
  readonly pdfPath?: string;
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
  /** SQL queries over the table `data`, separated by semicolons, whose answers are compared. */
  readonly queriesPath?: string;
  /** Thresholds of the verdict (JSON). */
  readonly policyPath?: string;
  /** Model folder or `certificate.json` of the model that made the synthetic table; a folder also gives error bars. */
  readonly certificatePath?: string;
  /** What the table is for, for the decision sheet. */
  readonly purpose?: string;
  /** Who is to receive it, for the decision sheet. */
  readonly recipients?: string;
  /** Of subsamples, splits and queries; 0 by default. */
  readonly seed?: number | string;
  /** Deep mode: refits the model many times to attack it; needs a holdout. */
  readonly deep?: DeepOptions;
  /** A second document that may leave, with numbers bought from the ledgers. */
  readonly release?: ReleaseOptions;
}

/**
 * Measures a synthetic table against the real one and writes the internal reports that were asked for.
 *
 * **Privacy**: the result and both files are private: functions of real rows that no mechanism protects.
 * @throws TabveilError (input) when a file is missing, broken or given twice, or an output cannot be written; (usage) when a
 * named column does not exist or an output is one of the inputs.
 */
export async function evaluate(options: EvaluateOptions, context: TaskContext = {}): Promise<EvaluationResult> {
  const { signal } = context;
  if (options.pdfPath !== undefined || options.release?.pdfPath !== undefined) await requireChromium();
  await requireOutputs(options);
  const schema = await readEvaluationSchema(options.schemaPath);
  const policy = options.policyPath === undefined ? undefined : await readPolicy(options.policyPath);
  const claim = options.certificatePath === undefined ? undefined : await readClaim(options.certificatePath);
  const errorBars = await readErrorBars(options.certificatePath);
  const deep = options.deep && planDeepAttack(options.deep, { schema, claim }, context);
  if (deep && options.holdoutPath === undefined) throw deepWithoutHoldout();
  requireColumns(schema, options);
  const tables = await readEvaluationTables(options, schema, signal);
  const workload =
    options.queriesPath === undefined
      ? []
      : await answerWorkload(await readQueries(options.queriesPath), options, { schema, signal });
  // After all that can be refused, so that nothing is paid or written for a misspelt name; before the long part, because a
  // refused budget should not cost minutes.
  const released =
    options.release && (await writeReleasableReport(options, options.release, { claim, errorBars, context }));
  const isPrivacyWanted = options.sections?.includes('privacy') ?? true;
  const identifiers = isPrivacyWanted ? await findSyntheticIdentifiers({ ...options, schema }, context) : undefined;
  const measured = await evaluateTables(schema, tables, {
    workload,
    ...choicesOf(options),
    ...(policy && { policy }),
    ...(claim && { claim }),
    ...(identifiers && { identifiers }),
    ...(deep && { deep }),
    ...(signal && { signal }),
    onFamily: (name, done, total) => context.onProgress?.({ phase: `measure ${name}`, done, total }),
  });
  const spent = released?.notes ?? [];
  const known = { ...(errorBars && { errorBars }), ...(spent.length > 0 && { spent }) };
  const result = { ...measured, ...known, origin: await originOf(options) };
  await writeDossier(result, options, signal);
  if (options.jsonPath !== undefined) await writeReport(options.jsonPath, renderEvaluationJson(result));
  return result;
}

/** Every output can be written, and no file is named for two things: known before the long part. */
async function requireOutputs(options: EvaluateOptions): Promise<void> {
  const { htmlPath, pdfPath, jsonPath, release } = options;
  const named = [htmlPath, pdfPath, jsonPath, release?.htmlPath, release?.pdfPath, release?.jsonPath];
  const outputs = named.filter((path) => path !== undefined);
  await requireSeparate(inputsOf(options), outputs);
  for (const path of outputs) await requireWritable(path);
  await requireDifferent(options);
  await refuseProtected(options.syntheticPath, 'name the synthetic table, or see whether two files were swapped');
}

function inputsOf(options: EvaluateOptions): readonly FileRole[] {
  const { realPath, holdoutPath, release } = options;
  const given: readonly (readonly [string, string | undefined])[] = [
    ['the real table', realPath],
    ['the synthetic table', options.syntheticPath],
    ['the holdout', holdoutPath],
    ['the schema', options.schemaPath],
    ['the policy', options.policyPath],
    ['the queries', options.queriesPath],
    ['the certificate', options.certificatePath],
    ['the ledger of the real table', release?.ledger ?? defaultLedgerPath(realPath)],
    ['the ledger of the holdout', release?.holdoutLedger ?? (holdoutPath && defaultLedgerPath(holdoutPath))],
  ];
  return given.flatMap(([role, path]) => (path === undefined ? [] : [{ role, path }]));
}

function deepWithoutHoldout(): TabveilError {
  return new TabveilError(
    'usage',
    'evaluate.deep-holdout',
    'evaluate: --deep attacks the people who are most unlike the holdout, but there is none; add --holdout.',
  );
}

async function writeDossier(
  result: EvaluationResult,
  { htmlPath, pdfPath }: EvaluateOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (htmlPath === undefined && pdfPath === undefined) return;
  const page = await renderInternalDossier(result);
  if (htmlPath !== undefined) await writeReport(htmlPath, page);
  if (pdfPath !== undefined) await writePdf(pdfPath, page, signal);
}

async function originOf(options: EvaluateOptions): Promise<Origin> {
  const paths = [
    ['real', options.realPath],
    ['synthetic', options.syntheticPath],
    ['holdout', options.holdoutPath],
    ['schema', options.schemaPath],
    ['policy', options.policyPath],
    ['queries', options.queriesPath],
  ] as const;
  const given = paths.flatMap(([role, path]) => (path === undefined ? [] : [{ role, path }]));
  const files = given.map(async ({ role, path }) => ({ role, name: basename(path), sha256: await hashFile(path) }));
  return {
    files: await Promise.all(files),
    software: readVersion(),
    day: new Date().toISOString().slice(0, 10),
    ...(options.purpose !== undefined && { purpose: options.purpose }),
    ...(options.recipients !== undefined && { recipients: options.recipients }),
  };
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
