import type { TableSchema } from '../table/schema.ts';
import type { EvaluationTables, TableRole } from './aligned-tables.ts';
import type { ModelErrorBars } from './error-bars.ts';
import { type EvaluationChoices, prepareEvaluation } from './evaluation-input.ts';
import type { EvaluationInput, EvaluationSettings, MetricFamily, Section } from './families.ts';
import { type Projection, projectTables } from './fidelity/projection.ts';
import type { Metric } from './metric.ts';
import type { DeepAttack } from './privacy/shadow-family.ts';
import { type ColumnProfile, profileColumns } from './profile.ts';
import { METRIC_FAMILIES } from './registry.ts';
import type { WorkloadAnswer } from './usefulness/workload.ts';
import { DEFAULT_POLICY, type Policy } from './verdict/policy.ts';
import { type Claim, type IdentifierFinding, judge, type Verdict } from './verdict/verdict.ts';

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
  /** What the numbers say about a release. */
  readonly verdict: Verdict;
  /** Share of rows per bin, for pictures. */
  readonly profiles: readonly ColumnProfile[];
  /** Sampled rows on the two main directions of the real table, for a picture. */
  readonly projection: Projection;
  /** The guarantee the tables came with. */
  readonly claim?: Claim;
  /** What the model that made the table says of its own exactness, when its folder was given. */
  readonly errorBars?: ModelErrorBars;
  /** Files behind the evaluation, when it was made from files. */
  readonly origin?: Origin;
  /** Sentences a reader must know: what was not measured and why. */
  readonly notes: readonly string[];
  /** What a user must know about ledgers that paid for the releasable report. */
  readonly spent?: readonly string[];
}

/** Where an evaluation comes from. */
export interface Origin {
  readonly files: readonly { readonly role: string; readonly name: string; readonly sha256: string }[];
  readonly software: string;
  /** UTC day, `YYYY-MM-DD`. */
  readonly day: string;
  /** What the table is for and who is to receive it, in the words of the user. */
  readonly purpose?: string;
  readonly recipients?: string;
}

/** What a caller may watch or stop. */
export interface EvaluationHooks {
  readonly signal?: AbortSignal;
  /** Called before each family. */
  readonly onFamily?: (name: string, done: number, total: number) => void;
}

/** Choices of the user and hooks of the caller. */
export type EvaluationOptions = EvaluationChoices &
  EvaluationHooks & {
    /** Sections to measure; all by default. */
    readonly sections?: readonly Section[];
    readonly policy?: Policy;
    /** Answers to the user's queries on each table. */
    readonly workload?: readonly WorkloadAnswer[];
    /** From the certificate of the model that made the table. */
    readonly claim?: Claim;
    /** Refits the generator to attack it; hundreds of fits. */
    readonly deep?: DeepAttack;
    /** What a scan of the synthetic table found; absent when it was not scanned. */
    readonly identifiers?: readonly IdentifierFinding[];
  };

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
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const input = prepareEvaluation(schema, tables, { ...options, signal });
  const families = METRIC_FAMILIES.filter((family) => isWanted(family, options.sections));
  // When one family fails, threads of others have nothing left to work for.
  const metrics = await computeFamilies(families, input, options).finally(() => stop.abort());
  const { hasHoldout } = input;
  const { policy = DEFAULT_POLICY, claim, identifiers, sections } = options;
  const known = { ...(claim && { claim }), ...(identifiers && { identifiers }), ...(sections && { sections }) };
  return {
    format: 'tabveil-evaluation',
    version: 1,
    private: true,
    rows: input.aligned.rowCounts,
    settings: input.settings,
    columns: input.aligned.columns.map((column) => column.field.name),
    metrics,
    verdict: judge({ metrics, policy, hasHoldout, ...known }),
    profiles: profileColumns(input.binned),
    projection: projectTables(input.aligned, input.stream('projection')),
    ...(claim && { claim }),
    notes: notesOf(input),
  };
}

/** Numbers of all families, in their order; those in the background run beside the others. */
async function computeFamilies(
  families: readonly MetricFamily[],
  input: EvaluationInput,
  { signal, onFamily }: EvaluationHooks,
): Promise<readonly Metric[]> {
  const metrics: Metric[] = [];
  const started = new Map<MetricFamily, Promise<readonly Metric[]>>();
  for (const family of families.filter(({ isBackground }) => isBackground)) {
    const computing = Promise.resolve(family.compute(input));
    // A failure is reported in the family's turn below; until then nobody listens.
    computing.catch(() => undefined);
    started.set(family, computing);
  }
  for (const [index, family] of families.entries()) {
    signal?.throwIfAborted();
    onFamily?.(family.name, index, families.length);
    metrics.push(...(await (started.get(family) ?? family.compute(input))));
  }
  onFamily?.('done', families.length, families.length);
  return metrics;
}

function isWanted(family: MetricFamily, sections: readonly Section[] | undefined): boolean {
  return sections === undefined || family.definitions.some((definition) => sections.includes(definition.section));
}

function notesOf({ hasHoldout, settings, deep }: EvaluationInput): readonly string[] {
  const notes: string[] = [];
  if (!hasHoldout)
    notes.push(
      'There is no holdout table: baselines and attack verdicts are not given, because they would be guesses.',
    );
  if (settings.target === undefined)
    notes.push('No target was named: usefulness and fairness of decisions were not measured.');
  if (settings.protectedColumns.length === 0)
    notes.push('No protected column was named: groups of people were not compared.');
  if (!deep) notes.push('No model was refitted: the shadow-model attack was not tried.');
  return notes;
}
