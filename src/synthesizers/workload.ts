import { z } from 'zod';
import { TabveilError } from '../errors.ts';
import type { Clique } from '../marginals/domain.ts';
import type { PlanShape } from './synthesizer.ts';

/** A set of columns whose joint counts somebody needs, and how much they matter. */
export interface WorkloadQuery {
  readonly columns: readonly string[];
  /** Positive; only ratios matter. */
  readonly weight: number;
}

/** What a model is to answer well: all sets of so many columns, every column with the target, or listed queries. */
export type Workload =
  | { readonly kind: 'all'; readonly size: 1 | 2 | 3 }
  | { readonly kind: 'target' }
  | { readonly kind: 'queries'; readonly queries: readonly WorkloadQuery[] };

/** A clique that may be measured, with the integer weight of its error. */
export interface Candidate {
  readonly clique: Clique;
  readonly weight: number;
}

const ALL_SIZES: Readonly<Record<string, 1 | 2 | 3>> = { '1-way': 1, '2-way': 2, '3-way': 3 };

/** Weights of listed queries are rounded to this many steps, because scores are exact integers. */
const WEIGHT_STEPS = 1000;

/** A query of more columns has more cells than a model can hold; a table of more columns too many triples to list. */
const MOST_QUERY_COLUMNS = 4;
const MOST_TRIPLE_COLUMNS = 100;

const queriesSchema = z
  .array(
    z.strictObject({
      columns: z.array(z.string()).min(1).max(MOST_QUERY_COLUMNS),
      weight: z.number().positive().max(1e6).default(1),
    }),
  )
  .min(1)
  .max(10_000);

/**
 * The workload that the option `workload` names: `1-way`, `2-way`, `3-way`, `target`, or a JSON list of queries
 * `[{"columns": ["age", "income"], "weight": 2}]`, a weight of 1 when left out; `standard` when absent.
 *
 * **Privacy**: a function of public facts alone.
 * @throws TabveilError (usage) when the option is none of these, or names columns that are not modelled.
 */
export function readWorkload(
  shape: Pick<PlanShape, 'options' | 'columns' | 'target'>,
  standard: '2-way' | '3-way',
): Workload {
  const text = String(shape.options.workload ?? standard).trim();
  const size = ALL_SIZES[text];
  if (size === 3 && shape.columns.length > MOST_TRIPLE_COLUMNS) {
    throw refuse(`3-way is for at most ${MOST_TRIPLE_COLUMNS} columns, the schema has ${shape.columns.length}`);
  }
  if (size !== undefined) return { kind: 'all', size };
  if (text === 'target') {
    if (shape.target === undefined) throw refuse('target needs a column of role "target", the schema has none');
    return { kind: 'target' };
  }
  return { kind: 'queries', queries: readQueries(text, shape.columns) };
}

function readQueries(text: string, columns: readonly string[]): WorkloadQuery[] {
  if (!text.startsWith('[')) {
    throw refuse(
      `"${text.slice(0, 60)}" is no workload; it is 1-way, 2-way, 3-way, target, or a .json file of queries`,
    );
  }
  const parsed = queriesSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`query ${issue?.path.join('.')}: ${issue?.message}; a query is {"columns": ["a", "b"], "weight": 2}`);
  }
  for (const query of parsed.data) {
    const foreign = query.columns.find((name) => !columns.includes(name));
    if (foreign !== undefined) throw refuse(`column "${foreign}" is not modelled; columns are ${columns.join(', ')}`);
    if (new Set(query.columns).size < query.columns.length) throw refuse(`a query names "${query.columns}" twice`);
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('the list of queries is not JSON');
  }
}

function refuse(finding: string): TabveilError {
  return new TabveilError('usage', 'workload.option', `option workload: ${finding}.`);
}

/**
 * Every clique of at least two columns that some query of the workload contains, with the weight of its error:
 * the sum over queries q of weight(q)·|clique ∩ q|, scaled to integers. Columns alone are not listed, they are measured
 * anyway.
 *
 * @param targetWeight how much more a clique with the declared target weighs, unless queries are listed; a positive integer.
 * @source McKenna et al. 2022 (AIM), section 4.1 (downward closure) and algorithm 2 (weights)
 */
export function workloadCandidates(
  workload: Workload,
  { columns, target }: Pick<PlanShape, 'columns' | 'target'>,
  targetWeight: number,
): Candidate[] {
  const at = target === undefined ? -1 : columns.indexOf(target);
  const boost = (clique: Clique) => (clique.includes(at) ? targetWeight : 1);
  switch (workload.kind) {
    case 'all': {
      // By symmetry the weight of a clique is its size times a constant.
      const sizes = ([2, 3] as const).filter((size) => size <= workload.size);
      const scale = sizes.length === 1 ? 2 : 1;
      return sizes.flatMap((size) =>
        subsets(columns.length, size).map((clique) => ({ clique, weight: (size / scale) * boost(clique) })),
      );
    }
    case 'target':
      return subsets(columns.length, 2).flatMap((clique) => (clique.includes(at) ? [{ clique, weight: 1 }] : []));
    case 'queries':
      return closure(workload.queries, columns);
  }
}

/** All ascending sets of `size` of the first `count` numbers. */
function subsets(count: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  return Array.from({ length: Math.max(0, count - from) }, (_, k) => from + k).flatMap((first) =>
    subsets(count, size - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

function closure(queries: readonly WorkloadQuery[], columns: readonly string[]): Candidate[] {
  const asked = queries.map(({ columns: names, weight }) => ({
    clique: names.map((name) => columns.indexOf(name)).sort((a, b) => a - b),
    weight,
  }));
  const cliques = new Map<string, number[]>();
  for (const { clique } of asked) {
    for (let size = 2; size <= clique.length; size++) {
      for (const places of subsets(clique.length, size)) {
        const part = places.map((place) => clique[place]!);
        cliques.set(part.join(), part);
      }
    }
  }
  const weighed = [...cliques.values()].map((clique) => ({
    clique,
    weight: asked.reduce(
      (sum, query) => sum + query.weight * clique.filter((attribute) => query.clique.includes(attribute)).length,
      0,
    ),
  }));
  const largest = weighed.reduce((most, { weight }) => Math.max(most, weight), 0);
  return weighed.map(({ clique, weight }) => ({
    clique,
    weight: Math.max(1, Math.round((WEIGHT_STEPS * weight) / largest)),
  }));
}
