import { type EvaluationResult, evaluateTables } from '../evaluation/evaluate-tables.ts';
import { renderEvaluationJson } from '../report/evaluation-json.ts';
import { renderInternalDossier } from '../report/internal-dossier.ts';
import { writeReport } from '../report/write-report.ts';
import { readTable } from '../table/read-table.ts';
import type { TableSchema } from '../table/schema.ts';
import { readSchema } from '../table/schema-file.ts';
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
}

/**
 * Measures a synthetic table against the real one and writes the internal reports that were asked for.
 *
 * **Privacy**: the result and both files are private: functions of real rows that no mechanism protects.
 * @throws TabveilError (input) when a file is missing or broken, or an output cannot be written.
 */
export async function evaluate(options: EvaluateOptions, context: TaskContext = {}): Promise<EvaluationResult> {
  const { signal } = context;
  const schema = await readSchema(options.schemaPath, { allowUnconfirmed: true });
  const tables = await readTables(options, schema, signal);
  const result = await evaluateTables(schema, tables, {
    ...(signal && { signal }),
    onFamily: (name, done, total) => context.onProgress?.({ phase: `measure ${name}`, done, total }),
  });
  if (options.htmlPath !== undefined) await writeReport(options.htmlPath, await renderInternalDossier(result));
  if (options.jsonPath !== undefined) await writeReport(options.jsonPath, renderEvaluationJson(result));
  return result;
}

async function readTables(options: EvaluateOptions, schema: TableSchema, signal: AbortSignal | undefined) {
  const read = (path: string) => readTable(path, schema, { signal });
  const real = await read(options.realPath);
  const synthetic = await read(options.syntheticPath);
  return options.holdoutPath === undefined
    ? { real, synthetic }
    : { real, synthetic, holdout: await read(options.holdoutPath) };
}
