import type { Stream } from '../../random/stream.ts';
import { type AlignedColumn, codesOf, type TableRole, valuesOf } from '../aligned-tables.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import { wilsonInterval } from '../intervals.ts';
import { type Metric, privateMetric } from '../metric.ts';
import type { RowsOf } from './inference.ts';
import { ECCENTRICITY_THRESHOLD, linkageScores, rarityWeight, standOut } from './linkage.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** People tried on each side. */
const MAX_TARGETS = 500;
/** Attributes the attacker knows of each person. */
const KNOWN_ATTRIBUTES = 4;
/** Chance that a known attribute is wrong: it is then taken from another person. */
const WRONG_ATTRIBUTE = 0.1;
/** Known numbers match within this share of the range. */
const KNOWN_TOLERANCE = 0.025;
/** The rest of a record agrees when numbers are within this share of the range and categories equal. */
const REST_TOLERANCE = 0.01;

/** The linkage drill: sparse, partly wrong knowledge against the synthetic table, as in the Netflix-IMDb study. */
export const linkageFamily: MetricFamily = {
  name: 'linkage drill',
  definitions: [
    {
      id: 'linkage-claims',
      title: 'Linkage claims that turn out right',
      section: 'privacy',
      better: 'near-baseline',
      definition:
        'Share of training rows that an attacker who knows four attributes, one in ten wrong, claims to have found (eccentricity at least 1.5) and whose remaining attributes agree with the claimed synthetic row; baseline: the same for holdout rows.',
      criticism:
        'Informational: a claim on a synthetic row is no person; only claims that are right more often than on holdout say something.',
    },
  ],
  compute: async (input) => {
    const found = await input.neighbours();
    return found ? [linkageMetric(input, found)] : [];
  },
};

/** What became of the attempts on one side. */
interface DrillCounts {
  readonly targets: number;
  readonly claims: number;
  readonly right: number;
}

function linkageMetric(input: EvaluationInput, found: Neighbourhood): Metric {
  const members = runDrill(input, found, { people: found.members.people, stream: input.stream('linkage-members') });
  const others = runDrill(input, found, { people: found.others.people, stream: input.stream('linkage-others') });
  return privateMetric({
    id: 'linkage-claims',
    scope: null,
    value: members.right / members.targets,
    baseline: others.right / others.targets,
    interval: wilsonInterval(members.right, members.targets),
    better: 'near-baseline',
    details: {
      targets: members.targets,
      claims: members.claims,
      rightClaims: members.right,
      holdoutClaims: others.claims,
      rightHoldoutClaims: others.right,
    },
  });
}

interface Drill {
  readonly people: RowsOf;
  readonly stream: Stream;
}

function runDrill(input: EvaluationInput, found: Neighbourhood, { people, stream }: Drill): DrillCounts {
  const columns = input.aligned.columns;
  const comparers = columns.map((column) => openComparer(column, found, people.role));
  const targets = Math.min(MAX_TARGETS, people.rows.length);
  let [claims, right] = [0, 0];
  for (let attempt = 0; attempt < targets; attempt += 1) {
    const row = people.rows[stream.below(people.rows.length)] as number;
    const known = chooseKnown(columns.length, stream);
    const similarities = known.map((column) => {
      const isWrong = stream.nextFloat() < WRONG_ATTRIBUTE;
      const source = isWrong ? (people.rows[stream.below(people.rows.length)] as number) : row;
      return (comparers[column] as Comparer).similarities(source);
    });
    const weights = similarities.map((similarity) => rarityWeight(similarity.reduce((n, s) => n + s, 0)));
    const { best, eccentricity } = standOut(linkageScores(similarities, weights));
    if (eccentricity < ECCENTRICITY_THRESHOLD) continue;
    claims += 1;
    const rest = comparers.filter((_, column) => !known.includes(column));
    right += Number(rest.every((comparer) => comparer.agrees(row, best)));
  }
  return { targets, claims, right };
}

function chooseKnown(columns: number, stream: Stream): readonly number[] {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(KNOWN_ATTRIBUTES, columns - 1)) chosen.add(stream.below(columns));
  return [...chosen];
}

/** Compares one column of a person with the synthetic rows. */
interface Comparer {
  /** 1 for every synthetic row whose value matches the person's. */
  readonly similarities: (row: number) => Float64Array;
  /** Whether one synthetic row (by position) agrees with the person. */
  readonly agrees: (row: number, position: number) => boolean;
}

function openComparer(column: AlignedColumn, found: Neighbourhood, role: TableRole): Comparer {
  const candidates = found.synthetic.rows;
  if (column.kind === 'category') {
    const own = codesOf(column, role);
    const other = Int32Array.from(candidates, (row) => codesOf(column, 'synthetic')[row] as number);
    return {
      similarities: (row) => markMatches(other.length, (at) => other[at] === own[row]),
      agrees: (row, position) => other[position] === own[row],
    };
  }
  const own = valuesOf(column, role);
  const other = Float64Array.from(candidates, (row) => valuesOf(column, 'synthetic')[row] as number);
  const range = found.scale.ranges[found.scale.numberNames.indexOf(column.field.name)] ?? 1;
  const isNear = (a: number, b: number, tolerance: number) =>
    Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) && Number.isNaN(b) : Math.abs(a - b) <= tolerance * range;
  return {
    similarities: (row) => {
      const value = own[row] as number;
      return markMatches(other.length, (at) => isNear(other[at] as number, value, KNOWN_TOLERANCE));
    },
    agrees: (row, position) => isNear(other[position] as number, own[row] as number, REST_TOLERANCE),
  };
}

/** 1 at every position that matches. */
function markMatches(size: number, matches: (position: number) => boolean): Float64Array {
  const marks = new Float64Array(size);
  for (let at = 0; at < size; at += 1) if (matches(at)) marks[at] = 1;
  return marks;
}
