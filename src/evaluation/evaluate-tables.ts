import type { TableSchema } from '../table/schema.ts';
import type { EvaluationTables, TableRole } from './aligned-tables.ts';
import { type EvaluationChoices, prepareEvaluation } from './evaluation-input.ts';
import type { EvaluationSettings } from './families.ts';
import type { Metric } from './metric.ts';
import { type ColumnProfile, profileColumns } from './profile.ts';
import { METRIC_FAMILIES } from './registry.ts';

/** Everything measured in one evaluation. **Privacy**: private as a whole; see `Metric.provenance` for its parts. */
export interface EvaluationResult {
  readonly format: 'tabveil-evaluation';
  readonly version: 1;
  readonly private: true;
  /** Rows of each table. */
  readonly rows: Readonly<Partial<Record<TableRole, number>>>;
  readonly settings: EvaluationSettings;
  readonly columns: readonly string[];
  readonly metrics: readonly Metric[];
  /** Share of rows per bin, for pictures. */
  readonly profiles: readonly ColumnProfile[];
  /** Sentences a reader must know: what was not measured and why. */
  readonly notes: readonly string[];
}

/** What a caller may watch or stop. */
export interface EvaluationHooks {
  readonly signal?: AbortSignal;
  /** Called before each family. */
  readonly onFamily?: (name: string, done: number, total: number) => void;
}

/** Choices of the user and hooks of the caller. */
export type EvaluationOptions = EvaluationChoices & EvaluationHooks;

/**
 * Measures a synthetic table against the real one, and the holdout in its place where there is one.
 *
 * **Privacy**: the result is a function of private rows that no mechanism protects.
 * @throws TabveilError (input) when a table lacks a column of the schema.
 */
export async function evaluateTables(
  schema: TableSchema,
  tables: EvaluationTables,
  options: EvaluationOptions = {},
): Promise<EvaluationResult> {
  const input = prepareEvaluation(schema, tables, options);
  const metrics: Metric[] = [];
  for (const [index, family] of METRIC_FAMILIES.entries()) {
    options.signal?.throwIfAborted();
    options.onFamily?.(family.name, index, METRIC_FAMILIES.length);
    metrics.push(...(await family.compute(input)));
  }
  options.onFamily?.('done', METRIC_FAMILIES.length, METRIC_FAMILIES.length);
  return {
    format: 'tabveil-evaluation',
    version: 1,
    private: true,
    rows: input.aligned.rowCounts,
    settings: input.settings,
    columns: input.aligned.columns.map((column) => column.field.name),
    metrics,
    profiles: profileColumns(input.binned),
    notes: notesOf(input.hasHoldout),
  };
}

function notesOf(hasHoldout: boolean): readonly string[] {
  if (hasHoldout) return [];
  return ['There is no holdout table: baselines and attack verdicts are not given, because they would be guesses.'];
}
