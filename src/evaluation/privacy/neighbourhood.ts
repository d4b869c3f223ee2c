import type { Stream } from '../../random/stream.ts';
import type { AlignedTables, TableRole } from '../aligned-tables.ts';
import type { EvaluationSettings } from '../families.ts';
import { sampleRows, shuffledRows } from '../sampling.ts';
import { type GowerScale, gowerScale, packRows, scaleNames } from './gower.ts';
import type { RowsOf } from './inference.ts';
import type { Closest, Nearest } from './nearest.ts';
import { searchAll } from './nearest-pool.ts';

/** What one group of people (training rows or holdout rows) is to the synthetic table. */
export interface SideNeighbours {
  readonly people: RowsOf;
  /** Nearest synthetic row by all columns. */
  readonly all: Nearest;
  /** By the two sets of the linkability attack. */
  readonly links: readonly [Nearest, Nearest];
  /** By all columns but the secret. */
  readonly withoutSecret: ReadonlyMap<string, Nearest>;
  /** Distance to the nearest reference person: a half of the holdout that the row itself is not in. */
  readonly reference: Float64Array;
  /** Distances from every synthetic row to its closest people on this side. */
  readonly fromSynthetic: Closest;
}

/** All distances the privacy metrics share: as many training rows as holdout rows, and the synthetic rows. */
export interface Neighbourhood {
  readonly scale: GowerScale;
  /** Number of columns compared by `all`; Gower's mean distance is the sum divided by it. */
  readonly width: number;
  readonly synthetic: RowsOf;
  readonly members: SideNeighbours;
  readonly others: SideNeighbours;
  readonly linkSets: readonly [readonly string[], readonly string[]];
  /** True when a table was larger than the cap and a random sample stands for it. */
  readonly isSampled: boolean;
}

/**
 * Searches all neighbours once. Training and holdout rows are cut to one size, because more people on one side make its
 * nearest one nearer.
 * @returns undefined without a holdout of at least four rows.
 */
export async function findNeighbourhood(
  tables: AlignedTables,
  settings: EvaluationSettings,
  { stream, signal }: { readonly stream: Stream; readonly signal: AbortSignal | undefined },
): Promise<Neighbourhood | undefined> {
  const count = (role: TableRole) => tables.rowCounts[role] ?? 0;
  const size = Math.min(count('real'), count('holdout'), settings.maxAttackRows);
  if (size < 4) return undefined;
  const pick = (role: TableRole, rows: number): RowsOf => ({
    role,
    rows: sampleRows(count(role), rows, stream.split(role)),
  });
  const scale = gowerScale(tables);
  const linkSets = linkabilitySets(scale, tables);
  const synthetic = pick('synthetic', settings.maxAttackRows);
  const search: Searcher = { tables, scale, synthetic, linkSets, secrets: settings.secrets, signal };
  const [people, strangers] = [pick('real', size), pick('holdout', size)];
  const halves = splitHalves(size, stream.split('reference'));
  const members = await searchSide(search, people, { strangers, halves, isMember: true });
  const others = await searchSide(search, strangers, { strangers, halves, isMember: false });
  const isSampled = Math.max(count('real'), count('synthetic'), count('holdout')) > settings.maxAttackRows;
  return { scale, width: scaleNames(scale).length, synthetic, members, others, linkSets, isSampled };
}

/** Quasi-identifiers against the other columns where the schema names any; otherwise every second column. */
function linkabilitySets(scale: GowerScale, tables: AlignedTables): readonly [readonly string[], readonly string[]] {
  const fields = tables.columns.map((column) => column.field);
  const known = fields.filter((field) => field.roles.includes('quasi-identifier'));
  const isFirst =
    known.length > 0 && known.length < fields.length
      ? (name: string) => known.some((field) => field.name === name)
      : (name: string) => fields.findIndex((field) => field.name === name) % 2 === 0;
  const names = scaleNames(scale);
  return [names.filter(isFirst), names.filter((name) => !isFirst(name))];
}

interface Searcher {
  readonly tables: AlignedTables;
  readonly scale: GowerScale;
  readonly synthetic: RowsOf;
  readonly linkSets: readonly [readonly string[], readonly string[]];
  readonly secrets: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Which half of the holdout each position belongs to. */
function splitHalves(size: number, stream: Stream): Uint8Array {
  const halves = new Uint8Array(size);
  shuffledRows(size, stream).forEach((position, at) => {
    halves[position] = at % 2;
  });
  return halves;
}

interface Reference {
  readonly strangers: RowsOf;
  readonly halves: Uint8Array;
  readonly isMember: boolean;
}

async function searchSide(search: Searcher, people: RowsOf, reference: Reference): Promise<SideNeighbours> {
  const { tables, scale, synthetic, linkSets, secrets, signal } = search;
  const names = scaleNames(scale);
  const sets = [names, ...linkSets, ...secrets.map((secret) => names.filter((name) => name !== secret))];
  const views = sets.map((set) => ({
    targets: packRows(tables, scale, { ...people, names: set }),
    candidates: packRows(tables, scale, { ...synthetic, names: set }),
  }));
  const { views: found, reverse } = await searchAll({ views }, signal);
  const [all, first, second, ...rest] = found as [Nearest, Nearest, Nearest, ...Nearest[]];
  return {
    people,
    all,
    links: [first, second],
    withoutSecret: new Map(secrets.map((secret, index) => [secret, rest[index] as Nearest])),
    reference: await searchReference(search, people, reference),
    fromSynthetic: reverse,
  };
}

/** Distances to the half of the holdout that a row is not in; training rows take the halves in turn. */
async function searchReference(search: Searcher, people: RowsOf, reference: Reference): Promise<Float64Array> {
  const { tables, scale, signal } = search;
  const out = new Float64Array(people.rows.length);
  for (const half of [0, 1]) {
    const candidates = reference.strangers.rows.filter((_, position) => reference.halves[position] === half);
    const positions = [...people.rows.keys()].filter(
      (position) => (reference.halves[position] === half) === reference.isMember,
    );
    const rows = Int32Array.from(positions, (position) => people.rows[position] as number);
    const names = scaleNames(scale);
    const view = {
      targets: packRows(tables, scale, { role: people.role, rows, names }),
      candidates: packRows(tables, scale, { role: reference.strangers.role, rows: candidates, names }),
    };
    const { views } = await searchAll({ views: [view] }, signal);
    positions.forEach((position, at) => {
      out[position] = views[0]?.distance[at] as number;
    });
  }
  return out;
}
