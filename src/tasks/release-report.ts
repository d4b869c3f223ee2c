import { TabveilError } from '../errors.ts';
import { alignTables } from '../evaluation/aligned-tables.ts';
import { binTables } from '../evaluation/bins.ts';
import { declaredMetrics } from '../evaluation/declared/declared-metrics.ts';
import type { ModelErrorBars } from '../evaluation/error-bars.ts';
import { rankCorrelations } from '../evaluation/fidelity/rank-correlations.ts';
import { withPublicFields } from '../evaluation/paid/paid-shape.ts';
import { type ColumnProfile, profileColumns } from '../evaluation/profile.ts';
import type { Claim } from '../evaluation/verdict/verdict.ts';
import { hashFile } from '../privacy/certified-folder.ts';
import { writePdf } from '../report/pdf.ts';
import { type ReleasableReport, renderReleasableJson, renderReleasableReport } from '../report/releasable-report.ts';
import { writeReport } from '../report/write-report.ts';
import type { Table } from '../table/columns.ts';
import { readTable } from '../table/read-table.ts';
import type { TableSchema } from '../table/schema.ts';
import { readSchema } from '../table/schema-file.ts';
import { readVersion } from '../version.ts';
import type { TablePaths } from './evaluation-files.ts';
import { buyNumbers, type PaidNumbers } from './paid-evaluation.ts';
import type { TaskContext } from './task-context.ts';

/** A report that may leave, and what to pay for its numbers. */
export interface ReleaseOptions {
  readonly htmlPath?: string;
  /** Printed by the system's Chromium. */
  readonly pdfPath?: string;
  readonly jsonPath?: string;
  /** Paid by the training table and by the holdout each; without it the report holds no quality number. */
  readonly epsilon?: number;
  /** Which answers of the target count as positive; see `TargetChoice`. */
  readonly positive?: string;
  /** 1e-9 by default; the mechanisms themselves need none. */
  readonly delta?: number;
  /** Ledger of the training table; beside it by default. */
  readonly ledger?: string;
  /** Ledger of the holdout; beside it by default. */
  readonly holdoutLedger?: string;
}

/** What is known of the model, and how to stop. */
export interface ReleaseKnown {
  readonly claim: Claim | undefined;
  readonly errorBars: ModelErrorBars | undefined;
  readonly context: TaskContext;
}

/** What the report is about. */
export interface ReleaseSubject extends TablePaths {
  readonly schemaPath: string;
  readonly target?: string;
  readonly protectedColumns?: readonly string[];
}

const DEFAULT_DELTA = 1e-9;

/**
 * Writes the releasable report: guarantee, distributions of the synthetic table on public bins, and bought numbers.
 *
 * **Privacy**: the schema must be confirmed, because its facts are shown and decide what is counted; each table pays from its
 * ledger before any of its statistics is computed. Callers have seen that the synthetic table is none of the private ones.
 * @throws TabveilError (input) for unreadable files or an unconfirmed schema, (budget) when a ledger refuses.
 */
export async function writeReleasableReport(
  subject: ReleaseSubject,
  options: ReleaseOptions,
  { claim, errorBars, context }: ReleaseKnown,
): Promise<{ readonly report: ReleasableReport; readonly notes: readonly string[] }> {
  const schema = await readSchema(subject.schemaPath);
  const choices = choicesOf(subject, schema);
  const known = withPublicFields(schema);
  const synthetic = await readTable(subject.syntheticPath, schema, { signal: context.signal });
  if (synthetic.rowCount === 0)
    throw new TabveilError('input', 'report.no-rows', `${subject.syntheticPath}: the synthetic table has no rows.`);
  context.onProgress?.({ phase: 'buy numbers', done: 0, total: 1 });
  const bought = await buy(subject, options, { schema, synthetic, choices, context });
  const report: ReleasableReport = {
    format: 'tabveil-releasable-report',
    version: 1,
    ...(claim && { claim }),
    payments: bought?.payments ?? [],
    ...(bought?.question !== undefined && { question: bought.question }),
    omitted: bought?.omitted ?? [],
    metrics: [
      ...(bought?.metrics ?? []),
      ...declaredMetrics(schema, alignTables(schema, { real: synthetic, synthetic }), choices),
    ],
    synthetic: {
      rows: synthetic.rowCount,
      sha256: await hashFile(subject.syntheticPath),
      profiles: profileSynthetic(known, synthetic),
      ...correlationsOf(known, synthetic),
    },
    ...(errorBars && { errorBars }),
    columns: known.fields.map((field) => field.name),
    software: readVersion(),
    day: new Date().toISOString().slice(0, 10),
  };
  if (options.htmlPath !== undefined || options.pdfPath !== undefined) {
    const page = await renderReleasableReport(report);
    if (options.htmlPath !== undefined) await writeReport(options.htmlPath, page);
    if (options.pdfPath !== undefined) await writePdf(options.pdfPath, page, context.signal);
  }
  if (options.jsonPath !== undefined) await writeReport(options.jsonPath, renderReleasableJson(report));
  return { report, notes: [...(bought?.notes ?? []), ...(bought?.omitted ?? [])] };
}

/** Aligned as its own comparison: no other table is involved. */
function correlationsOf(schema: TableSchema, synthetic: Table): Pick<ReleasableReport['synthetic'], 'correlations'> {
  const correlations = rankCorrelations(alignTables(schema, { real: synthetic, synthetic }), 'synthetic');
  return correlations === undefined ? {} : { correlations };
}

interface Choices {
  readonly protectedColumns: readonly string[];
  readonly target?: string;
}

function choicesOf(subject: ReleaseSubject, schema: TableSchema): Choices {
  const withRole = (role: 'target' | 'protected') =>
    schema.fields.filter((field) => field.roles.includes(role)).map((field) => field.name);
  const target = subject.target ?? withRole('target')[0];
  return {
    // Each column once: whoever names it twice should not pay twice.
    protectedColumns: [...new Set(subject.protectedColumns ?? withRole('protected'))],
    ...(target !== undefined && { target }),
  };
}

interface Purchase {
  readonly schema: TableSchema;
  readonly synthetic: Table;
  readonly choices: Choices;
  readonly context: TaskContext;
}

async function buy(
  subject: ReleaseSubject,
  options: ReleaseOptions,
  purchase: Purchase,
): Promise<PaidNumbers | undefined> {
  if (options.epsilon === undefined) return undefined;
  const { schema, synthetic, choices, context } = purchase;
  const read = (path: string) => readTable(path, schema, { signal: context.signal });
  const { holdoutPath } = subject;
  return buyNumbers({
    schema,
    synthetic,
    ...choices,
    epsilon: options.epsilon,
    delta: options.delta ?? DEFAULT_DELTA,
    ...(options.positive !== undefined && { positive: options.positive }),
    training: {
      path: subject.realPath,
      table: await read(subject.realPath),
      ...(options.ledger !== undefined && { ledger: options.ledger }),
    },
    ...(holdoutPath !== undefined && {
      holdout: {
        path: holdoutPath,
        table: await read(holdoutPath),
        ...(options.holdoutLedger !== undefined && { ledger: options.holdoutLedger }),
      },
    }),
  });
}

/** Distributions of the synthetic table alone, on bins of the public schema. */
function profileSynthetic(schema: TableSchema, synthetic: Table): readonly ColumnProfile[] {
  const profiles = profileColumns(binTables(alignTables(schema, { real: synthetic, synthetic })));
  return profiles.map(({ column, labels, shares }) => ({
    column,
    labels,
    shares: { synthetic: shares.synthetic ?? [] },
  }));
}
