import { TabveilError } from '../errors.ts';
import type { ColumnTexts, Finding } from '../evaluation/scan/scan-columns.ts';
import { drillTrips, type TripDrill } from '../evaluation/scan/trip-log.ts';
import { createStream } from '../random/stream.ts';
import type { ScanTable } from './scan-source.ts';

/** What the trip-log drill found. **Privacy**: private. */
export interface TripScan extends TripDrill {
  /** Column of pseudonyms that tie a person's rows together. */
  readonly entity: string;
  /** Columns of time and place that outsiders may see, times cut to the hour and coordinates to 0.01 degrees. */
  readonly points: readonly string[];
  /** Share of the pseudonyms that enumeration turned back into plain values; absent when they are no digests. */
  readonly reversedShare?: number;
}

/** Which columns the drill uses; found by form and name by default. */
export interface TripChoice {
  readonly entity?: string;
  readonly points?: readonly string[];
}

/** Names of columns that tie the rows of a person or a vehicle together. */
const ENTITY =
  /(?:^|[\s_-])(?:medallion|licen[cs]e|hack|driver|rider|passenger|cab|taxi|vehicle|plate|card|user|customer|patient|member|device|account|person|subscriber)(?:$|[\s_-])/i;
const PLACE =
  /(?:^|[\s_-])(?:lat|latitude|lon|lng|long|longitude|place|zone|stop|station|location|geo|cell|tower|pickup|origin|start|venue|shop|merchant|site)(?:$|[\s_-])/i;
const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?$|^\d{1,2}[./]\d{1,2}[./]\d{4}(?: \d{1,2}:\d{2}.*)?$/;
/** Values looked at to tell a column of times. */
const LOOKED_AT = 200;
/** Rows per pseudonym, on average, from which a table is a log. */
const LEAST_ROWS_PER_ENTITY = 2;
const LEAST_ENTITIES = 10;
/** Place columns of a point: latitude and longitude. */
const MOST_PLACES = 2;

/**
 * Runs the trip-log drill where a table has pseudonyms that repeat and times, or where the columns are named.
 * @throws TabveilError (usage) when a named column is not there.
 */
export async function scanTrips(
  table: ScanTable,
  found: { readonly columns: readonly ColumnTexts[]; readonly digests: readonly Finding[] },
  choice: TripChoice,
): Promise<TripScan | undefined> {
  for (const name of [choice.entity ?? [], choice.points ?? []].flat()) requireColumn(table, name);
  const entity = choice.entity ?? findEntity(found);
  if (entity === undefined) return undefined;
  const points = choice.points ?? findPoints(found.columns.filter(({ name }) => name !== entity));
  if (points.length === 0) return undefined;
  const drill = drillTrips(await table.readTrips(entity, points), createStream(0, 'trip-log'));
  if (!drill) return undefined;
  const digest = found.digests.find(({ column }) => column === entity);
  return { ...drill, entity, points, ...(digest && { reversedShare: reversedShare(digest) }) };
}

function reversedShare({ kind, matches, of }: Finding): number {
  return kind === 'reversible-pseudonym' ? matches / of : 0;
}

function requireColumn(table: ScanTable, name: string): void {
  if (table.names.includes(name)) return;
  throw new TabveilError(
    'usage',
    'scan.unknown-column',
    `column "${name}" is not in the table; columns are ${table.names.join(', ')}.`,
  );
}

/** Digests first, then declared identifiers, then telling names; only columns whose values repeat. */
function findEntity({ columns, digests }: Parameters<typeof scanTrips>[1]): string | undefined {
  const repeated = columns.filter(
    ({ present, distinct }) => distinct >= LEAST_ENTITIES && present >= LEAST_ROWS_PER_ENTITY * distinct,
  );
  const first =
    repeated.find(({ name }) => digests.some(({ column }) => column === name)) ??
    repeated.find(({ roles }) => roles.includes('identifier')) ??
    repeated.find(({ name }) => ENTITY.test(name));
  return first?.name;
}

/** The first column of times with up to two of places; none without times. */
function findPoints(columns: readonly ColumnTexts[]): readonly string[] {
  const time = columns.find(({ values }) => {
    const some = values.slice(0, LOOKED_AT);
    return some.length > 1 && some.every((value) => TIME.test(value));
  });
  if (!time) return [];
  const places = columns.filter(({ name, distinct }) => name !== time.name && distinct > 1 && PLACE.test(name));
  return [time.name, ...places.slice(0, MOST_PLACES).map(({ name }) => name)];
}

/** The drill as a finding for the list, when knowing four points finds most people. */
export function tripFinding(trips: TripScan): readonly Finding[] {
  const most = trips.knowledge.at(-1);
  if (!most || most.interval[0] <= 0.5) return [];
  const named =
    trips.reversedShare === undefined
      ? ''
      : ` ${percent(trips.reversedShare)} of the pseudonyms can be turned back into plain values.`;
  return [
    {
      column: trips.entity,
      kind: 'trip-log',
      severity: 'high',
      matches: most.found,
      of: most.tried,
      finding: `A log that gives people away: ${most.points} known points (${trips.points.join(', ')}) fit nobody else for ${percent(most.share)} of them, and ${Math.round(trips.exposedRows)} more rows each follow.${named}`,
      advice:
        'Fresh pseudonyms per row, or none; coarser times and places; or declare the pseudonym as the unit of privacy, so that all rows of a person are protected together.',
    },
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share === 1 ? 0 : 1)} %`;
}
