import { mean } from '../average.ts';
import type { MetricFamily } from '../families.ts';
import { type Metric, privateMetric } from '../metric.ts';

/** Rows of a query result: texts of the grouping columns, then numbers. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Rows of the table that was asked. */
  readonly tableRows: number;
}

/** Result columns with such names grow with the table, and are compared per row of it. */
const EXTENSIVE = /^(?:count|sum|total)\b|^count_/i;

/** One query with its results on each table. */
export interface WorkloadAnswer {
  readonly query: string;
  readonly real: QueryResult;
  readonly synthetic: QueryResult;
  readonly holdout?: QueryResult;
}

const DEFINITION = {
  id: 'workload-error',
  title: 'Error of a workload query',
  section: 'usefulness',
  better: 'lower',
  definition:
    'Mean over the numbers of a query result of |synthetic − real| / max(|synthetic|, |real|), rows matched by their texts, a missing row counting as 1; columns named count or sum are divided by the rows of their table.',
  criticism: 'Only the queries that were asked; a relative error is harsh on numbers near zero.',
} as const;

/** Why query errors have no interval. */
const ANY_SQL = 'a query may be any SQL: only the holdout shows what other people of the same size would give';

/** The user's own queries. */
export const workloadFamily: MetricFamily = {
  name: 'workload',
  definitions: [DEFINITION],
  compute: (input) => workloadMetrics(input.workload),
};

/** Errors of all queries, and their mean with the worst. */
export function workloadMetrics(answers: readonly WorkloadAnswer[]): readonly Metric[] {
  const members = answers.map((answer) =>
    privateMetric({
      id: DEFINITION.id,
      variant: answer.query,
      scope: null,
      value: resultError(answer.real, answer.synthetic),
      baseline: answer.holdout ? resultError(answer.real, answer.holdout) : null,
      better: 'lower',
      intervalNote: ANY_SQL,
      details: { rows: answer.real.rows.length },
    }),
  );
  const [first] = members;
  if (!first) return [];
  const baselines = members.flatMap((member) => member.baseline ?? []);
  const whole = privateMetric({
    id: DEFINITION.id,
    scope: null,
    value: mean(members.map((member) => member.value ?? 1)),
    baseline: baselines.length > 0 ? mean(baselines) : null,
    better: 'lower',
    intervalNote: ANY_SQL,
    details: {
      queries: members.length,
      worstQuery: members.reduce((a, b) => ((b.value ?? 0) > (a.value ?? 0) ? b : a), first).variant ?? '',
    },
  });
  return [whole, ...members];
}

/**
 * Mean relative error of the numbers of a result; 0 for two empty results.
 * Rows are matched by their texts (and by position among rows with equal texts).
 */
export function resultError(real: QueryResult, other: QueryResult): number {
  const numbers = [keyedNumbers(real), keyedNumbers(other)] as const;
  const keys = new Set([...numbers[0].keys(), ...numbers[1].keys()]);
  const errors = [...keys].flatMap((key) => {
    const [a, b] = [numbers[0].get(key), numbers[1].get(key)];
    if (a === undefined || b === undefined) return [1];
    return a.map((value, at) => relativeError(value, b[at] ?? null));
  });
  return errors.length > 0 ? mean(errors) : 0;
}

function relativeError(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : 1;
  const scale = Math.max(Math.abs(a), Math.abs(b));
  return scale === 0 ? 0 : Math.min(1, Math.abs(a - b) / scale);
}

/** Numbers of each row under the row's texts. */
function keyedNumbers(result: QueryResult): ReadonlyMap<string, readonly (number | null)[]> {
  const isText = result.columns.map((_, column) => result.rows.some((row) => typeof row[column] === 'string'));
  const seen = new Map<string, number>();
  const keyed = new Map<string, readonly (number | null)[]>();
  for (const row of result.rows) {
    const texts = JSON.stringify(row.filter((_, column) => isText[column]));
    const repeat = seen.get(texts) ?? 0;
    seen.set(texts, repeat + 1);
    const numbers = row.flatMap((cell, column): (number | null)[] => {
      if (isText[column] || typeof cell === 'string') return [];
      const isExtensive = cell !== null && EXTENSIVE.test(result.columns[column] ?? '');
      return [isExtensive ? cell / Math.max(result.tableRows, 1) : cell];
    });
    keyed.set(`${texts}#${repeat}`, numbers);
  }
  return keyed;
}
