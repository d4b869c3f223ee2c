import { TabveilError } from '../errors.ts';
import { measureAnonymity } from '../evaluation/scan/k-anonymity.ts';
import { type ColumnTexts, scanColumn } from '../evaluation/scan/scan-columns.ts';
import { scanDigests } from '../evaluation/scan/scan-digests.ts';
import { createStream } from '../random/stream.ts';
import { renderScanPage, type ScanPage } from '../report/scan-page.ts';
import { writeReport } from '../report/write-report.ts';
import { readEvaluationSchema } from './evaluation-schema.ts';
import { requireSeparate } from './file-roles.ts';
import { type ScanSchema, type ScanTable, withScanTable } from './scan-source.ts';
import { scanTrips, type TripChoice, type TripScan, tripFinding } from './scan-trips.ts';
import type { TaskContext } from './task-context.ts';

/** What to scan and where to write. */
export interface ScanOptions {
  /** CSV, Parquet or JSON. */
  readonly tablePath: string;
  /** Says which columns are identifiers and quasi-identifiers. */
  readonly schemaPath?: string;
  /** Quasi-identifiers; those of the schema, or columns with telling names, by default. */
  readonly keys?: readonly string[];
  /** Columns of the trip-log drill: pseudonyms, and times and places that outsiders may see; found by form by default. */
  readonly trips?: TripChoice;
  readonly htmlPath?: string;
  readonly jsonPath?: string;
}

/** What a scan found. **Privacy**: private; no cell is quoted. */
export interface ScanResult extends ScanPage {
  readonly format: 'tabveil-scan';
  readonly version: 1;
  readonly private: true;
  /** The drill on a log of trips; absent when the table does not look like one. */
  readonly trips?: TripScan;
}

/** Names of columns that outsiders often know. */
const TELLING =
  /\b(?:age|birth|dob|born|sex|gender|race|ethnic|zip|postal|postcode|city|town|county|region|district|state|country|nationality|marital|education|occupation|profession)/i;
/** Quasi-identifiers taken by name at most. */
const MAX_KEYS = 6;
/** Random triples of columns for the drill on known attributes. */
const TRIPLES = 20;

/**
 * Looks for what should not be in a table before a model is trained: direct identifiers, free text, near-unique columns,
 * digests that enumeration reverses, people who stand out by their quasi-identifiers or by three known attributes.
 *
 * **Privacy**: the result is private: it is computed from rows without protection. No cell is quoted.
 * @throws TabveilError (input) when a file is missing or broken, (usage) when a key is no column or an output is
 * an input.
 */
export async function scan(options: ScanOptions, context: TaskContext = {}): Promise<ScanResult> {
  await requireSeparate(
    [
      { role: 'the table', path: options.tablePath },
      ...(options.schemaPath === undefined ? [] : [{ role: 'the schema', path: options.schemaPath }]),
    ],
    [options.htmlPath, options.jsonPath].filter((path) => path !== undefined),
  );
  const schema = options.schemaPath === undefined ? undefined : await readEvaluationSchema(options.schemaPath);
  const { signal } = context;
  const result = await withScanTable(options.tablePath, { ...(schema && { schema }), signal }, (table) =>
    scanTable(table, { ...options, schema }, context),
  );
  if (options.htmlPath !== undefined) await writeReport(options.htmlPath, renderScanPage(result));
  if (options.jsonPath !== undefined) await writeReport(options.jsonPath, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

type Scanned = ScanOptions & { readonly schema: ScanSchema | undefined };

async function scanTable(table: ScanTable, options: Scanned, context: TaskContext): Promise<ScanResult> {
  if (table.rows === 0)
    throw new TabveilError(
      'input',
      'scan.no-rows',
      `${options.tablePath}: the table has no rows; it must hold at least one.`,
    );
  const columns: ColumnTexts[] = [];
  for (const [index, name] of table.names.entries()) {
    context.signal?.throwIfAborted();
    context.onProgress?.({ phase: 'columns', done: index, total: table.names.length });
    columns.push(await table.readColumn(name));
  }
  const digests = await scanDigests(columns, {
    ...(context.signal && { signal: context.signal }),
    onProgress: (done, total) => context.onProgress?.({ phase: 'reverse digests', done, total }),
  });
  const keys = chooseKeys(table, options);
  const anonymity = keys.length > 0 ? { keys, ...measureAnonymity(await table.classSizes(keys)) } : undefined;
  const trips = await scanTrips(table, { columns, digests }, options.trips ?? {});
  const knownAttributes = await drillAttributes(table, columns);
  return {
    format: 'tabveil-scan',
    version: 1,
    private: true,
    rows: table.rows,
    columns: table.names,
    findings: [...digests, ...(trips ? tripFinding(trips) : []), ...columns.flatMap(scanColumn)].sort(
      (a, b) => SEVERITY[a.severity] - SEVERITY[b.severity],
    ),
    ...(anonymity && { anonymity }),
    ...(knownAttributes && { knownAttributes }),
    ...(trips && { trips }),
    notes:
      keys.length > 0
        ? []
        : [
            'No quasi-identifier is known: name them with --keys, or give them the role quasi-identifier in the schema.',
          ],
  };
}

const SEVERITY = { high: 0, medium: 1, low: 2 } as const;

function chooseKeys(table: ScanTable, { keys, schema }: Scanned): readonly string[] {
  if (keys !== undefined) {
    const absent = keys.find((name) => !table.names.includes(name));
    if (absent === undefined) return keys;
    throw new TabveilError(
      'usage',
      'scan.unknown-column',
      `column "${absent}" is not in the table; columns are ${table.names.join(', ')}.`,
    );
  }
  const declared = (schema?.fields ?? [])
    .filter((field) => field.roles.includes('quasi-identifier'))
    .map((field) => field.name);
  const known = declared.filter((name) => table.names.includes(name));
  return known.length > 0
    ? known
    : table.names.filter((name) => TELLING.test(name.replace(/[_-]/g, ' '))).slice(0, MAX_KEYS);
}

/** Three random attributes of a person, as somebody may know who saw a taxi stop: how often do they fit one row only? */
async function drillAttributes(
  table: ScanTable,
  columns: readonly ColumnTexts[],
): Promise<ScanResult['knownAttributes']> {
  // A column that is unique by itself would make every triple unique.
  const usable = columns
    .filter((column) => column.distinct > 1 && column.distinct < 0.5 * column.present)
    .map((column) => column.name);
  if (usable.length < 3) return undefined;
  const stream = createStream(0, 'known-attributes');
  const triples = new Map<string, readonly string[]>();
  for (let attempt = 0; attempt < 4 * TRIPLES && triples.size < TRIPLES; attempt += 1) {
    const chosen = new Set<string>();
    while (chosen.size < 3) chosen.add(usable[stream.below(usable.length)] as string);
    const names = [...chosen].sort();
    triples.set(names.join('|'), names);
  }
  const shares: { readonly columns: readonly string[]; readonly uniqueShare: number }[] = [];
  for (const names of triples.values()) {
    const sizes = await table.classSizes(names);
    shares.push({ columns: names, uniqueShare: (sizes.get(1) ?? 0) / table.rows });
  }
  const worst = shares.reduce((a, b) => (b.uniqueShare > a.uniqueShare ? b : a));
  return {
    triples: shares.length,
    meanUniqueShare: shares.reduce((t, s) => t + s.uniqueShare, 0) / shares.length,
    worst,
  };
}
