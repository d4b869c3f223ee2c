import type { Stream } from '../../random/stream.ts';
import { type Interval, wilsonInterval } from '../intervals.ts';
import { sampleRows, shuffledRows } from '../sampling.ts';

/** Rows of a log: who (0 … entities-1) and which point in time and place (0 … points-1), coarsened. */
export interface TripRows {
  readonly entities: Int32Array;
  readonly points: Int32Array;
}

/** How many people are found by so many known points. */
export interface TripKnowledge {
  readonly points: number;
  /** People tried: those with at least so many different points. */
  readonly tried: number;
  /** People whose points are those of nobody else. */
  readonly found: number;
  readonly share: number;
  readonly interval: Interval;
}

/** What becomes of people in a log when somebody has seen a few of their trips. */
export interface TripDrill {
  readonly entities: number;
  readonly distinctPoints: number;
  readonly knowledge: readonly TripKnowledge[];
  /** Rows that somebody found by four points gives away besides the known ones, on average; by fewer points where nobody has four. */
  readonly exposedRows: number;
}

/** Known points that are tried; four is the number of the study. */
const KNOWN_POINTS = [1, 2, 4] as const;
/** People tried for each. */
const MAX_PEOPLE = 500;

/**
 * The trip-log drill: for random people, somebody has seen a few of their trips (a photograph, a credit-card slip, a post) and
 * looks for whom in the log they fit. Who is found gives away all other rows under the same pseudonym.
 *
 * **Privacy**: a function of private rows. **Cost**: one pass over the rows and intersections of short lists.
 * @source de Montjoye, Hidalgo, Verleysen, Blondel, "Unique in the crowd", Scientific Reports 3 (2013) 1376 (unicity); the
 * New York taxi logs of 2013, where photographs of celebrities entering cabs gave away their trips.
 * @returns undefined when nobody has a point.
 */
export function drillTrips({ entities, points }: TripRows, stream: Stream): TripDrill | undefined {
  const visits = distinctVisits({ entities, points });
  const people = [...visits.byEntity.keys()].filter((person) => visits.byEntity[person] !== undefined);
  const knowledge = KNOWN_POINTS.flatMap((known): TripKnowledge[] => {
    const able = people.filter((person) => (visits.byEntity[person]?.length ?? 0) >= known);
    if (able.length === 0) return [];
    const own = stream.split('known', known);
    const tried = [...sampleRows(able.length, MAX_PEOPLE, own)].map((at) => able[at] as number);
    const found = tried.filter((person) => isAlone(visits, person, { known, stream: own })).length;
    const interval = wilsonInterval(found, tried.length) as Interval;
    return [{ points: known, tried: tried.length, found, share: found / tried.length, interval }];
  });
  const most = knowledge.at(-1);
  if (!most) return undefined;
  return {
    entities: people.length,
    distinctPoints: visits.byPoint.length,
    knowledge,
    exposedRows: Math.max(0, entities.length / people.length - most.points),
  };
}

/** Who was where, each pair once. */
interface Visits {
  readonly byEntity: readonly (readonly number[])[];
  readonly byPoint: readonly ReadonlySet<number>[];
}

function distinctVisits({ entities, points }: TripRows): Visits {
  const byPoint: Set<number>[] = [];
  const byEntity: number[][] = [];
  for (let row = 0; row < entities.length; row += 1) {
    const [entity, point] = [entities[row] as number, points[row] as number];
    byEntity[entity] ??= [];
    byPoint[point] ??= new Set();
    if (byPoint[point].has(entity)) continue;
    byPoint[point].add(entity);
    byEntity[entity].push(point);
  }
  return { byEntity, byPoint };
}

/** True when nobody else was at all of some random points of the person. */
function isAlone(
  { byEntity, byPoint }: Visits,
  person: number,
  { known, stream }: { readonly known: number; readonly stream: Stream },
): boolean {
  const own = byEntity[person] ?? [];
  const seen = [...shuffledRows(own.length, stream).subarray(0, known)].map(
    (at) => byPoint[own[at] as number] ?? new Set<number>(),
  );
  const [rarest = new Set<number>(), ...rest] = seen.toSorted((a, b) => a.size - b.size);
  for (const other of rarest) if (other !== person && rest.every((visitors) => visitors.has(other))) return false;
  return true;
}
