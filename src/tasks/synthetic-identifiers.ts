import type { Finding } from '../evaluation/scan/scan-columns.ts';
import { type ColumnTexts, scanColumn } from '../evaluation/scan/scan-columns.ts';
import { scanDigests } from '../evaluation/scan/scan-digests.ts';
import type { IdentifierFinding } from '../evaluation/verdict/verdict.ts';
import type { TableSchema } from '../table/schema.ts';
import { tableFormat } from '../table/table-source.ts';
import { type ScanTable, withScanTable } from './scan-source.ts';
import type { TaskContext } from './task-context.ts';

/** Tables and how to read them. */
export interface IdentifierSubject {
  readonly syntheticPath: string;
  readonly realPath: string;
  readonly schema: TableSchema;
}

/**
 * Direct identifiers and reversible pseudonyms that stand in a synthetic table; each says how many of its values also stand
 * in the real one. Random version 4 UUIDs are what a generator writes into identifier columns, and not counted.
 *
 * **Privacy**: quotes no cell, but the count against the real table is a function of private rows.
 * @returns undefined for a format that scans do not read.
 */
export async function findSyntheticIdentifiers(
  { syntheticPath, realPath, schema }: IdentifierSubject,
  context: TaskContext,
): Promise<readonly IdentifierFinding[] | undefined> {
  const { signal } = context;
  if ((await tableFormat(syntheticPath)) === 'Arrow') return undefined;
  const found = await withScanTable(syntheticPath, { schema, signal }, async (table) => {
    const columns = await readAll(table, context);
    const digests = await scanDigests(columns, {
      ...(signal && { signal }),
      onProgress: (done, total) => context.onProgress?.({ phase: 'reverse digests', done, total }),
    });
    return [...digests, ...columns.flatMap(scanColumn)]
      .filter((finding) => isIdentifier(finding, schema))
      .map((finding) => ({ finding, values: columns.find(({ name }) => name === finding.column)?.values ?? [] }));
  });
  if (found.length === 0) return [];
  if ((await tableFormat(realPath)) === 'Arrow') return found.map(({ finding }) => finding);
  return withScanTable(realPath, { schema, signal }, async (real) =>
    Promise.all(found.map(({ finding, values }) => withRealPeople(finding, values, real))),
  );
}

async function readAll(table: ScanTable, { signal, onProgress }: TaskContext): Promise<readonly ColumnTexts[]> {
  const columns: ColumnTexts[] = [];
  for (const [index, name] of table.names.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ phase: 'look for identifiers', done: index, total: table.names.length });
    columns.push(await table.readColumn(name));
  }
  return columns;
}

function isIdentifier({ kind, column, identifier, severity }: Finding, schema: TableSchema): boolean {
  if (kind === 'direct-identifier') return identifier !== 'UUID';
  if (kind === 'reversible-pseudonym') return true;
  if (kind !== 'name' || severity !== 'high') return false;
  // A list of names that is public by declaration, such as names of products, is nobody's.
  const domain = schema.fields.find((field) => field.name === column)?.domain;
  return !(domain?.kind === 'categorical' && domain.categories.status === 'public');
}

async function withRealPeople(
  finding: Finding,
  values: readonly string[],
  real: ScanTable,
): Promise<IdentifierFinding> {
  const { column } = finding;
  if (!real.names.includes(column)) return { column, finding: finding.finding };
  const known = new Set((await real.readColumn(column)).values);
  const shared = values.filter((value) => known.has(value)).length;
  return { column, finding: `${finding.finding} ${shared} of its values also stand in the real table.` };
}
